package model_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

// balancedInputs are those with a head of their own, by the name of a config of configs.
var balancedInputs = map[string][]string{
	"members":         {"picture", "caption", "facts"},
	"concat":          {"picture", "caption", "facts"},
	"cross_attention": {"picture", "caption", "facts"},
	"late over cross": {"picture", "caption"},
	"film in a cnn":   {"caption", "facts"},
	"film of tokens":  {"picture", "caption", "facts"},
	"cross over film": {"caption", "facts"},
	"early over late": {"picture", "caption", "facts"},
}

func trained(t *testing.T, m *model.Model, c model.Config) *nn.Program {
	t.Helper()
	p, err := m.Program(nn.Train, 7, true)
	if err != nil {
		t.Fatal(err)
	}
	m.Fill(p, batch(c, upTo(7), some))
	nntest.Run(t, p, 1)
	return p
}

// Balance adds the losses of single inputs and changes no prediction; with Pareto the joint loss
// and its gradient stay as they are without, and the second gradient is the rest.
func TestBalance(t *testing.T) {
	for name, c := range configs(multiclass) {
		plain := newModel(t, c)
		with := func(b model.Balance) *model.Model {
			c := c
			c.Balance = b
			return newModel(t, c)
		}
		want := balancedInputs[name]
		if want == nil {
			c := c
			c.Balance.Weight = 1
			if _, err := model.New(c); !errors.Is(err, model.ErrNotJoined) {
				t.Errorf("%s: the error is %v, want that there is nothing to balance", name, err)
			}
			continue
		}
		sum, apart := with(model.Balance{Weight: 0.5}), with(model.Balance{Weight: 0.5, Pareto: true})
		if got := sum.Alone(); !slices.Equal(got, want) {
			t.Errorf("%s: heads of %v, want %v", name, got, want)
		}
		b := batch(c, upTo(7), some)
		if !slices.Equal(predict(t, sum, b), predict(t, plain, b)) {
			t.Errorf("%s: balance changes predictions", name)
		}
		p, s, a := trained(t, plain, c), trained(t, sum, c), trained(t, apart, c)
		alone := 0.0
		for _, input := range want {
			alone += 0.5 * float64(s.Output("loss.alone." + input)[0])
		}
		if d := s.Loss() - p.Loss() - alone; math.Abs(d) > 1e-5 {
			t.Errorf("%s: the loss is %v, want %v and those of single inputs, %v", name, s.Loss(), p.Loss(), alone)
		}
		if d := float64(a.Output("second loss")[0]) - alone; a.Loss() != p.Loss() || math.Abs(d) > 1e-5 {
			t.Errorf("%s: the losses apart are %v and %v, want %v and %v", name, a.Loss(), a.Output("second loss"), p.Loss(), alone)
		}
		at := map[string]*nn.Param{}
		for _, q := range plain.Params() {
			at[q.Name] = q
		}
		for _, q := range apart.Params() {
			if q.Offset() < 0 {
				continue
			}
			lo, hi := q.Offset(), q.Offset()+q.Size()
			first, second, both := a.Gradients()[lo:hi], a.SecondGradients()[lo:hi], s.Gradients()[lo:hi]
			if o := at[q.Name]; o != nil && !slices.Equal(first, p.Gradients()[o.Offset():o.Offset()+o.Size()]) {
				t.Errorf("%s: %s: the gradient of the joint loss differs from that without balance", name, q.Name)
			} else if o == nil && !strings.HasPrefix(q.Name, "alone.") {
				t.Errorf("%s: balance adds the parameter %s", name, q.Name)
			}
			for i := range both {
				if d := float64(first[i] + second[i] - both[i]); math.Abs(d) > 1e-5*(1+math.Abs(float64(both[i]))) {
					t.Errorf("%s: %s: the gradients %v and %v do not add up to %v", name, q.Name, first[i], second[i], both[i])
					break
				}
			}
		}
	}
}

// With Average, a prediction is the mean of the joint decision's and of those of the inputs alone,
// over the inputs that a row has; training is that without it.
func TestBalanceAverage(t *testing.T) {
	for _, o := range []head.Head{multiclass, head.Binary{}, head.Regression{}} {
		for name, want := range balancedInputs {
			c := configs(o)[name]
			c.Balance = model.Balance{Weight: 0.5, Average: true}
			if name == "late over cross" {
				if _, err := model.New(c); !errors.Is(err, model.ErrNotAveraged) {
					t.Errorf("%s: the error is %v, want that decisions are averaged already", name, err)
				}
				continue
			}
			m := newModel(t, c)
			c.Balance.Average = false
			plain := newModel(t, c)
			b := batch(c, upTo(7), some)
			joint, mean := predict(t, plain, b), predict(t, m, b)
			p, err := plain.AloneProgram(7)
			if err != nil {
				t.Fatal(err)
			}
			plain.Fill(p, b)
			nntest.Run(t, p, 0)
			size := o.Size()
			for i := range 7 {
				lacks := true
				for k := range b.Present {
					lacks = lacks && b.Present[k][i] == 0
				}
				if lacks || strings.HasPrefix(name, "film") || strings.HasSuffix(name, "film") {
					continue // film's result is present where its target is
				}
				for s := range size {
					sum, n := float64(joint[i*size+s]), 1.0
					for _, input := range want {
						if b.Present[slices.Index(m.InputNames(), input)][i] != 0 {
							sum, n = sum+float64(p.Output("predictions." + input)[i*size+s]), n+1
						}
					}
					if got := float64(mean[i*size+s]); math.Abs(got-sum/n) > 1e-5 {
						t.Fatalf("%s, %s: row %d has %v, want the mean %v", name, o.Kind(), i, got, sum/n)
					}
				}
			}
			if a, b := trained(t, m, c), trained(t, plain, c); a.Loss() != b.Loss() || !slices.Equal(a.Gradients(), b.Gradients()) {
				t.Errorf("%s, %s: averaging changes training", name, o.Kind())
			}
		}
	}
}

func TestBalanceHasGradients(t *testing.T) {
	for _, name := range []string{"concat", "late over cross"} {
		c := configs(multiclass)[name]
		c.Balance.Weight = 0.5
		m := newModel(t, c)
		n := gradientCase(t, m, c, batch(c, upTo(6), some))
		n.Most = 4
		nntest.CheckGradients(t, n)
	}
}

// Each head is measured on rows that have its input; predictions of AloneProgram are its own.
func TestAloneProgram(t *testing.T) {
	for _, o := range []head.Head{multiclass, head.Binary{}, head.Regression{}, head.Multilabel{Labels: 2}} {
		c := configs(o)["concat"]
		c.Balance.Weight = 1
		m := newModel(t, c)
		p, err := m.AloneProgram(6)
		if err != nil {
			t.Fatal(err)
		}
		b := batch(c, upTo(6), some)
		for k, name := range m.Alone() {
			m.Fill(p, b)
			nntest.Run(t, p, 0)
			if got := len(p.Output("predictions." + name)); got != 6*o.Size() {
				t.Errorf("%s: %d predictions, want %d", o.Kind(), got, 6*o.Size())
			}
			want := p.Output("loss." + name)[0]
			for i, has := range b.Present[k] { // what stands in rows without the input does not count
				if has == 0 && b.Target.Int != nil {
					p.Int("target")[i] = 2 - b.Target.Int[i]
				}
			}
			nntest.Run(t, p, 0)
			if got := p.Output("loss." + name)[0]; got != want || want == 0 {
				t.Errorf("%s: the loss of %s is %v, and %v with other answers in rows without it", o.Kind(), name, want, got)
			}
		}
	}
	if _, err := newModel(t, configs(multiclass)["concat"]).AloneProgram(2); err == nil {
		t.Error("a model without heads of single inputs has a program of them")
	}
}
