package metrics_test

import (
	"fmt"
	"testing"

	"github.com/chiasm-ml/chiasm/metrics"
)

func labelled(n int) []string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	return labels
}

// Of many labels nothing is kept by row and label, and nothing is sorted: what a
// batch adds are counts, for which there is memory already.
func TestF20_ManyLabelsAreCounted(t *testing.T) {
	const batch = 4
	for _, c := range []struct {
		labels int
		ranked bool
	}{{metrics.MaxRanked, true}, {metrics.MaxRanked + 1, false}, {10_000, false}} {
		class, err := metrics.NewClassification(labelled(c.labels), 3)
		if err != nil {
			t.Fatal(err)
		}
		multi, err := metrics.NewMultilabel(labelled(c.labels))
		if err != nil {
			t.Fatal(err)
		}
		p, marks, targets := make([]float32, batch*c.labels), make([]float32, batch*c.labels), make([]int, batch)
		for i := range targets {
			targets[i] = c.labels - 1 - i
			p[i*c.labels+targets[i]], marks[i*c.labels+targets[i]] = 0.75, 1
		}
		add := func() {
			if err := class.Add(p, targets); err != nil {
				t.Fatal(err)
			}
			if err := multi.Add(p, marks); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(20, add); n != 0 && !c.ranked {
			t.Errorf("%d labels: a batch allocates %v times", c.labels, n)
		}
		for name, vs := range map[string]metrics.Values{"classification": class.Values(), "multilabel": multi.Values()} {
			for _, figure := range []string{"roc_auc", "average_precision"} {
				if _, ok := vs.Get(figure); ok != c.ranked {
					t.Errorf("%s of %d labels: %s is measured: %v, want %v", name, c.labels, figure, ok, c.ranked)
				}
			}
			if f1, _ := vs.Get("macro_f1"); f1 != 1 {
				t.Errorf("%s of %d labels: macro_f1 is %v, want 1", name, c.labels, f1)
			}
		}
	}
}
