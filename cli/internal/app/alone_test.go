package app

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/metrics"
)

// A model that does better with one input than with all says so.
func TestF18_AFusionThatOneInputOutdoes(t *testing.T) {
	for _, c := range []struct {
		metric           string
		all, text, image float64
		says             string
	}{
		{"accuracy", 0.6, 0.7, 0.65, "the accuracy 0.6000, worse than 0.7000 with text alone (the same model, the same 40 test rows)"},
		{"accuracy", 0.7, 0.7, 0.65, ""},
		{"accuracy", 0.8, 0.7, 0.65, ""},
		{"mae", 3, 5, 2, "worse than 2.0000 with image alone"},
		{"mae", 2, 5, 3, ""},
	} {
		m := &ablation.Missing{Metric: c.metric, Rows: 40}
		for _, s := range []struct {
			v       float64
			present []string
		}{{c.text, []string{"text"}}, {c.image, []string{"image"}}, {c.all, []string{"text", "image"}}} {
			m.Subsets = append(m.Subsets, ablation.Subset{Present: s.present, Rows: 40, Values: metrics.Values{{Name: c.metric, Value: s.v}}})
		}
		said := outdone(m, "test", 2)
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%+v: %q", c, said)
		}
		for _, way := range []string{"score_average", "train: separate", "--only ", "compare"} {
			if said != "" && !strings.Contains(said, way) {
				t.Errorf("%q does not name %s", said, way)
			}
		}
	}
	if outdone(nil, "test", 2) != "" {
		t.Error("said of nothing measured")
	}
}
