package trainer_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

func balanced(pareto bool) recipe {
	r := everything()
	r.balance = model.Balance{Weight: 0.7, Pareto: pareto}
	return r
}

// A balanced run that is interrupted ends like one that was left alone.
func TestBalancedResume(t *testing.T) {
	for _, pareto := range []bool{false, true} {
		begin := func() recipe {
			r := balanced(pareto)
			r.Epochs, r.EarlyStopping = 4, nil
			return r
		}
		whole := finish(t, begin().trainer(t), false)
		for _, step := range []int{1, 4, 9} {
			r := begin()
			r.interrupt(t, step, false)
			if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
				t.Errorf("pareto %v: interrupted after step %d, it ends with other %s", pareto, step, d)
			}
		}
		for _, name := range []string{"picture", "caption", "facts"} {
			if v, ok := whole.History[0].Train.Get(metrics.LossPrefix + "alone." + name); !ok || !(v > 0) {
				t.Errorf("an epoch tells the loss %v of %s alone", v, name)
			}
		}
	}
}

// An update over many batches is that of one: rows that lack inputs, in the table or by modality
// dropout, count in no loss of these.
func TestBalancedAccumulation(t *testing.T) {
	for _, pareto := range []bool{false, true} {
		for _, late := range []bool{false, true} {
			run := func(batch, accumulate int) (losses []float64) {
				r := balanced(pareto)
				r.plain, r.tree, r.EarlyStopping, r.Average = true, late, nil, 0
				r.Epochs, r.BatchSize, r.Accumulate, r.ModalityDropout, r.rate = 2, batch, accumulate, 0.4, 0.01
				r.weights = []float64{1, 8, 3}
				for _, e := range finish(t, r.trainer(t), false).History {
					for _, v := range append(slices.Clone(e.Train), e.Validation...) {
						if v.Name == "loss" {
							losses = append(losses, v.Value)
						}
					}
				}
				return losses
			}
			whole := run(18, 1)
			for _, cut := range [][2]int{{4, 5}, {1, 18}} {
				for i, v := range run(cut[0], cut[1]) {
					if d := math.Abs(v - whole[i]); d > 2e-4 {
						t.Fatalf("pareto %v, late %v: in %d x %d, loss %d is %v, in one batch %v", pareto, late, cut[0], cut[1], i, v, whole[i])
					}
				}
			}
		}
	}
}

// One step of plain descent is checked against MMPareto's formulas, in another form: where the
// gradients f and m of an encoder agree, the direction is f + m; where they conflict, the point of
// the segment from f to m that is nearest to 0, found by search, times 2; its norm is 1.5 times its
// own or that of f + m, whichever is larger.
func TestParetoStep(t *testing.T) {
	r := balanced(true)
	r.plain, r.Epochs, r.BatchSize, r.Accumulate, r.ClipNorm, r.ModalityDropout, r.Average, r.EarlyStopping = true, 1, 18, 1, 0, 0, 0, nil
	agree, conflict := 0, 0
	for rotated := range 6 { // other initial weights
		r.change = func(tr *trainer.Trainer) {
			for i, w := range tr.Model.Weights() {
				tr.Model.Weights()[i] = w + float32(0.7*math.Sin(float64(i*(rotated+1))))
			}
			tr.Optimizer = must(optim.NewSGD(len(tr.Model.Weights()), trainer.Groups(tr.Model), optim.SGDConfig{LearningRate: 1}))
			tr.Schedule = func(base float64, steps int) (*optim.Schedule, error) {
				return optim.NewConstant(base, steps, optim.ConstantConfig{})
			}
		}
		tr := r.trainer(t)
		before := slices.Clone(tr.Model.Weights())
		tr.Store = nil
		if _, err := tr.Run(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		after := slices.Clone(tr.Model.Weights())
		copy(tr.Model.Weights(), before)
		p := must(tr.Model.Program(nn.Train, 18, true)) // its inputs are still those of the step
		if err := p.Run(0); err != nil {
			t.Fatal(err)
		}
		f, m := p.Gradients(), p.SecondGradients()
		ranges := map[string][][2]int{}
		for _, q := range tr.Model.Params() {
			if q.Offset() < 0 {
				continue
			}
			at := "the rest"
			if parts := strings.Split(q.Name, "."); parts[0] == "encoders" {
				at = parts[1]
			}
			ranges[at] = append(ranges[at], [2]int{q.Offset(), q.Offset() + q.Size()})
		}
		for at, rs := range ranges {
			want, against := paretoByHand(f, m, rs, at == "the rest")
			if against {
				conflict++
			} else if at != "the rest" {
				agree++
			}
			k := 0
			for _, x := range rs {
				for i := x[0]; i < x[1]; i++ {
					got := float64(before[i] - after[i])
					if d := math.Abs(got - want[k]); d > 1e-3*(1+math.Abs(want[k])) {
						t.Fatalf("%s: number %d moves by %v, want %v", at, i, got, want[k])
					}
					k++
				}
			}
		}
	}
	if agree == 0 || conflict == 0 {
		t.Errorf("gradients agree %d times and conflict %d times: both are to be tried", agree, conflict)
	}
}

func paretoByHand(f, m []float32, ranges [][2]int, plain bool) (want []float64, conflict bool) {
	var a, b []float64
	for _, r := range ranges {
		for i := r[0]; i < r[1]; i++ {
			a, b = append(a, float64(f[i])), append(b, float64(m[i]))
		}
	}
	mix := func(w float64) []float64 {
		g := make([]float64, len(a))
		for i := range g {
			g[i] = 2 * (w*a[i] + (1-w)*b[i])
		}
		return g
	}
	norm := func(x []float64) float64 {
		s := 0.0
		for _, v := range x {
			s += v * v
		}
		return math.Sqrt(s)
	}
	sum := mix(0.5)
	if plain {
		return sum, false
	}
	dot := 0.0
	for i := range a {
		dot += a[i] * b[i]
	}
	want = sum
	if dot < 0 {
		best := 0.0
		for k := range 20001 {
			if w := float64(k) / 20000; norm(mix(w)) < norm(mix(best)) {
				best = w
			}
		}
		want = mix(best)
	}
	scale := 1.5 * max(1, norm(sum)/norm(want))
	for i := range want {
		want[i] *= scale
	}
	return want, dot < 0
}
