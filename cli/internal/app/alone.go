package app

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/metrics"
)

// outdone says that a model does better with one of its inputs than with all, on
// the same rows: that the fusion costs more than the other inputs give. Empty
// where it does not, or where that was not measured.
func outdone(m *ablation.Missing, split string, inputs int) string {
	if m == nil {
		return ""
	}
	best, alone, all := "", 0.0, 0.0
	for _, s := range m.Subsets {
		v, ok := s.Values.Get(m.Metric)
		switch {
		case !ok:
		case len(s.Present) == inputs:
			all = v
		case len(s.Present) == 1 && (best == "" || metrics.Better(m.Metric, v, alone)):
			best, alone = s.Present[0], v
		}
	}
	if best == "" || !metrics.Better(m.Metric, alone, all) {
		return ""
	}
	return fmt.Sprintf("with all inputs this model has the %s %s, worse than %s with %s alone (the same model, the same %d %s rows); try fusion: {type: score_average, train: separate}, a model of that input by --only %s, or compare, which trains them all",
		strings.ReplaceAll(m.Metric, "_", " "), number(all), number(alone), best, m.Rows, split, best)
}

// outdone says so of each output.
func (t *training) outdone(s studies, split string) (said []string) {
	all := []outputStudies{{studies: s}}
	if s.Outputs != nil {
		all = s.Outputs
	}
	for _, o := range all {
		if one := outdone(o.Missing, split, len(t.bundle.Inputs)); one != "" {
			said = append(said, strings.TrimPrefix(o.Name+": "+one, ": "))
		}
	}
	return said
}

// tellOutdone is the last lines of the log.
func (t *training) tellOutdone(said []string) {
	for _, one := range said {
		fmt.Fprintf(t.streams.Err, "warning: %s\n", one)
	}
}
