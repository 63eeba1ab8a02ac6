package auto

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
)

// An Outcome is the model that a search has chosen.
type Outcome struct {
	// Training has the model, with the weights of what was trained, and nothing fitted to it yet
	// that the config asks for after training.
	Training *fit.Training
	Chosen   []Choice
	// Validation is the metric of the validation rows by which it was chosen.
	Validation float64
	// Held says whether ensembles did better on rows that had no part in the choice; nil if one
	// model was best in any case.
	Held *Held
}

// A Choice is a candidate that was chosen.
type Choice struct {
	Candidate
	Votes  int
	Record *Record
}

// ErrNone says that there is nothing to choose from.
var ErrNone = fmt.Errorf("no candidate came as far as to predict anything")

// Choose chooses among the candidates that were trained, in this search or before, and puts the
// model together. It depends on which these are, and on nothing else.
func (s *Search) Choose(ctx context.Context) (*Outcome, error) {
	all := s.trained()
	if len(all) == 0 {
		return nil, ErrNone
	}
	var voters []Voter
	for _, c := range all {
		p, err := s.Folder.predictions(s.records[c.Name])
		if err != nil {
			return nil, err
		}
		voters = append(voters, Voter{Predictions: p.validation, Lacks: p.lacks})
	}
	selection := Selection{
		Metric: s.Metric, Answers: s.Validation, Prior: s.Data.Target.Prior(), Units: s.Units,
		Groups: s.ValidationGroups, Seed: s.Pool.base.Seed, Most: mostMembers[s.Pool.preset],
	}
	votes, score, held, err := selection.Decide(voters)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Validation: score, Held: held}
	var members []config.Member
	for i, c := range all {
		if votes[i] > 0 {
			c.Votes = votes[i]
			o.Chosen = append(o.Chosen, Choice{c, votes[i], s.records[c.Name]})
			members = append(members, c.Member)
		}
	}
	o.Training, err = s.join(ctx, members, o.Chosen)
	return o, err
}

// join makes the model of what was chosen: an ensemble, or the one model.
func (s *Search) join(ctx context.Context, members []config.Member, chosen []Choice) (*fit.Training, error) {
	whole, err := s.Pool.Config.WithMembers(members...)
	if err != nil {
		return nil, err
	}
	alone, final := whole.MemberConfigs(), whole
	if len(members) == 1 {
		if final, err = whole.Member(0); err != nil {
			return nil, err
		}
	}
	d, err := s.Data.Only(ctx, final.InputNames())
	if err != nil {
		return nil, err
	}
	t, err := fit.New(ctx, final, d)
	if err != nil {
		return nil, err
	}
	from := map[string][]float32{}
	for i, n := range t.Bundle.Model.Networks() {
		some, err := s.Data.Only(ctx, alone[i].InputNames())
		if err != nil {
			return nil, err
		}
		m, err := alone[i].NewModel(some.Inputs, some.Target, some.Fitted)
		if err != nil {
			return nil, err
		}
		if err := s.Folder.load(ctx, chosen[i].Record, m); err != nil {
			return nil, err
		}
		for _, p := range m.Params() {
			from[n.Path()+p.Name] = p.Data
		}
	}
	for _, p := range t.Bundle.Model.Params() {
		data, ok := from[p.Name]
		if len(data) != len(p.Data) && (ok || p.Trainable) {
			return nil, fmt.Errorf("putting the model together: %s has %d numbers, and what was trained %d", p.Name, len(p.Data), len(data))
		}
		copy(p.Data, data) // nothing is of what is fitted afterwards
	}
	t.Bundle.Model.Changed()
	return t, nil
}

// mostResampled bounds the work of intervals: rows times models times resamples.
const mostResampled = 400_000_000

// resamples is how often test rows are drawn again.
func resamples(rows, models int) int {
	return max(1000, min(10_000, mostResampled/max(1, rows*models)))
}
