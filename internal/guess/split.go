package guess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// splitting is how the config cuts the rows.
type splitting struct {
	column      string // that says which row is for what
	stratify    string
	train, each float64 // fractions, of training and of validation and test each
	times       []string
	groups      []string
	splits      *data.Splits
}

// What data.SplitConfig reads, and what else people write.
var (
	splitValues = []string{"train", "validation", "val", "test"}
	splitWords  = append([]string{"training", "valid", "dev", "eval", "testing", "holdout"}, splitValues...)
)

// isSplit says whether a column says which rows are for what, in whatever words.
func (p *profile) isSplit() bool {
	trains := false
	for v := range p.counts {
		v = strings.ToLower(strings.TrimSpace(v))
		if !slices.Contains(splitWords, v) {
			return false
		}
		trains = trains || strings.HasPrefix(v, "train")
	}
	return trains
}

// takeSplit cuts the rows by the first such column, whose cells must then say it in
// the words that are read.
func (s *survey) takeSplit(p *profile) {
	if s.split.column != "" {
		p.why += fmt.Sprintf("; %s cuts the rows", s.split.column)
		return
	}
	s.split.column, p.use = p.name(), "split"
	var bad []int
	for row, c := range p.column.All() {
		if !slices.Contains(splitValues, c.Text) {
			bad = append(bad, row)
		}
	}
	s.named(bad, p.name(), func(row int) (string, string) {
		return fmt.Sprintf("%s does not say which rows it is of", show(p.column.Cell(row).Text)), "expected train, validation, val or test"
	}, "such cells")
}

// cut cuts the rows as the config will.
func (s *survey) cut() {
	c := data.SplitConfig{Column: s.split.column}
	for _, p := range s.profiles {
		switch {
		case p.kind == Date && p.missing() == 0 && p.readable():
			s.split.times = append(s.split.times, p.name())
		case p.kind == ID && p.missing() == 0 && p.distinct() < p.rows() && p.distinct() > 2:
			s.split.groups = append(s.split.groups, p.name())
		}
	}
	if c.Column == "" {
		if s.output.kind == data.Binary || s.output.kind == data.Multiclass {
			s.split.stratify = s.target.name()
		}
		s.split.train, s.split.each = 0.8, 0.1
		if s.table.Len() < 200 { // a tenth would judge by luck
			s.split.train, s.split.each = 0.6, 0.2
		}
		c = data.SplitConfig{Train: s.split.train, Validation: s.split.each, Test: s.split.each, Stratify: s.split.stratify}
	}
	splits, err := c.Split(s.table, seed)
	switch {
	case err != nil:
		s.mistake(-1, "", "%v", err)
		return
	case s.table.Len() < leastRows || len(splits.Validation) == 0 && c.Column == "":
		s.mistake(-1, "", "%s are too few to train on some and to judge by others", plural(s.table.Len(), "row"))
	}
	s.split.splits = splits
	s.checkLabels()
}

// checkLabels names labels that validation or test rows have and no training row.
func (s *survey) checkLabels() {
	if s.output.kind == data.Regression {
		return
	}
	column := s.target.column
	trained := map[string]bool{}
	for _, row := range s.split.splits.Train {
		for _, label := range s.output.labelsOf(column.Cell(row).Text) {
			trained[label] = true
		}
	}
	var first []int
	for _, rows := range [][]int{s.split.splits.Validation, s.split.splits.Test} {
		for _, row := range rows {
			for _, label := range s.output.labelsOf(column.Cell(row).Text) {
				if !trained[label] {
					trained[label] = true
					first = append(first, row)
				}
			}
		}
	}
	s.named(first, column.Name, func(row int) (string, string) {
		return fmt.Sprintf("no training row has the label %s", show(column.Cell(row).Text)), "correct it, or put rows of it into training"
	}, "labels that no training row has")
}

// readable says whether all dates are such as a split by time reads.
func (p *profile) readable() bool {
	for _, c := range p.column.All() {
		if _, ok := data.ParseDate(c.Text); !ok {
			return false
		}
	}
	return true
}
