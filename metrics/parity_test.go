package metrics

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

type parityTable struct {
	Name          string            `json:"name"`
	Classes       int               `json:"classes"`
	Probabilities []float32         `json:"probabilities"`
	Predictions   []float64         `json:"predictions"`
	Targets       []float64         `json:"targets"`
	Values        map[string]Number `json:"values"`
	Precision     []Number          `json:"precision"`
	Recall        []Number          `json:"recall"`
	F1            []Number          `json:"f1"`
	Support       []int             `json:"support"`
	Confusion     [][]int           `json:"confusion"`
}

// readParity reads what scripts/parity/metrics.py wrote.
func readParity(t *testing.T) map[string][]parityTable {
	t.Helper()
	b, err := os.ReadFile("testdata/parity.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	out := map[string][]parityTable{}
	for _, kind := range []string{"classification", "multilabel", "regression"} {
		var tables []parityTable
		if err := json.Unmarshal(raw[kind], &tables); err != nil {
			t.Fatal(err)
		}
		out[kind] = tables
	}
	return out
}

// near treats NaN as equal to NaN.
func near(got, want float64) bool {
	if math.IsNaN(got) || math.IsNaN(want) {
		return math.IsNaN(got) && math.IsNaN(want)
	}
	return math.Abs(got-want) <= 1e-9*math.Max(1e-3, math.Abs(want))
}

func labels(n int) []string {
	ls := make([]string, n)
	for i := range ls {
		ls[i] = "class " + strconv.Itoa(i)
	}
	return ls
}

func checkValues(t *testing.T, got Values, want map[string]Number) {
	t.Helper()
	for name, w := range want {
		if v, ok := got.Get(name); !ok || !near(v, float64(w)) {
			t.Errorf("%s is %v (measured: %v), scikit-learn has %v", name, v, ok, float64(w))
		}
	}
	if len(got) != len(want)+1 { // and the loss
		t.Errorf("measured %v, scikit-learn gave %v", got, want)
	}
}

func checkClasses(t *testing.T, got []Class, want parityTable) {
	t.Helper()
	if len(got) != len(want.F1) {
		t.Fatalf("%d classes, expected %d", len(got), len(want.F1))
	}
	for i, c := range got {
		if !near(float64(c.Precision), float64(want.Precision[i])) || !near(float64(c.Recall), float64(want.Recall[i])) ||
			!near(float64(c.F1), float64(want.F1[i])) || c.Support != want.Support[i] {
			t.Errorf("%+v; scikit-learn has precision %v, recall %v, F1 %v, support %d",
				c, want.Precision[i], want.Recall[i], want.F1[i], want.Support[i])
		}
	}
}

func ints(x []float64) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}

func TestClassificationEqualsScikitLearn(t *testing.T) {
	for _, c := range readParity(t)["classification"] {
		t.Run(c.Name, func(t *testing.T) {
			m, err := NewClassification(labels(c.Classes), 3)
			if err != nil {
				t.Fatal(err)
			}
			targets := ints(c.Targets)
			for lo := 0; lo < len(targets); lo += 7 { // batches, the last one short
				hi := min(lo+7, len(targets))
				if err := m.Add(c.Probabilities[lo*c.Classes:hi*c.Classes], targets[lo:hi]); err != nil {
					t.Fatal(err)
				}
			}
			r := m.Result()
			checkValues(t, r.Values, c.Values)
			checkClasses(t, r.Classes, c)
			if d := difference.Of(c.Confusion, r.Confusion); d != "" {
				t.Errorf("confusion matrix (- scikit-learn):\n%s", d)
			}
			if r.Rows != len(targets) {
				t.Errorf("%d rows, added %d", r.Rows, len(targets))
			}
		})
	}
}

func TestMultilabelEqualsScikitLearn(t *testing.T) {
	for _, c := range readParity(t)["multilabel"] {
		t.Run(c.Name, func(t *testing.T) {
			m, err := NewMultilabel(labels(c.Classes))
			if err != nil {
				t.Fatal(err)
			}
			truth := make([]float32, len(c.Targets))
			for i, v := range c.Targets {
				truth[i] = float32(v)
			}
			half := len(truth) / c.Classes / 2 * c.Classes
			for _, cut := range [][2]int{{0, half}, {half, len(truth)}} {
				if err := m.Add(c.Probabilities[cut[0]:cut[1]], truth[cut[0]:cut[1]]); err != nil {
					t.Fatal(err)
				}
			}
			r := m.Result()
			checkValues(t, r.Values, c.Values)
			checkClasses(t, r.Classes, c)
		})
	}
}

func TestRegressionEqualsScikitLearn(t *testing.T) {
	for _, c := range readParity(t)["regression"] {
		t.Run(c.Name, func(t *testing.T) {
			var m Regression
			if err := m.Add(c.Predictions[:5], c.Targets[:5]); err != nil {
				t.Fatal(err)
			}
			if err := m.Add(c.Predictions[5:], c.Targets[5:]); err != nil {
				t.Fatal(err)
			}
			checkValues(t, m.Values(), c.Values)
		})
	}
}
