package compare

import "github.com/chiasm-ml/chiasm/metrics"

// A Result is the outcome of a comparison, as written to compare.json. Undefined values are null.
type Result struct {
	Metric string `json:"metric"`
	Lower  bool   `json:"lower_is_better"`
	Rows   int    `json:"test_rows"`
	// Resamples is the number of resamples of the test rows, and Level that of intervals.
	Resamples int     `json:"resamples"`
	Level     float64 `json:"level"`

	Runs  []Row  `json:"runs"`
	Tests []Test `json:"tests"`
	// Indices into Runs, or -1: the best single input and the best fusion on validation rows, and
	// the simplest fusion, which the others have to beat.
	BestModality   int `json:"best_modality"`
	SimplestFusion int `json:"simplest_fusion"`
	BestFusion     int `json:"best_fusion"`
	// Missing is the number of runs that have not been executed.
	Missing int    `json:"missing_runs"`
	Verdict string `json:"verdict"`
}

// A Row is one candidate: means over its seeds, on the test rows unless stated otherwise.
type Row struct {
	Kind            string         `json:"kind"`
	Name            string         `json:"name"`
	Inputs          []string       `json:"inputs"`
	Mean            metrics.Number `json:"mean"`
	Low             metrics.Number `json:"low"`
	High            metrics.Number `json:"high"`
	Seeds           int            `json:"seeds"`
	Validation      metrics.Number `json:"validation"`
	Parameters      int            `json:"parameters"`
	TrainingSeconds metrics.Number `json:"training_seconds"`
	InferenceMicros metrics.Number `json:"inference_us"` // per row
	// Without is the metric with an input removed from all test rows.
	Without []Without `json:"without,omitempty"`
}

// Without is a candidate's metric without one of its inputs.
type Without struct {
	Input string         `json:"input"`
	Mean  metrics.Number `json:"mean"`
}

// A Test compares two candidates: the difference of their metrics on the same rows, over the seeds
// that both have.
type Test struct {
	Contender  string         `json:"contender"`
	Against    string         `json:"against"`
	Difference metrics.Number `json:"difference"`
	Low        metrics.Number `json:"low"`
	High       metrics.Number `json:"high"`
	P          metrics.Number `json:"p"`
	Holm       metrics.Number `json:"p_holm"` // corrected for the number of tests
	Seeds      int            `json:"seeds"`

	contender, against int
}

// Certain reports whether a difference is significant after the correction.
func (t *Test) Certain() bool { return float64(t.Holm) < 1-level }

// test returns the test of two indices into Runs; nil if there is none.
func (r *Result) test(contender, against int) *Test {
	for i := range r.Tests {
		if t := &r.Tests[i]; t.contender == contender && t.against == against {
			return t
		}
	}
	return nil
}
