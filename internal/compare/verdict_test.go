package compare

import (
	"math"
	"testing"
)

// row is a contender with a score on validation rows.
func row(kind, name string, validation float64, seeds int) Row {
	return Row{Kind: kind, Name: name, Validation: number(validation), Seeds: seeds, TrainingSeconds: 10, InferenceMicros: 100}
}

// test3 is a test of contender against another: difference, interval, corrected p.
func test3(contender, against int, d, low, high, holm float64) Test {
	return Test{contender: contender, against: against, Difference: number(d), Low: number(low), High: number(high), Holm: number(holm)}
}

// The table of every case below: two inputs, late fusion, the simplest, and one
// that costs more.
func rows(seeds int) []Row {
	costly := row(Fusion, "cross_attention", 0.74, seeds)
	costly.TrainingSeconds, costly.InferenceMicros = 31, 105
	return []Row{row(Modality, "picture", 0.5, seeds), row(Modality, "text", 0.6, seeds), row(Fusion, "score_average", 0.7, seeds), costly}
}

func TestVerdict(t *testing.T) {
	const alone, late, other = 1, 2, 3
	for name, c := range map[string]struct {
		metric  string
		rows    []Row
		tests   []Test
		n       int
		missing int
		want    string
	}{
		"the simplest gains, more does not pay": {
			tests: []Test{test3(late, alone, 0.079, 0.041, 0.116, 0.001), test3(other, alone, 0.083, 0.04, 0.12, 0.001), test3(other, late, 0.004, -0.02, 0.029, 1)},
			want:  "score_average gains 7.9 points of accuracy over text alone (95 % interval 4.1 to 11.6); cross_attention adds 0.4 (−2.0 to 2.9): not worth it on this data. Use score_average.",
		},
		"more pays": {
			tests: []Test{test3(late, alone, 0.079, 0.041, 0.116, 0.001), test3(other, late, 0.03, 0.01, 0.05, 0.02)},
			want:  "score_average gains 7.9 points of accuracy over text alone (95 % interval 4.1 to 11.6); cross_attention adds 3.0 (1.0 to 5.0): worth it, at 3.1 times the training time. Use cross_attention.",
		},
		"more pays by its interval alone": {
			tests: []Test{test3(late, alone, 0.079, 0.041, 0.116, 0.001), test3(other, late, 0.03, 0.001, 0.06, 0.2)},
			want:  "score_average gains 7.9 points of accuracy over text alone (95 % interval 4.1 to 11.6); cross_attention adds 3.0 (0.1 to 6.0), which is not significant after correction for 2 comparisons: not worth it on this data. Use score_average.",
		},
		"more does worse": {
			tests: []Test{test3(late, alone, 0.079, 0.041, 0.116, 0.001), test3(other, late, -0.03, -0.05, -0.01, 0.02)},
			want:  "score_average gains 7.9 points of accuracy over text alone (95 % interval 4.1 to 11.6); cross_attention, the best of the others on the validation rows, loses 3.0 points against it (1.0 to 5.0): not worth it on this data. Use score_average.",
		},
		"no gain": {
			tests: []Test{test3(late, alone, 0.004, -0.02, 0.029, 1), test3(other, alone, -0.0001, -0.02, 0.02, 1)},
			want:  "score_average differs from text alone by 0.4 points of accuracy (95 % interval −2.0 to 2.9): no significant difference; cross_attention differs from text alone by 0.0 points (−2.0 to 2.0): no significant difference. Use text alone: no fusion is significantly better on this data.",
		},
		"only the complex one gains": {
			tests: []Test{test3(late, alone, 0.004, -0.02, 0.029, 1), test3(other, alone, 0.3, 0.2, 0.4, 0.001)},
			want:  "score_average differs from text alone by 0.4 points of accuracy (95 % interval −2.0 to 2.9): no significant difference; cross_attention gains 30.0 points over text alone (20.0 to 40.0). Use cross_attention.",
		},
		"fusion does worse": {
			tests: []Test{test3(late, alone, -0.05, -0.08, -0.02, 0.01), test3(other, alone, -0.01, -0.02, -0.001, 0.3)},
			want:  "score_average loses 5.0 points of accuracy against text alone (95 % interval 2.0 to 8.0); cross_attention differs from text alone by −1.0 points (−2.0 to −0.1), which is not significant after correction for 2 comparisons. Use text alone: no fusion is significantly better on this data.",
		},
		"alike": {
			rows:  rows(5)[:3],
			tests: []Test{test3(late, alone, 0, 0, 0, 1)},
			want:  "score_average and text alone do equally well, row by row. Use text alone: no fusion is significantly better on this data.",
		},
		"one fusion": {
			rows:  rows(5)[:3],
			tests: []Test{test3(late, alone, 0.0102, 0.0051, 0.015, 0.01)},
			want:  "score_average gains 1.0 points of accuracy over text alone (95 % interval 0.5 to 1.5). Use score_average.",
		},
		"few rows": {
			n: 24, rows: rows(5)[:3],
			tests: []Test{test3(late, alone, 0.04, -0.08, 0.16, 1)},
			want:  "score_average differs from text alone by 4.0 points of accuracy (95 % interval −8.0 to 16.0): no significant difference. Use text alone: no fusion is significantly better on this data. There are only 24 test rows, on which a difference below about 12.0 points cannot be detected.",
		},
		"one seed, runs missing": {
			rows: rows(1)[:3], missing: 3,
			tests: []Test{test3(late, alone, 0.079, 0.041, 0.116, 0.001)},
			want:  "score_average gains 7.9 points of accuracy over text alone (95 % interval 4.1 to 11.6). Use score_average. With only one seed, intervals do not include the variation between seeds. 3 runs have not been executed; the same command continues.",
		},
		"errors that fall": {
			metric: "mae",
			tests:  []Test{test3(late, alone, -0.31, -0.5, -0.12, 0.001), test3(other, late, -0.002, -0.1, 0.1, 1)},
			want:   "score_average lowers the mean absolute error of text alone by 0.310 (95 % interval 0.120 to 0.500); cross_attention takes off another 0.00200 (−0.100 to 0.100): not worth it on this data. Use score_average.",
		},
		"errors that rise": {
			metric: "rmse", rows: rows(5)[:3],
			tests: []Test{test3(late, alone, 1234.5, 900, 1500, 0.001)},
			want:  "score_average raises the root mean squared error of text alone by 1234 (95 % interval 900 to 1500). Use text alone: no fusion is significantly better on this data.",
		},
		"errors that differ": {
			metric: "mae", rows: rows(5)[:3],
			tests: []Test{test3(late, alone, -0.31, -0.5, 0.12, 1)},
			want:  "score_average differs from text alone by −0.310 of mean absolute error (95 % interval −0.500 to 0.120): no significant difference. Use text alone: no fusion is significantly better on this data.",
		},
		"no interval": {
			rows:  rows(5)[:3],
			tests: []Test{test3(late, alone, 0.1, math.NaN(), math.NaN(), 1)},
			want:  "score_average differs from text alone by 10.0 points of accuracy (no interval): no significant difference. Use text alone: no fusion is significantly better on this data.",
		},
		"no seed in common": {
			rows: rows(5)[:3],
			want: "score_average and text alone have no seed in common. Use text alone: no fusion is significantly better on this data.",
		},
		"no fusion yet": {
			rows: rows(5)[:2], missing: 1,
			want: "text is the best input alone on the validation rows; no fusion has been trained yet. 1 run has not been executed; the same command continues.",
		},
		"no input alone yet": {rows: []Row{row(Fusion, "concat", 1, 2)}, want: "No input alone has been trained yet, so there is nothing to compare a fusion with."},
		"nothing yet":        {rows: []Row{}, want: "Nothing has been trained yet."},
	} {
		if c.rows == nil {
			c.rows = rows(5)
		}
		if c.metric == "" {
			c.metric = "accuracy"
		}
		if c.n == 0 {
			c.n = 568
		}
		r := &Result{Metric: c.metric, Lower: lower(c.metric), Rows: c.n, Level: level, Runs: c.rows, Tests: c.tests, Missing: c.missing, BestModality: -1, SimplestFusion: -1}
		for k, row := range c.rows {
			switch {
			case row.Kind == Modality:
				r.BestModality = k
			case r.SimplestFusion < 0:
				r.SimplestFusion = k
			}
		}
		if got := r.verdict(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
