package trainer_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Weights of rows that follow from their labels train as class weights do, over
// accumulated batches and terms of the loss too.
func TestRowWeightsTrainAsClassWeights(t *testing.T) {
	weights := []float64{0.5, 2, 1}
	for _, late := range []bool{false, true} {
		var ends []outcome
		for _, byRow := range []bool{false, true} {
			r := everything()
			r.plain, r.sharp, r.late, r.Epochs = true, true, late, 3
			if byRow {
				r.rows = func(label int) float32 { return float32(weights[label]) }
			} else {
				r.weights = weights
			}
			ends = append(ends, finish(t, r.trainer(t), false))
		}
		for i := range ends[0].Weights {
			if math.Abs(float64(ends[0].Weights[i]-ends[1].Weights[i])) > 1e-5 {
				t.Fatalf("late %v: weight %d is %v with weights of labels, %v with weights of rows", late, i, ends[0].Weights[i], ends[1].Weights[i])
			}
		}
	}
}

// A row of weight 0 takes no part in training, but for the random numbers of its batch.
func TestRowOfWeightZeroTeachesNothing(t *testing.T) {
	r := everything()
	r.plain, r.Epochs = true, 2
	r.rows = func(label int) float32 { return float32(min(label, 1)) }
	o := finish(t, r.trainer(t), false)
	for _, e := range o.History {
		if v, _ := e.Train.Get("loss"); math.IsNaN(v) {
			t.Errorf("epoch %d: the loss is not a number", e.Epoch)
		}
	}
}

// An operator's loss is a figure of each epoch, and resumes.
func TestLossOfAnOperatorIsShownAndResumed(t *testing.T) {
	r := everything()
	r.Epochs, r.size = 3, 0.3
	whole := finish(t, r.trainer(t), false)
	for _, e := range whole.History {
		if v, ok := e.Train.Get("loss.size"); !ok || !(v > 0) {
			t.Errorf("epoch %d: %v", e.Epoch, e.Train)
		}
	}
	again := everything()
	again.Epochs, again.size = 3, 0.3
	again.interrupt(t, 4, false)
	if d := difference(finish(t, again.trainer(t), true), whole); d != "" {
		t.Errorf("interrupted after step 4, it ends with other %s", d)
	}
}

// Several outputs resume as one does.
func TestSeveralOutputsResume(t *testing.T) {
	several := func(accumulate int) recipe {
		r := everything()
		r.Epochs, r.Accumulate = 3, accumulate
		r.target = must(data.NewTargets(
			data.NamedTarget{Name: "kind", Target: must(data.NewTarget(data.TargetConfig{Type: data.Multiclass, Column: sample.Kind}))},
			data.NamedTarget{Name: "price", Target: must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: sample.Price}))},
		))
		r.Monitor = "validation.kind.accuracy"
		return r
	}
	for _, accumulate := range []int{1, 2} {
		whole := finish(t, several(accumulate).trainer(t), false)
		for _, step := range []int{1, 4 / accumulate, 6 / accumulate} {
			r := several(accumulate)
			r.interrupt(t, step, false)
			if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
				t.Errorf("batches of an update: %d, interrupted after step %d: it ends with other %s", accumulate, step, d)
			}
		}
	}
}
