package explain_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/explain/explaintest"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

const rows = 30

// subject is a model of the sample's table, new but for biases, and what it was
// fitted to.
type subject struct {
	model  *model.Model
	inputs []data.Input
	target data.Target
	table  *data.Table
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSubject(fusion, output string, change ...func(*sample.Config)) *subject {
	c := sample.Default()
	c.Fusion, c.Output = fusion, output
	for _, f := range change {
		f(&c)
	}
	parsed := must(config.Parse("sample.yaml", []byte(c.YAML()), config.Builtin()))
	s := &subject{table: sample.Table(rows)}
	s.inputs, s.target = must(parsed.NewInputs(sample.Source(sample.Images()))), must(parsed.NewTarget())
	splits := must(parsed.Data.Split.Split(s.table, 1))
	if err := data.Fit(context.Background(), s.table, splits, s.inputs, s.target, nil); err != nil {
		panic(err)
	}
	s.model = must(parsed.NewModel(s.inputs, s.target, len(splits.Train)))
	for _, p := range s.model.Params() {
		for i := range p.Data {
			if p.Trainable {
				p.Data[i] += float32(0.2 * rng.New(1).Name(p.Name).Normal(i))
			}
		}
	}
	return s
}

func (s *subject) explain(t testing.TB, row int, o explain.Options) *explain.Explanation {
	t.Helper()
	e, err := explain.New(s.model, s.inputs, s.target, o)
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Explain(context.Background(), must(explain.Read(s.table, row, s.inputs, s.target)))
	if err != nil {
		t.Fatal(err)
	}
	explaintest.Check(t, x)
	return x
}

// Shapley values of a mean of decisions, with the model asked for every subset
// here: the answer is what the mean of orders gives.
func TestContributionsAreTheMeanOverOrders(t *testing.T) {
	s := newSubject(`{type: concat, dim: 4, hidden: [6]}`, `{type: multiclass, column: kind}`)
	x := s.explain(t, 0, explain.Options{})
	label := slices.Index(s.target.Labels(), x.Explained)
	value := func(with ...int) float64 {
		if len(with) == 0 {
			return float64(s.target.Prior()[label])
		}
		row := must(explain.Read(s.table, 0, s.inputs, nil))
		for i := range row.Items {
			if !slices.Contains(with, i) {
				row.Items[i] = nil
			}
		}
		e := must(explain.New(s.model, s.inputs, s.target, explain.Options{Label: x.Explained}))
		return must(e.Explain(context.Background(), row)).Probabilities[x.Explained]
	}
	sums := make([]float64, 3)
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, order := range orders {
		for i, input := range order {
			sums[input] += (value(order[:i+1]...) - value(order[:i]...)) / float64(len(orders))
		}
	}
	for i, c := range x.Contributions.Inputs {
		if math.Abs(c.Value-sums[i]) > 1e-6 {
			t.Errorf("%s contributes %g, the mean over orders is %g", c.Input, c.Value, sums[i])
		}
	}
}

// What a linear model attributes to a column is its weight times how far the
// column is from the mean; there is no gap, whatever the steps.
func TestLinearModel(t *testing.T) {
	s := newSubject(`{type: score_average}`, `{type: regression, column: price}`, func(c *sample.Config) {
		c.Facts = "{type: mlp, hidden: [1], activation: silu, embedding: 2}"
	})
	// One hidden number, so large that its activation is the number itself.
	params := map[string]*nn.Param{}
	for _, p := range s.model.Params() {
		params[strings.TrimPrefix(p.Name, "encoders.facts.")] = p
	}
	hidden := params["mlp.0.weight"]
	if hidden == nil {
		t.Fatalf("no such weight among %v", slices.Collect(func(yield func(string) bool) {
			for name := range params {
				yield(name)
			}
		}))
	}
	params["mlp.0.bias"].Data[0] = 100
	head := params["fusion.facts.head.0.weight"].Data[0]
	row := must(explain.Read(s.table, 0, s.inputs, s.target))
	row.Items[0], row.Items[1] = nil, nil // facts alone
	x := must(must(explain.New(s.model, s.inputs, s.target, explain.Options{})).Explain(context.Background(), row))
	explaintest.Check(t, x)
	_, std := s.target.(*data.RegressionTarget).MeanStd()
	got := x.Attributions[0].Values.([]float64)
	slot := []data.Slot{{F32: make([]float32, 2)}, {F32: make([]float32, 2)}, {Int: make([]int, 1)}}
	s.inputs[2].Write(row.Items[2], slot, data.Augment{})
	for i, v := range slot[0].F32 {
		want := std * float64(head) * float64(hidden.Data[i]) * float64(v)
		if math.Abs(got[i]-want) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("%s is attributed %g, want %g", x.Attributions[0].Columns[i], got[i], want)
		}
	}
	if c := x.Completeness; c.Gap > 1e-5*math.Abs(c.Value) {
		t.Errorf("the gap of a linear model is %g of %g", c.Gap, c.Value-c.Baseline)
	}
}

// What a row lacks is in no list, and does not matter, whatever was asked.
func TestLackingInputs(t *testing.T) {
	s := newSubject(`{type: gated, dim: 4}`, `{type: binary, column: pass}`)
	row := must(explain.Read(s.table, 0, s.inputs, s.target))
	row.Items[1] = nil
	x := must(must(explain.New(s.model, s.inputs, s.target, explain.Options{})).Explain(context.Background(), row))
	explaintest.Check(t, x)
	if want := []string{"picture", "facts"}; !slices.Equal(x.Present, want) || x.Attributions[0].Input != "picture" || x.Contributions.Inputs[1].Input != "facts" {
		t.Errorf("the row has %v, attributed %d", x.Present, len(x.Attributions))
	}
	if len(x.Shares) != 1 || x.Shares[0].Kind != "gate" || x.Shares[0].Inputs["caption"] != 0 {
		t.Errorf("shares %+v", x.Shares)
	}
	row.Items[0], row.Items[2] = nil, nil
	_, err := must(explain.New(s.model, s.inputs, s.target, explain.Options{})).Explain(context.Background(), row)
	var usage *explain.UsageError
	if !errors.As(err, &usage) || usage.ExitCode() != 2 {
		t.Errorf("a row of nothing: %v", err)
	}
}

// Of a binary model both labels can be explained, one as the other's contrary.
func TestLabels(t *testing.T) {
	s := newSubject(`{type: concat, dim: 4, hidden: [6]}`, `{type: binary, column: pass}`)
	no, yes := s.explain(t, 1, explain.Options{Label: "no"}), s.explain(t, 1, explain.Options{Label: "yes"})
	for i, c := range no.Contributions.Inputs {
		if math.Abs(c.Value+yes.Contributions.Inputs[i].Value) > 1e-9 {
			t.Errorf("%s adds %g to no and %g to yes", c.Input, c.Value, yes.Contributions.Inputs[i].Value)
		}
		if a, b := no.Attributions[i].Sum(), yes.Attributions[i].Sum(); math.Abs(a+b) > 1e-6*(1+math.Abs(a)) {
			t.Errorf("%s is attributed %g for no and %g for yes", c.Input, a, b)
		}
	}
	for label, o := range map[string]string{"maybe": `{type: binary, column: pass}`, "5": `{type: regression, column: price}`} {
		s := newSubject(`{type: score_average}`, o)
		if _, err := explain.New(s.model, s.inputs, s.target, explain.Options{Label: label}); err == nil || !strings.Contains(err.Error(), label) {
			t.Errorf("label %q of %s: %v", label, o, err)
		}
	}
}

// Maps have the words, places and columns that they are of.
func TestAttentionNamesItsTokens(t *testing.T) {
	s := newSubject(`{type: cross_attention, dim: 4, heads: 2, hidden: 3}`, `{type: multilabel, column: tags}`)
	x := s.explain(t, 0, explain.Options{})
	found := map[string]explain.Attention{}
	for _, a := range x.Attention {
		found[a.Path] = a
	}
	a, ok := found["fusion.caption_to_picture.layer0.attention"]
	if !ok || a.From != "caption" || a.To != "picture" || len(a.Heads) != 2 || a.FromTokens[1] != "boat" || *a.ToGrid != [2]int{2, 2} || a.ToTokens != nil {
		t.Errorf("caption to picture: %+v", a)
	}
	if a := found["fusion.picture_to_facts.layer0.attention"]; !slices.Equal(a.ToTokens, []string{"width", "height", "maker", "all columns"}) {
		t.Errorf("picture to facts: %q", a.ToTokens)
	}
	if a := found["encoders.caption.block0.attention"]; a.From != "caption" || a.To != "caption" {
		t.Errorf("caption to itself: %+v", a)
	}
}

// What is not a number is an error with exit code 5.
func TestNonFinite(t *testing.T) {
	s := newSubject(`{type: concat, dim: 4, hidden: [6]}`, `{type: multiclass, column: kind}`)
	p := s.model.Params()[len(s.model.Params())-1]
	p.Data[0] = float32(math.NaN())
	_, err := must(explain.New(s.model, s.inputs, s.target, explain.Options{})).Explain(context.Background(), must(explain.Read(s.table, 0, s.inputs, nil)))
	var non *explain.NonFiniteError
	if !errors.As(err, &non) || non.ExitCode() != 5 {
		t.Errorf("%s is not a number: %v", p.Name, err)
	}
}

// The model is others' too: explaining leaves nothing in it, and many may ask.
func TestManyAsk(t *testing.T) {
	s := newSubject(`{type: early, dim: 4, heads: 2, layers: 1, hidden: 3}`, `{type: multiclass, column: kind}`)
	e := must(explain.New(s.model, s.inputs, s.target, explain.Options{}))
	row := must(explain.Read(s.table, 2, s.inputs, s.target))
	answers := make([]string, 8)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() {
			b, err := json.Marshal(must(e.Explain(context.Background(), row)))
			answers[i] = string(b)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Error("two explanations of one row differ")
		}
	}
	for _, a := range s.model.Tree().Attentions() {
		if a.Observe != nil {
			t.Errorf("%s is still observed", a.Path())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Explain(ctx, row); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
