package auto

import (
	"cmp"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/metrics"
)

// A Result is auto.json: all that was trained, the best on validation rows first, and what was
// made of it.
type Result struct {
	Metric         string `json:"metric"`
	Lower          bool   `json:"lower_is_better"`
	ValidationRows int    `json:"validation_rows"`
	TestRows       int    `json:"test_rows"`
	// Resamples is the number of resamples of the test rows, and Level that of intervals.
	Resamples int     `json:"resamples"`
	Level     float64 `json:"level"`
	// Chosen is the model that was made: of one candidate, or an ensemble.
	Chosen     Row   `json:"chosen"`
	Candidates []Row `json:"candidates"`
	// HeldOut says why it is the one or the other; left out where no ensemble did better even on
	// the rows that it was chosen by.
	HeldOut *Held `json:"held_out,omitempty"`
	// Tests compare what was chosen with the best single model, and the best fusion with the best
	// input alone, on the test rows.
	Tests   []compare.Test `json:"tests"`
	Skipped []Skip         `json:"skipped"`
	// Early are candidates that the time has ended, and Left those that were not begun, or not far
	// enough to predict anything.
	Early   []string       `json:"ended_early"`
	Left    []string       `json:"not_trained"`
	Seconds metrics.Number `json:"seconds"` // of all trainings, those before this search too
	Verdict string         `json:"verdict"`
}

// A Row is one model of a Result.
type Row struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Why        string         `json:"why"`
	Inputs     []string       `json:"inputs"`
	Validation metrics.Number `json:"validation"`
	Test       metrics.Number `json:"test"`
	Low        metrics.Number `json:"low"` // of the interval of Test
	High       metrics.Number `json:"high"`
	Seconds    metrics.Number `json:"seconds"`
	Epochs     int            `json:"epochs"`
	BestEpoch  int            `json:"best_epoch"`
	Parameters int            `json:"parameters"`
	Ended      bool           `json:"ended"`
	Votes      int            `json:"votes"`  // in what was chosen
	Weight     metrics.Number `json:"weight"` // the same as a share
}

// Ensemble is what an ensemble is called among its members.
const Ensemble = "ensemble"

// Result judges everything on the test rows: the chosen model by what it predicts of them, with
// its thresholds.
func (s *Search) Result(o *Outcome, test []float32, thresholds metrics.Thresholds) (*Result, error) {
	all := s.trained()
	r := &Result{
		Metric: s.Metric, Lower: metrics.Better(s.Metric, 0, 1), ValidationRows: s.Validation.Rows(), TestRows: s.Test.Rows(),
		Resamples: resamples(s.Test.Rows(), len(all)+1), Tests: []compare.Test{}, Skipped: append(append([]Skip{}, s.Pool.Skipped...), s.skipped...), Early: []string{}, Left: []string{},
	}
	votes, sum := map[string]int{}, 0
	for _, c := range o.Chosen {
		votes[c.Name] = c.Votes
		sum += c.Votes
	}
	study := s.study(r.Resamples)
	for _, c := range all {
		rec := s.records[c.Name]
		row := Row{
			Name: c.Name, Kind: c.Kind, Why: c.Why, Inputs: rec.Inputs, Validation: s.validationOf(rec), Seconds: rec.Seconds, Epochs: rec.Epochs,
			BestEpoch: rec.BestEpoch, Parameters: rec.Parameters, Ended: rec.Ended, Votes: votes[c.Name], Weight: number(float64(votes[c.Name]) / float64(sum)),
		}
		r.Seconds += rec.Seconds
		if !rec.Ended {
			r.Early = append(r.Early, c.Name)
		}
		r.Candidates = append(r.Candidates, row)
		study.Contenders = append(study.Contenders, s.contender(c))
	}
	for _, c := range s.Pool.Made() {
		if s.records[c.Name] == nil && !slices.ContainsFunc(r.Skipped, func(k Skip) bool { return k.Name == c.Name }) {
			r.Left = append(r.Left, c.Name)
		}
	}
	r.Chosen, r.HeldOut = s.chosen(o), o.Held
	study.Contenders = append(study.Contenders, compare.Contender{Kind: compare.Subset, Name: r.Chosen.Name, Runs: []compare.Run{{Predictions: s.units(test), Thresholds: thresholds, Validation: o.Validation}}})
	figures, err := study.Result()
	if err != nil {
		return nil, err
	}
	r.Level = figures.Level
	for i, f := range figures.Runs {
		row := &r.Chosen
		if i < len(r.Candidates) {
			row = &r.Candidates[i]
		}
		row.Test, row.Low, row.High = f.Mean, f.Low, f.High
	}
	if err := s.judge(r, o, test, thresholds); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.Candidates, func(a, b Row) int {
		switch x, y := float64(a.Validation), float64(b.Validation); {
		case metrics.Better(s.Metric, x, y):
			return -1
		case metrics.Better(s.Metric, y, x):
			return 1
		}
		return cmp.Compare(b.Votes, a.Votes)
	})
	return r, nil
}

// chosen is the row of what was chosen.
func (s *Search) chosen(o *Outcome) Row {
	m := o.Training.Bundle.Model
	row := Row{Name: Ensemble, Kind: Ensemble, Inputs: m.InputNames(), Validation: number(o.Validation), Parameters: len(m.Weights()), Ended: true, Weight: 1}
	for _, c := range o.Chosen {
		row.Seconds += c.Record.Seconds
		row.Epochs += c.Record.Epochs
		row.Votes += c.Votes
	}
	if len(o.Chosen) == 1 {
		row.Name, row.Kind, row.BestEpoch = o.Chosen[0].Name, o.Chosen[0].Kind, o.Chosen[0].Record.BestEpoch
	}
	return row
}

func (s *Search) study(resamples int) *compare.Study {
	return &compare.Study{Metric: s.Metric, Answers: s.Test, Groups: s.Groups, Seed: s.Pool.base.Seed, Resamples: resamples}
}

// contender is a candidate as package compare takes it.
func (s *Search) contender(c Candidate) compare.Contender {
	rec := s.records[c.Name]
	v, _ := rec.Validation.Get(s.Metric)
	return compare.Contender{Kind: c.Kind, Name: c.Name, Inputs: rec.Inputs, Parameters: rec.Parameters, TrainingSeconds: float64(rec.Seconds), Runs: []compare.Run{{
		Validation: v,
		Read: func() ([]float32, error) {
			p, err := s.Folder.predictions(rec)
			return s.units(p.test), err
		},
	}}}
}

func (s *Search) units(p []float32) []float32 {
	if s.Units == nil {
		return p
	}
	return s.Units(p)
}
