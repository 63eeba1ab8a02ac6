package compare

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// A verdict on a figure that no test row defines was printed, with exit code 0.
func TestF14_UndefinedFiguresAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answers Answers
		metric  string
		why     string // "" where it is defined
	}{
		"one class":            {Answers{Labels: 2, Names: []string{"a", "b"}, Classes: []int{0, 0}}, "roc_auc", `it needs rows of two labels, but the 2 rows all have "a"`},
		"one class, no names":  {Answers{Labels: 3, Classes: []int{2, 2}}, "roc_auc", "the 2 rows all have label 2"},
		"no positive":          {Answers{Labels: 2, Names: []string{"a", "b"}, Classes: []int{0, 0}}, "average_precision", "needs rows of the positive label"},
		"all positive":         {Answers{Labels: 2, Classes: []int{1, 1}}, "average_precision", ""},
		"accuracy":             {Answers{Labels: 2, Classes: []int{0, 0}}, "accuracy", ""},
		"two of three classes": {Answers{Labels: 3, Classes: []int{0, 1}}, "roc_auc", ""},
		"flags that all have":  {Answers{Labels: 2, Flags: []float32{1, 0, 1, 0}}, "roc_auc", "the 2 rows have none"},
		"flags":                {Answers{Labels: 2, Flags: []float32{1, 0, 0, 0}}, "roc_auc", ""},
		"no flags":             {Answers{Labels: 2, Flags: []float32{0, 0, 0, 0}}, "micro_f1", "the 2 rows have none"},
		"one number":           {Answers{Numbers: []float64{3.5, 3.5}}, "r2", "those of the 2 rows are all 3.5"},
		"numbers":              {Answers{Numbers: []float64{3.5, 4}}, "r2", ""},
		"mae":                  {Answers{Numbers: []float64{3.5, 3.5}}, "mae", ""},
	} {
		why := c.answers.Undefined(c.metric)
		if (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q, want %q", name, why, c.why)
		}
		err := c.answers.Defined(c.metric, "test rows")
		var u *UndefinedError
		if (err != nil) != (c.why != "") || err != nil && (!errors.As(err, &u) || u.ExitCode() != 3 || !strings.Contains(err.Error(), c.metric+" is undefined on the test rows: ")) {
			t.Errorf("%s: %v", name, err)
		}
		if st, _ := c.answers.statistic(c.metric, truth(c.answers), nil); c.why != "" && st != nil && !math.IsNaN(st.Of(ones(c.answers.rows()), float64(c.answers.rows()))) && name != "no flags" && c.metric != "average_precision" {
			t.Errorf("%s: the statistic has a value", name)
		}
	}
	s := &Study{Metric: "roc_auc", Answers: Answers{Labels: 2, Classes: []int{0, 0}}}
	var u *UndefinedError
	if _, err := s.Result(); !errors.As(err, &u) {
		t.Errorf("a study: %v", err)
	}
}

// truth are predictions that fit some answers.
func truth(a Answers) []float32 {
	switch {
	case a.Flags != nil:
		return a.Flags
	case a.Classes != nil && a.Labels == 2:
		return make([]float32, len(a.Classes))
	case a.Classes != nil:
		return make([]float32, len(a.Classes)*a.Labels)
	}
	p := make([]float32, len(a.Numbers))
	for i, v := range a.Numbers {
		p[i] = float32(v)
	}
	return p
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}
