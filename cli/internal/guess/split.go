package guess

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
)

// splitting is how the config cuts the rows.
type splitting struct {
	column      string // that says which row is for what
	stratify    string
	train, each float64 // fractions, of training and of validation and test each
	seed        uint64  // of the fractions
	splits      *data.Splits
}

// isSplit says whether a column says which rows are for what.
func (p *profile) isSplit() bool {
	trains, others := false, false
	for v := range p.counts {
		split, ok := data.SplitOf(v)
		if !ok {
			return false
		}
		trains, others = trains || split == "train", others || split != "train"
	}
	return trains && others
}

// takeSplit cuts the rows by the first such column.
func (s *survey) takeSplit(p *profile) {
	if s.split.column != "" {
		p.why += fmt.Sprintf("; %s cuts the rows", s.split.column)
		return
	}
	s.split.column, p.use = p.name(), "split"
}

// config is what cuts the rows.
func (f splitting) config() data.SplitConfig {
	if f.column != "" {
		return data.SplitConfig{Column: f.column}
	}
	return data.SplitConfig{Train: f.train, Validation: f.each, Test: f.each, Stratify: f.stratify}
}

// cut cuts the rows as the config will.
func (s *survey) cut() {
	s.split.seed = seed
	if s.split.column != "" {
		if splits, err := s.split.config().Split(s.table, seed); err == nil && s.oneLabel(splits) {
			s.dropSplit()
		}
	}
	if s.split.column == "" {
		if (s.output.kind == data.Binary || s.output.kind == data.Multiclass) && len(s.output.labels) < s.target.present {
			s.split.stratify = s.target.name()
		}
		s.split.train, s.split.each = 0.8, 0.1
		if s.table.Len() < 200 { // a tenth would judge by luck
			s.split.train, s.split.each = 0.6, 0.2
		}
	}
	splits, err := s.split.config().Split(s.table, seed)
	for err == nil && s.split.column == "" && s.oneLabel(splits) && s.split.seed < mostSeeds {
		s.split.seed++
		splits, err = s.split.config().Split(s.table, s.split.seed)
	}
	if err != nil {
		s.refuse(err)
		return
	}
	s.split.splits = splits
	if s.table.Len() < leastRows {
		s.warn(-1, "", "%s are too few to learn from", plural(s.table.Len(), "row")).WithHint("figures of such a training say nothing")
	}
}

// suggestions are columns by which rows may have to be cut instead: times, and what
// they belong to.
func (s *survey) suggestions() (times, groups []*profile) {
	for _, p := range s.profiles {
		switch {
		case p.kind == Date && p.missing() == 0 && p.readable():
			times = append(times, p)
		case p.kind == ID && p.missing() == 0 && p.distinct() < p.present && p.distinct() > 2:
			groups = append(groups, p)
		}
	}
	return times, groups
}

// mostSeeds are tried for a cut that leaves two labels to train on.
const mostSeeds = 100

// oneLabel says whether all training rows have the same label, where others have another.
func (s *survey) oneLabel(splits *data.Splits) bool {
	if s.output.kind != data.Binary && s.output.kind != data.Multiclass || len(s.output.labels) < 2 {
		return false
	}
	labels := map[string]bool{}
	for _, row := range s.table.Usable(splits.Train) {
		if c := s.target.cell(row); !c.Missing() {
			labels[c.Text] = true
		}
	}
	return len(labels) < 2
}

// dropSplit cuts by fractions what the table's own column leaves one label to train on.
func (s *survey) dropSplit() {
	name := s.split.column
	s.split.column = ""
	for _, p := range s.profiles {
		if p.name() == name {
			p.use = ""
			p.why += "; it leaves one label to train on, so fractions cut the rows"
		}
	}
	s.warn(-1, name, "all rows that it says are for training have the same label, so it does not cut the rows").WithHint("write another split into it, or leave the cut to fractions")
}

// proportions says how the labels are spread over the splits.
func (s *survey) proportions() string {
	in, has := s.parts(), map[string][3]bool{}
	for row, c := range s.target.cells() {
		if part := in[row]; part >= 0 && !c.Missing() && !s.table.Bad.Has(row) {
			h := has[c.Text]
			h[part] = true
			has[c.Text] = h
		}
	}
	rare := 0
	for _, h := range has {
		if h != [3]bool{true, true, true} {
			rare++
		}
	}
	why := "each with the labels in nearly the same proportions"
	if rare > 0 {
		why += fmt.Sprintf(", but for %s of too few rows to be in all three", plural(rare, "label"))
	}
	if s.split.seed != seed {
		why += "; by smaller seeds all training rows have one label"
	}
	return why
}

// readable says whether all dates are such as a split by time reads.
func (p *profile) readable() bool {
	for _, c := range p.cells() {
		if _, ok := data.ParseDate(c.Text); !ok {
			return false
		}
	}
	return true
}
