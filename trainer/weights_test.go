package trainer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

// weighedRuns is what scripts/parity/classweights.py writes.
type weighedRuns struct {
	Rate   float64      `json:"rate"`
	X      [][2]float64 `json:"x"`
	Labels []int        `json:"labels"`
	Marks  [][]int      `json:"marks"`
	Cases  []weighedRun `json:"cases"`
}

type weighedRun struct {
	Type      string         `json:"type"`
	Weights   []float64      `json:"weights"`
	Absent    []float64      `json:"absent"`
	Smoothing float64        `json:"smoothing"`
	Before    map[string]any `json:"before"`
	After     map[string]any `json:"after"`
	Losses    []float64      `json:"losses"`
}

// flat is an array of any depth, row by row.
func flat(v any) []float32 {
	if x, ok := v.(float64); ok {
		return []float32{float32(x)}
	}
	var all []float32
	for _, x := range v.([]any) {
		all = append(all, flat(x)...)
	}
	return all
}

// table is the fixture's, all of whose rows are trained on.
func (w *weighedRuns) table() *data.Table {
	names := []string{"a", "b", "two", "three", "marks"}
	columns := make([]*data.Column, len(names))
	for k, name := range names {
		columns[k] = data.NewColumn(name)
	}
	for i, x := range w.X {
		var marks []string
		for j, v := range w.Marks[i] {
			if v == 1 {
				marks = append(marks, fmt.Sprint(j))
			}
		}
		for k, text := range []string{
			fmt.Sprint(x[0]), fmt.Sprint(x[1]), fmt.Sprint(min(w.Labels[i], 1)), fmt.Sprint(w.Labels[i]), strings.Join(marks, "|"),
		} {
			columns[k].Append(data.Cell{Text: text, Kind: data.String})
		}
	}
	return must(data.NewTable("made up", columns...))
}

// run trains a case, with updates of the whole table. positive is a label of a
// binary target; empty otherwise.
func (w *weighedRuns) run(t *testing.T, c weighedRun, positive string, batch, accumulate int) (*trainer.Trainer, *trainer.Result) {
	t.Helper()
	table := w.table()
	splits := &data.Splits{}
	for i := range table.Len() {
		splits.Train = append(splits.Train, i)
	}
	inputs := []data.Input{{Name: "facts", Preprocessor: must(tabular.New(tabular.Options{Numeric: []string{"a", "b"}, Missing: "error", Transform: "none", MinCount: 1}))}}
	column := map[string]string{data.Binary: "two", data.Multiclass: "three", data.Multilabel: "marks"}[c.Type]
	tc := data.TargetConfig{Type: c.Type, Column: column, Positive: positive}
	if c.Type == data.Multilabel {
		tc.Separator = "|"
	}
	target := must(data.NewTarget(tc))
	if err := data.Fit(t.Context(), table, splits, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	in := facts(2, "pooled", 3)
	in.Features = inputs[0].Features()
	h := map[string]head.Head{
		data.Binary:     head.Binary{ClassWeights: c.Weights},
		data.Multiclass: head.Multiclass{Labels: len(target.Labels()), ClassWeights: c.Weights, LabelSmoothing: c.Smoothing},
		data.Multilabel: head.Multilabel{Labels: len(target.Labels()), ClassWeights: c.Weights, AbsentWeights: c.Absent},
	}[c.Type]
	m := must(model.New(model.Config{Inputs: []model.Input{in}, Head: h}))
	for _, p := range m.Params() {
		copy(p.Data, flat(c.Before[p.Name]))
	}
	sgd := optim.SGDConfig{LearningRate: w.Rate}
	tr := &trainer.Trainer{
		Model: m, Splits: splits, Seed: 5,
		Config:    trainer.Config{Epochs: len(c.Losses), BatchSize: batch, Accumulate: accumulate, Monitor: "train.loss"},
		Data:      must(data.NewDataset(table, inputs, target, data.DatasetOptions{})),
		Optimizer: must(optim.NewSGD(len(m.Weights()), []optim.Group{{Lo: 0, Hi: len(m.Weights())}}, sgd)),
		Schedule: func(base float64, steps int) (*optim.Schedule, error) {
			return optim.NewConstant(base, steps, optim.ConstantConfig{})
		},
	}
	r, err := tr.Run(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return tr, r
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
		t.Errorf("%s is %.8g, want %.8g", what, got, want)
	}
}

func readWeighed(t *testing.T) *weighedRuns {
	t.Helper()
	b, err := os.ReadFile("testdata/classweights.json")
	if err != nil {
		t.Fatal(err)
	}
	w := &weighedRuns{}
	if err := json.Unmarshal(b, w); err != nil {
		t.Fatal(err)
	}
	return w
}

// The loss of an update is the sum over its rows of weight times loss, divided
// by the sum of the weights, in however many batches it is computed: as a loop
// in another language has it.
func TestF5_ClassWeightsEqualAnotherLoop(t *testing.T) {
	w := readWeighed(t)
	n := len(w.X)
	for _, c := range w.Cases {
		for _, cut := range [][2]int{{n, 1}, {5, 4}, {3, 7}, {1, n}} {
			t.Run(fmt.Sprintf("%s %v, %d x %d", c.Type, c.Weights, cut[0], cut[1]), func(t *testing.T) {
				tr, r := w.run(t, c, "", cut[0], cut[1])
				for i, e := range r.History {
					loss, _ := e.Train.Get("loss")
					near(t, fmt.Sprint("loss of step ", i), loss, c.Losses[i], 1e-5)
				}
				if r.BestEpoch != len(c.Losses) {
					t.Fatalf("the last step has not the lowest loss: %v", c.Losses)
				}
				for _, p := range tr.Model.Params() {
					for i, v := range flat(c.After[p.Name]) {
						near(t, fmt.Sprintf("%s[%d]", p.Name, i), float64(p.Data[i]), float64(v), 1e-5)
					}
				}
			})
		}
	}
}

// Which of two labels is called positive changes the sign of the score and
// nothing else.
func TestF4_SwappedLabelsGiveTheSameModel(t *testing.T) {
	w := readWeighed(t)
	for _, c := range w.Cases {
		if c.Type != data.Binary {
			continue
		}
		tr, r := w.run(t, c, "1", 5, 4)
		swapped := c
		swapped.Weights = []float64{c.Weights[1], c.Weights[0]}
		swapped.Before = maps.Clone(c.Before)
		for _, name := range []string{"head.weight", "head.bias"} {
			swapped.Before[name] = negated(c.Before[name])
		}
		other, o := w.run(t, swapped, "0", 5, 4)
		for i, e := range r.History {
			a, _ := e.Train.Get("loss")
			b, _ := o.History[i].Train.Get("loss")
			near(t, fmt.Sprintf("weights %v: loss of step %d", c.Weights, i), b, a, 1e-6)
		}
		ps, err := trainer.Predict(t.Context(), tr.Model, tr.Data, tr.Splits.Train, trainer.EvalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		qs, err := trainer.Predict(t.Context(), other.Model, other.Data, other.Splits.Train, trainer.EvalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range ps {
			near(t, fmt.Sprintf("weights %v: 1 - prediction of row %d", c.Weights, i), 1-float64(qs[i]), float64(ps[i]), 1e-5)
		}
	}
}

func negated(v any) any {
	if x, ok := v.(float64); ok {
		return -x
	}
	var all []any
	for _, x := range v.([]any) {
		all = append(all, negated(x))
	}
	return all
}

// Where each modality has a loss of its own, over the rows that have it, an
// update is the same in one batch and in many too: with inputs missing from the
// table, dropped at random, and labels weighed.
func TestF5_AccumulatedTermsEqualOneBatch(t *testing.T) {
	losses := func(weights []float64, dropout float64, batch, accumulate int) (all []float64) {
		r := everything()
		r.plain, r.late, r.EarlyStopping, r.disk = true, true, nil, checkpointstest.NewDisk()
		r.Epochs, r.BatchSize, r.Accumulate, r.ModalityDropout, r.ClipNorm, r.rate = 3, batch, accumulate, dropout, 0, 0.01
		r.weights = weights
		for _, e := range finish(t, r.trainer(t), false).History {
			for _, vs := range []metrics.Values{e.Train, e.Validation} {
				v, _ := vs.Get("loss")
				all = append(all, v)
			}
		}
		return all
	}
	for _, weights := range [][]float64{nil, {1, 8, 3}} {
		for _, dropout := range []float64{0, 0.4} {
			whole := losses(weights, dropout, 18, 1)
			for _, cut := range [][2]int{{4, 5}, {1, 18}, {7, 3}} {
				for i, v := range losses(weights, dropout, cut[0], cut[1]) {
					near(t, fmt.Sprintf("weights %v, dropout %v, %d x %d: loss %d", weights, dropout, cut[0], cut[1], i), v, whole[i], 1e-4)
				}
			}
		}
	}
}
