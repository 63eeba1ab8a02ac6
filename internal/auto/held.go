package auto

import (
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/rng"
)

// Held compares two ways of choosing by rows that had no part in the choice.
type Held struct {
	// Together is the metric of ensembles, and Alone that of the best single models.
	Together metrics.Number `json:"ensembles"`
	Alone    metrics.Number `json:"single_models"`
}

// Pays reports whether ensembles did better.
func (h Held) Pays(metric string) bool {
	return metrics.Better(metric, float64(h.Together), float64(h.Alone))
}

// Decide chooses an ensemble if ensembles do better than the best single model on rows that had no
// part in the choice, and that model otherwise: greedy selection always does better on the rows
// that it fits, and few rows are soon fitted. held is nil where selection chose one model anyway.
func (s *Selection) Decide(voters []Voter) (votes []int, score float64, held *Held, err error) {
	votes, score, err = s.Choose(voters)
	if err != nil || chosen(votes) < 2 {
		return votes, score, nil, err
	}
	some, few := s.few(voters)
	held = &Held{}
	if held.Together, err = some.crossValidated(few); err != nil {
		return nil, 0, nil, err
	}
	some.Most = 1
	if held.Alone, err = some.crossValidated(few); err != nil {
		return nil, 0, nil, err
	}
	if !held.Pays(s.Metric) {
		alone := *s
		alone.Most = 1
		votes, score, err = alone.Choose(voters)
	}
	return votes, score, held, err
}

// chosen is the number of voters that have votes.
func chosen(votes []int) int {
	n := 0
	for _, v := range votes {
		n += min(v, 1)
	}
	return n
}

const (
	folds = 5
	// Rows that are held out in all: of more, some are drawn, which tell as well and take less
	// time; fewer are dealt out more often, since how they are dealt says more of the result.
	heldRows    = 4000
	mostRepeats = 10
)

// few is the selection and its voters for at most heldRows, in whole groups.
func (s *Selection) few(voters []Voter) (Selection, []Voter) {
	rows := s.Answers.Rows()
	if rows <= heldRows {
		return *s, voters
	}
	groups := make([][]int, slices.Max(s.groups())+1)
	for row, g := range s.groups() {
		groups[g] = append(groups[g], row)
	}
	var drawn []int
	for _, g := range rng.New(s.Seed).Name("drawn").Perm(len(groups)) {
		if len(drawn)+len(groups[g]) <= heldRows {
			drawn = append(drawn, groups[g]...)
		}
	}
	if drawn == nil { // every group has more
		return *s, voters
	}
	slices.Sort(drawn)
	size := len(voters[0].Predictions) / rows
	return s.only(drawn), of(voters, drawn, size)
}

// groups are those of the rows.
func (s *Selection) groups() []int {
	if s.Groups != nil {
		return s.Groups
	}
	each := make([]int, s.Answers.Rows())
	for i := range each {
		each[i] = i
	}
	return each
}

// only is the selection for some of the rows.
func (s *Selection) only(rows []int) Selection {
	some := *s
	some.Answers, some.Groups = s.Answers.Of(rows), nil
	for _, row := range rows {
		if s.Groups != nil {
			some.Groups = append(some.Groups, s.Groups[row])
		}
	}
	return some
}

// crossValidated is the mean metric of what is chosen by four fifths of the rows, on the last,
// over several ways of dealing them out.
func (s *Selection) crossValidated(voters []Voter) (metrics.Number, error) {
	rows := s.Answers.Rows()
	repeats := max(1, min(mostRepeats, heldRows/max(rows, 1)))
	total := 0.0
	for repeat := range repeats {
		fold := s.deal(repeat)
		size := len(voters[0].Predictions) / rows
		out := make([]float32, rows*size)
		for k := range folds {
			var in, held []int
			for row, f := range fold {
				if f == k {
					held = append(held, row)
				} else {
					in = append(in, row)
				}
			}
			if len(in) == 0 || len(held) == 0 {
				return metrics.Number(math.NaN()), nil // too few to tell
			}
			some := s.only(in)
			votes, _, err := some.Choose(of(voters, in, size))
			if err != nil {
				return 0, err
			}
			some = s.only(held)
			mean := some.Mean(of(voters, held, size), votes)
			for i, row := range held {
				copy(out[row*size:(row+1)*size], mean[i*size:])
			}
		}
		v, err := s.measure(out)
		if err != nil {
			return 0, err
		}
		total += v
	}
	return metrics.Number(total / float64(repeats)), nil
}

// deal gives each row a fold; rows of one group have the same.
func (s *Selection) deal(repeat int) []int {
	fold := s.groups()
	of := make([]int, slices.Max(fold)+1)
	for place, g := range rng.New(s.Seed).Name("held out").Int(repeat).Perm(len(of)) {
		of[g] = place % folds
	}
	fold = slices.Clone(fold)
	for row, g := range fold {
		fold[row] = of[g]
	}
	return fold
}

// of are voters for some of the rows, of whose predictions each has size numbers.
func of(voters []Voter, rows []int, size int) []Voter {
	some := make([]Voter, len(voters))
	for i, v := range voters {
		for _, row := range rows {
			some[i].Predictions = append(some[i].Predictions, v.Predictions[row*size:(row+1)*size]...)
			if v.Lacks != nil {
				some[i].Lacks = append(some[i].Lacks, v.Lacks[row])
			}
		}
	}
	return some
}
