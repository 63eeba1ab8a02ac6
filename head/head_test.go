package head_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/nn"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A case is a head beside a target that reads a column.
type headCase struct {
	head   head.Head
	target data.Target
	table  *data.Table
	answer data.Slot // of all rows
}

func cases(t *testing.T) map[string]headCase {
	table := must(data.NewTable("t",
		data.Strings("sure", "no", "yes", "yes"), data.Strings("kind", "a", "b", "c"),
		data.Strings("tags", "x|y", "", "y|z"), data.Strings("price", "1", "10", "100")))
	out := map[string]headCase{}
	for name, c := range map[string]data.TargetConfig{
		"binary":     {Type: data.Binary, Column: "sure"},
		"multiclass": {Type: data.Multiclass, Column: "kind"},
		"multilabel": {Type: data.Multilabel, Column: "tags", Separator: "|"},
		"mse":        {Type: data.Regression, Column: "price"},
		"huber":      {Type: data.Regression, Column: "price"},
		"l1":         {Type: data.Regression, Column: "price", Transform: "log"},
	} {
		target := must(data.NewTarget(c))
		if err := target.Fit(context.Background(), table, []int{0, 1, 2}, nil); err != nil {
			t.Fatal(err)
		}
		h := must(head.For(target))
		if c.Type == data.Regression {
			h = head.Regression{Error: name}
		}
		x := headCase{head: h, target: target, table: table}
		f := target.Feature()
		for row := range 3 {
			slot := data.Slot{F32: make([]float32, f.Len())}
			if f.Int {
				slot = data.Slot{Int: make([]int, 1)}
			}
			if err := target.Write(table, row, slot, nil); err != nil {
				t.Fatal(err)
			}
			x.answer.F32, x.answer.Int = append(x.answer.F32, slot.F32...), append(x.answer.Int, slot.Int...)
		}
		out[name] = x
	}
	return out
}

// logits of a row, of any size, which are different in each.
func logits(size, row int) []float32 {
	out := make([]float32, size)
	for i := range out {
		out[i] = float32(math.Sin(float64(3*row+7*i+1))) * 2
	}
	return out
}

// The loss of a row by itself is that of the graph.
func TestRowLossIsThatOfTheGraph(t *testing.T) {
	for name, c := range cases(t) {
		h := c.head
		p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
			x := g.Constant("logits", 3, h.Size())
			g.Output("predictions", h.Predict(g, x))
			g.Loss(h.Loss(g, x, h.Answers(g, "target", 3), g.Constant("weight", 3)))
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.IsInt("target") {
			copy(p.Int("target"), c.answer.Int)
		} else {
			copy(p.Float("target"), c.answer.F32)
		}
		for row := range 3 {
			copy(p.Float("logits")[row*h.Size():], logits(h.Size(), row))
		}
		for row := range 3 {
			clear(p.Float("weight"))
			p.Float("weight")[row] = 1
			if err := p.Run(0); err != nil {
				t.Fatal(err)
			}
			want := h.RowLoss(logits(h.Size(), row), c.answer, row)
			if math.Abs(p.Loss()-want) > 1e-5 {
				t.Errorf("%s, row %d: the graph has %v, the row %v", name, row, p.Loss(), want)
			}
		}
		// Predictions and their logits go both ways.
		for row := range 3 {
			predicted := p.Output("predictions")[row*h.Size() : (row+1)*h.Size()]
			back := h.Logits(predicted)
			for i, v := range back {
				shift := float64(0)
				if h.Kind() == data.Multiclass { // known but for a constant
					shift = float64(back[0] - logits(h.Size(), row)[0])
				}
				if math.Abs(float64(v-logits(h.Size(), row)[i])-shift) > 1e-5 {
					t.Errorf("%s, row %d: logits %v came back as %v", name, row, logits(h.Size(), row), back)
				}
			}
		}
	}
}

// What a head decodes is in the words of the table, and misses are told apart.
func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		predictions []float32
		want, truth any // of row 0
		probability []float64
		wrong       bool
	}{
		"binary":     {[]float32{0.75}, "yes", "no", []float64{0.25, 0.75}, true},
		"multiclass": {[]float32{0.5, 0.25, 0.25}, "a", "a", []float64{0.5, 0.25, 0.25}, false},
		"multilabel": {[]float32{0.75, 0.75, 0.25}, "x|y", "x|y", []float64{0.75, 0.75, 0.25}, false},
		"mse":        {[]float32{0}, 37.0, 1.0, nil, true},
	} {
		of := cases(t)[name]
		got := of.head.Decode(of.target, c.predictions)
		if v, ok := got.(float64); ok {
			got = math.Round(v*1e6) / 1e6
		}
		if got != c.want {
			t.Errorf("%s: decodes %v, want %v", name, got, c.want)
		}
		if truth := of.target.Truth(of.table, 0); truth != c.truth {
			t.Errorf("%s: the truth is %v, want %v", name, truth, c.truth)
		}
		if d := difference.Of(c.probability, of.head.Probabilities(c.predictions)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if m := of.head.Compare(of.target, c.predictions, first(of)); m.Wrong != c.wrong {
			t.Errorf("%s: %+v", name, m)
		}
		s := of.head.Spoken(of.target, c.predictions, -1)
		if c.probability != nil && s.Value(c.predictions) < 0.5 {
			t.Errorf("%s: speaks of %s, which is %v", name, s.Of, s.Value(c.predictions))
		}
	}
}

// A head that cannot be says so.
func TestCheck(t *testing.T) {
	for want, h := range map[string]head.Head{
		"3 class weights for 2 labels":              head.Binary{ClassWeights: []float64{1, 2, 3}},
		"1 class weights for 4 labels":              head.Multiclass{Labels: 4, ClassWeights: []float64{1}},
		"2 thresholds, expected 1":                  head.Binary{Threshold: data.Thresholds{0.5, 0.5}},
		"1 weights of absent labels beside 2 class": head.Multilabel{Labels: 2, ClassWeights: []float64{1, 1}, AbsentWeights: []float64{1}},
		"unknown loss \"hubert\"":                   head.Regression{Error: "hubert"},
	} {
		if err := h.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", h, err, want)
		}
	}
	if _, err := (head.Multiclass{Labels: 3}).WithThresholds(data.Thresholds{0.5}); err == nil {
		t.Error("a multiclass head takes a threshold")
	}
}

// first is the answer of row 0.
func first(c headCase) data.Slot {
	if c.answer.Int != nil {
		return data.Slot{Int: c.answer.Int[:1]}
	}
	return data.Slot{F32: c.answer.F32[:c.head.Size()]}
}
