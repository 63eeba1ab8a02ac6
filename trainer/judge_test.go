package trainer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/metrics"
)

// judged is which epochs were the best so far, and after how many the run
// stops; 0 if it does not.
func judged(t *testing.T, c Config, split, metric string, values ...float64) (best []int, stopped int) {
	t.Helper()
	tr := &Trainer{Config: c}
	for i, v := range values {
		e := Epoch{Epoch: i + 1, Step: 10 * (i + 1)}
		figures := metrics.Values{{Name: "loss", Value: 1}, {Name: metric, Value: v}}
		if metric == "loss" {
			figures = figures[1:]
		}
		if split == "train" {
			e.Train = figures
		} else {
			e.Validation = figures
		}
		if err := tr.judge(&e); err != nil {
			t.Fatal(err)
		}
		if e.Best {
			best = append(best, e.Epoch)
			if tr.state.BestEpoch != e.Epoch || tr.state.BestStep != e.Step {
				t.Errorf("epoch %d is the best, and the state says %d, step %d", e.Epoch, tr.state.BestEpoch, tr.state.BestStep)
			}
		}
		if tr.state.Stopped {
			return best, e.Epoch
		}
	}
	return best, 0
}

func TestBestEpochAndEarlyStop(t *testing.T) {
	nan := math.NaN()
	stop := func(patience int, delta float64) *EarlyStopping {
		return &EarlyStopping{Patience: patience, MinDelta: delta}
	}
	for name, c := range map[string]struct {
		monitor string
		stop    *EarlyStopping
		values  []float64
		best    []int
		stopped int
	}{
		"lower is better":            {"validation.loss", nil, []float64{3, 2, 2.5, 1}, []int{1, 2, 4}, 0},
		"higher is better":           {"validation.accuracy", nil, []float64{0.3, 0.2, 0.5, 0.4}, []int{1, 3}, 0},
		"error":                      {"validation.mae", nil, []float64{3, 2, 4}, []int{1, 2}, 0},
		"of training":                {"train.accuracy", nil, []float64{0.3, 0.4}, []int{1, 2}, 0},
		"equal is not better":        {"validation.loss", stop(2, 0), []float64{1, 1, 1, 1}, []int{1}, 3},
		"waits, and counts anew":     {"validation.loss", stop(2, 0), []float64{3, 4, 2, 4, 4, 1}, []int{1, 3}, 5},
		"too little, lower":          {"validation.loss", stop(3, 0.5), []float64{3, 2.8, 2.6, 2.4, 1}, []int{1, 4, 5}, 0},
		"too little, higher":         {"validation.accuracy", stop(2, 0.1), []float64{0.5, 0.55, 0.58, 0.9}, []int{1}, 3},
		"no number at first":         {"validation.r2", stop(3, 0), []float64{nan, nan, 0.1, 0.2}, []int{3, 4}, 0},
		"no number at all":           {"validation.r2", stop(3, 0), []float64{nan, nan, nan, nan}, nil, 3},
		"infinite at first":          {"validation.loss", nil, []float64{math.Inf(1), 2, 1}, []int{2, 3}, 0},
		"infinitely good":            {"validation.r2", nil, []float64{math.Inf(1), 0.5}, []int{2}, 0},
		"no number later":            {"validation.r2", stop(2, 0), []float64{0.1, nan, nan, 0.2}, []int{1}, 3},
		"below zero":                 {"validation.r2", nil, []float64{-3, -2, -4}, []int{1, 2}, 0},
		"infinite loss is not great": {"validation.loss", nil, []float64{1, math.Inf(1), 0.5}, []int{1, 3}, 0},
	} {
		split, metric, _ := strings.Cut(c.monitor, ".")
		best, stopped := judged(t, Config{Monitor: c.monitor, EarlyStopping: c.stop}, split, metric, c.values...)
		if !slices.Equal(best, c.best) || stopped != c.stopped {
			t.Errorf("%s: best epochs %v, stops after %d; want %v and %d", name, best, stopped, c.best, c.stopped)
		}
	}
}

func TestMonitorOfNothing(t *testing.T) {
	tr := &Trainer{Config: Config{Monitor: "validation.accuracy"}}
	err := tr.judge(&Epoch{Validation: metrics.Values{{Name: "loss", Value: 1}, {Name: "mae", Value: 2}}})
	if err == nil || !strings.Contains(err.Error(), "validation.loss, validation.mae") {
		t.Errorf("%v does not say what there is", err)
	}
	for _, monitor := range []string{"", "loss", "test.loss", "validation."} {
		if _, _, err := (Config{Monitor: monitor}).monitored(); err == nil {
			t.Errorf("monitor %q is accepted", monitor)
		}
	}
}
