package data

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/rng"
)

// rareShare bounds what rows of rare values may add to training, as a share of
// all rows, for training to have all of them.
const rareShare = 0.02

// strata are the rows of each value of the column to stratify by.
type strata struct {
	column    string
	fractions [3]float64
	rows      map[string][]int
	all       int
	// A value is rare if it has fewer rows than of which one is sure to train. All
	// of them train, since a value that is never trained on cannot be predicted; but
	// not where they are so many that the fractions would not hold.
	rare, rareRows int
	rareTrain      bool
}

// gatherStrata refuses a column whose values say nothing.
func gatherStrata(t *Table, c SplitConfig, values []string) (*strata, error) {
	s := &strata{column: c.Stratify, fractions: c.fractions(), rows: map[string][]int{}, all: len(values)}
	for i, v := range values {
		s.rows[v] = append(s.rows[v], i)
	}
	if len(s.rows) == len(values) && len(values) > 1 {
		return nil, t.Errorf(-1, s.column, "the column has %d different values in %d rows: there is nothing to stratify by", len(values), len(values)).
			WithHint("stratify by a column whose values recur, such as the label, or leave data.split.stratify out")
	}
	least := s.least()
	for _, members := range s.rows {
		if len(members) < least {
			s.rare, s.rareRows = s.rare+1, s.rareRows+len(members)
		}
	}
	s.rareTrain = float64(s.rareRows)*(1-s.fractions[0]) <= rareShare*float64(s.all)
	return s, nil
}

// least is how many rows of a value are needed for one to be sure to train.
func (s *strata) least() int { return newSampler(s.fractions[0], rng.New(0)).first() }

// cut cuts the rows of each value on their own.
func (s *strata) cut(key rng.Key) []int {
	of := make([]int, s.all)
	least := s.least()
	for v, members := range s.rows { // in any order: values do not meet
		if len(members) < least && s.rareTrain {
			continue // training is split 0
		}
		for i, part := range cutByChance(len(members), s.fractions, key.Name(v)) {
			of[members[i]] = part
		}
	}
	return of
}

// warning says what became of rare values; "" if there are none.
func (s *strata) warning() string {
	if s.rare == 0 {
		return ""
	}
	what := fmt.Sprintf("column %s has %s, %d of them in too few rows to be in several splits", show(s.column), plural(len(s.rows), "value"), s.rare)
	if s.rareTrain {
		return fmt.Sprintf("%s: such rows (%d) all train", what, s.rareRows)
	}
	return fmt.Sprintf("%s: such rows (%d of %d) are cut by chance, as without data.split.stratify; stratify by a column of fewer values", what, s.rareRows, s.all)
}
