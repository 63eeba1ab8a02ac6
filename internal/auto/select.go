package auto

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/metrics"
)

// A Voter is a model that may be chosen: what it predicts of the validation rows.
type Voter struct {
	// Predictions (N, Size) are probabilities, or numbers as the model has them: standardised.
	Predictions []float32
	// Lacks says which rows have none of its inputs: there it has no vote. nil: none.
	Lacks []bool
}

// Selection is how voters are chosen.
type Selection struct {
	Metric  string
	Answers compare.Answers // of the validation rows
	// Prior (Size) is predicted of rows of which no voter has an input.
	Prior []float32
	// Units turns means of predictions into what Answers are compared with; nil: they are.
	Units func([]float32) []float32
	// Groups are those of the validation rows, from 0, which are held out together; nil: each is one.
	Groups []int
	// Seed deals rows out to be held out.
	Seed uint64
	// Most bounds how many different voters are chosen; 0 is no bound.
	Most int
}

// Constants of AutoGluon's implementation of the same algorithm: scores are compared after rounding
// to so many decimals, unless they are so small that nothing would be left, and those that are this
// close are ties.
const (
	decimals = 6
	smallest = 1e-4
	closest  = 1e-12
)

// Choose chooses with replacement: in each of 2·len(voters) rounds the voter whose vote makes the
// mean of all votes best. Ties go to voters that have votes already, then to the mean that has the
// lower log loss (of numbers: squared error), then to the first. The votes are those of the best
// round, of several such the first; they are divided by what they have in common.
func (s *Selection) Choose(voters []Voter) (votes []int, score float64, err error) {
	if len(voters) == 0 {
		return nil, math.NaN(), nil
	}
	n := len(voters[0].Predictions)
	for i, v := range voters {
		if rows := s.Answers.Rows(); len(v.Predictions) != n || rows == 0 || n%rows != 0 {
			return nil, 0, fmt.Errorf("auto: voter %d predicts %d numbers of %d rows, the first %d", i, len(v.Predictions), rows, n)
		}
	}
	votes = make([]int, len(voters))
	sum := newSum(s, n)
	var best []int
	bestScore, scale := math.NaN(), 0.0
	for round := range 2 * len(voters) {
		at, v, err := s.next(sum, voters, votes, &scale)
		if err != nil {
			return nil, 0, err
		}
		if at < 0 {
			break // no mean has a figure
		}
		votes[at]++
		sum.add(voters[at], 1)
		if round == 0 || metrics.Better(s.Metric, v, bestScore) {
			best, bestScore = slices.Clone(votes), v
		}
	}
	if best == nil { // a figure that no single model has: the first speaks
		best = make([]int, len(voters))
		best[0] = 1
	}
	reduce(best)
	score, err = s.Score(voters, best)
	return best, score, err
}

// next is the voter whose vote makes the mean best, and how good; -1 if none has a figure.
func (s *Selection) next(sum *sum, voters []Voter, votes []int, scale *float64) (at int, score float64, err error) {
	chosen := chosen(votes)
	type scored struct {
		at    int
		score float64
	}
	scores, errs := make([]float64, len(voters)), make([]error, len(voters))
	parallel.Run(len(voters), func(i int) {
		scores[i] = math.NaN()
		if s.Most == 0 || chosen < s.Most || votes[i] > 0 {
			scores[i], errs[i] = s.measure(sum.with(voters[i]))
		}
	})
	if err := cmp.Or(errs...); err != nil {
		return 0, 0, err
	}
	var all []scored
	for i, score := range scores {
		if !math.IsNaN(score) {
			all = append(all, scored{i, score})
		}
	}
	if all == nil {
		return -1, 0, nil
	}
	first := all[0].score
	for _, x := range all {
		if metrics.Better(s.Metric, x.score, first) {
			first = x.score
		}
	}
	if *scale == 0 {
		*scale = 1
		if math.Abs(first) > smallest {
			*scale = math.Pow(10, decimals)
		}
	}
	if *scale > 1 {
		first = math.Round(first**scale) / *scale
		for i := range all {
			all[i].score = math.Round(all[i].score**scale) / *scale
		}
	}
	all = slices.DeleteFunc(all, func(x scored) bool { return math.Abs(x.score-first) > closest*math.Abs(first) })
	score = all[0].score
	if len(all) > 1 {
		losses := map[int]float64{}
		for _, x := range all {
			losses[x.at] = s.loss(sum.with(voters[x.at]))
		}
		slices.SortStableFunc(all, func(a, b scored) int {
			in := func(x scored) int { return min(votes[x.at], 1) }
			return cmp.Or(cmp.Compare(in(b), in(a)), cmp.Compare(losses[a.at], losses[b.at]), cmp.Compare(a.at, b.at))
		})
	}
	return all[0].at, score, nil
}

// Score is the metric of the mean by these votes.
func (s *Selection) Score(voters []Voter, votes []int) (float64, error) {
	return s.measure(s.Mean(voters, votes))
}

// Mean is what the voters predict together: an ensemble of members with these votes predicts the
// same, but for rounding.
func (s *Selection) Mean(voters []Voter, votes []int) []float32 {
	all := newSum(s, len(voters[0].Predictions))
	for i, v := range voters {
		if votes[i] > 0 {
			all.add(v, votes[i])
		}
	}
	return all.with(Voter{})
}

func (s *Selection) measure(mean []float32) (float64, error) {
	if s.Units != nil {
		mean = s.Units(mean)
	}
	return s.Answers.Measure(s.Metric, mean, nil)
}

// loss is the log loss of a mean, or the squared error of its numbers.
func (s *Selection) loss(mean []float32) float64 {
	const least = 1e-15
	log := func(p float64) float64 { return -math.Log(min(max(p, least), 1)) }
	total := 0.0
	switch a := s.Answers; {
	case a.Classes != nil && a.Labels > 2:
		for row, c := range a.Classes {
			total += log(float64(mean[row*a.Labels+c]))
		}
	case a.Classes != nil:
		for row, c := range a.Classes {
			p := float64(mean[row])
			if c == 0 {
				p = 1 - p
			}
			total += log(p)
		}
	case a.Flags != nil:
		for i, yes := range a.Flags {
			p := float64(mean[i])
			if yes != 1 {
				p = 1 - p
			}
			total += log(p)
		}
	default:
		if s.Units != nil {
			mean = s.Units(mean)
		}
		for row, y := range a.Numbers {
			d := float64(mean[row]) - y
			total += d * d
		}
	}
	return total
}

// sum is the sum of votes, row by row.
type sum struct {
	of    []float64 // predictions times votes
	votes []int     // by row
	size  int
	prior []float32
}

func newSum(s *Selection, n int) *sum {
	rows := s.Answers.Rows()
	return &sum{of: make([]float64, n), votes: make([]int, rows), size: n / rows, prior: s.Prior}
}

// add adds so many votes of a voter.
func (s *sum) add(v Voter, votes int) {
	for row := range s.votes {
		if v.Lacks != nil && v.Lacks[row] {
			continue
		}
		s.votes[row] += votes
		for i := row * s.size; i < (row+1)*s.size; i++ {
			s.of[i] += float64(votes) * float64(v.Predictions[i])
		}
	}
}

// with is the mean if v has one vote more; nobody does who predicts nothing.
func (s *sum) with(v Voter) []float32 {
	out := make([]float32, len(s.of))
	for row, votes := range s.votes {
		lo, hi := row*s.size, (row+1)*s.size
		of, at := s.of[lo:hi], out[lo:hi]
		switch one := v.Predictions != nil && (v.Lacks == nil || !v.Lacks[row]); {
		case one:
			n := float64(votes + 1)
			for i, p := range v.Predictions[lo:hi] {
				at[i] = float32((of[i] + float64(p)) / n)
			}
		case votes > 0:
			for i := range at {
				at[i] = float32(of[i] / float64(votes))
			}
		case s.prior != nil:
			copy(at, s.prior)
		}
	}
	return out
}

// reduce divides votes by their greatest common divisor.
func reduce(votes []int) {
	d := 0
	for _, v := range votes {
		for a := v; a != 0; {
			d, a = a, d%a
		}
	}
	for i := range votes {
		votes[i] /= max(d, 1)
	}
}
