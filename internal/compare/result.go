package compare

import "github.com/chiasm-ml/chiasm/metrics"

// A Result is what a comparison found, as it is written to compare.json. What
// is not defined is null.
type Result struct {
	Metric string `json:"metric"`
	Lower  bool   `json:"lower_is_better"`
	Rows   int    `json:"test_rows"`
	// Resamples of the test rows, and the level of intervals.
	Resamples int     `json:"resamples"`
	Level     float64 `json:"level"`

	Runs  []Row  `json:"runs"`
	Tests []Test `json:"tests"`
	// Places in Runs, or -1: the best input alone and the best fusion on
	// validation rows, and the fusion that the others have to beat.
	BestModality   int `json:"best_modality"`
	SimplestFusion int `json:"simplest_fusion"`
	BestFusion     int `json:"best_fusion"`
	// Missing is how many runs have not been made.
	Missing int    `json:"missing_runs"`
	Verdict string `json:"verdict"`
}

// A Row is one contender: means over its seeds, on the test rows unless it says
// otherwise.
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
	InferenceMicros metrics.Number `json:"inference_us"` // a row
	// Without is the metric if an input is taken away from all test rows.
	Without []Without `json:"without,omitempty"`
}

// Without is a contender's metric without one of its inputs.
type Without struct {
	Input string         `json:"input"`
	Mean  metrics.Number `json:"mean"`
}

// A Test is a contender against another: its metric minus the other's on the
// same rows, with the seeds that both have.
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

// Certain says whether a test finds a difference, after the correction.
func (t *Test) Certain() bool { return float64(t.Holm) < 1-level }

// test is that of two places in Runs; nil if there is none.
func (r *Result) test(contender, against int) *Test {
	for i := range r.Tests {
		if t := &r.Tests[i]; t.contender == contender && t.against == against {
			return t
		}
	}
	return nil
}
