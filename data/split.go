package data

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/rng"
)

// SplitConfig says which rows train the model, which choose among its epochs
// and which judge it: by a column of the table, or by fractions. The zero value
// is WithDefaults.
type SplitConfig struct {
	// Column that holds train, validation or test for each row, in any case; so do training, val, valid, dev, eval, testing and holdout. Takes the place of the fractions.
	Column string `yaml:"column,omitempty" validate:"excluded_with=Train Validation Test Stratify Time"`
	// Fraction of the rows to train on. The three fractions add up to 1; by default they are 0.8, 0.1 and 0.1.
	Train float64 `yaml:"train,omitempty" validate:"gte=0,lte=1"`
	// Fraction of the rows that choose the best epoch.
	Validation float64 `yaml:"validation,omitempty" validate:"gte=0,lte=1"`
	// Fraction of the rows that judge the result.
	Test float64 `yaml:"test,omitempty" validate:"gte=0,lte=1"`
	// Column whose values each split holds in the same proportions, most often the label.
	Stratify string `yaml:"stratify,omitempty"`
	// Column whose equal values are kept in one split, such as the patient of several scans. Beside column, which cuts as it says, values that stand in several splits are reported as leaks.
	Group string `yaml:"group,omitempty"`
	// Column of numbers or dates by which the rows are cut: the earlier train the model, the later judge it. Rows of one time stay together.
	Time string `yaml:"time,omitempty"`
}

// WithDefaults fills in 0.8, 0.1 and 0.1 where neither a column nor a fraction
// is given.
func (c SplitConfig) WithDefaults() SplitConfig {
	if c.Column == "" && c.Train == 0 && c.Validation == 0 && c.Test == 0 {
		c.Train, c.Validation, c.Test = 0.8, 0.1, 0.1
	}
	return c
}

// Validate returns a *ConfigError for what no table can fulfil.
func (c SplitConfig) Validate() error {
	if c.Column != "" {
		if c.Train != 0 || c.Validation != 0 || c.Test != 0 || c.Stratify != "" || c.Time != "" {
			return &ConfigError{"split.column", "the split is in a column, so fractions, stratify and time have no meaning"}
		}
		return nil
	}
	for i, f := range c.fractions() {
		if !(f >= 0 && f <= 1) {
			return &ConfigError{"split." + splitNames[i], fmt.Sprintf("is %v, expected a fraction from 0 to 1", f)}
		}
	}
	if sum := c.Train + c.Validation + c.Test; math.Abs(sum-1) > 1e-6 {
		return &ConfigError{"split", fmt.Sprintf("train, validation and test add up to %.6g, expected 1", sum)}
	}
	if c.Train == 0 {
		return &ConfigError{"split.train", "is 0: there is nothing to train on"}
	}
	if c.Time != "" && c.Group != "" {
		return &ConfigError{"split.time", "stands beside split.group, and a group of several times cannot be both kept together and cut by time; leave one out, or make a column that says train, validation or test"}
	}
	if c.Time != "" && c.Stratify != "" {
		return &ConfigError{"split.time", "stands beside split.stratify, and rows cannot be both cut by time and spread by value; leave one out"}
	}
	if c.Stratify != "" && c.Stratify == c.Group {
		return &ConfigError{"split.stratify", "is the column of split.group too, and a group cannot be both kept together and spread"}
	}
	return nil
}

// Columns lists the columns that Split reads.
func (c SplitConfig) Columns() []string {
	var names []string
	for _, name := range []string{c.Column, c.Stratify, c.Group, c.Time} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (c SplitConfig) fractions() [3]float64 { return [3]float64{c.Train, c.Validation, c.Test} }

var splitNames = [3]string{"train", "validation", "test"}

// Splits holds the rows of each split, in table order.
type Splits struct {
	Train, Validation, Test []int
	// Warnings say what the cut could not do as it was asked to: fractions that
	// chance missed, values too rare to be spread.
	Warnings []string
}

// All lists the splits by name: train, validation, test.
func (s *Splits) All() iter.Seq2[string, []int] {
	return func(yield func(string, []int) bool) {
		if s == nil || yield == nil {
			return
		}
		_ = yield(splitNames[0], s.Train) && yield(splitNames[1], s.Validation) && yield(splitNames[2], s.Test)
	}
}

// SplitRule is the version of how Split cuts by fractions. Of another rule, the
// same config gives other splits; a model therefore keeps the rule that it was
// trained under.
const SplitRule = 2

// ByRule says whether the cut depends on SplitRule: it is drawn, neither read
// from a column nor made by time.
func (c SplitConfig) ByRule() bool { return c.Column == "" && c.Time == "" }

// Split cuts the rows of a table. What is drawn is a function of the seed and of
// a key: of a row its place in the table, with stratify its place among the rows
// of its value, with group the group's name. Rows that are appended, and rows and
// groups that are new to a cut by group, therefore move no other row. The fractions
// are met within what chance explains. With group and stratify together groups are
// ranked among those of their most frequent value, and a new one may move one other
// at each cut. A cut by time draws nothing, and later rows move it. Rows of t.Bad
// are cut as all others and then left out, which moves none of these.
func (c SplitConfig) Split(t *Table, seed uint64) (*Splits, error) {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	of, warnings, err := c.cut(t, seed)
	if err != nil {
		return nil, err
	}
	var parts [3][]int
	for row, s := range of {
		if !t.Bad.Has(row) {
			parts[s] = append(parts[s], row)
		} else if s >= 0 {
			t.Bad.place(row, splitNames[s])
		}
	}
	if len(parts[0]) == 0 {
		e := t.Errorf(-1, c.Column, "no row is for training")
		switch {
		case c.Column != "":
			e.Hint = "the column needs rows that say train"
		case c.ByRule():
			e.Hint = strings.Join(warnings, "; ")
		}
		return nil, e
	}
	return &Splits{parts[0], parts[1], parts[2], warnings}, nil
}

// cut gives each row the index of its split; -1 if that cannot be read.
func (c SplitConfig) cut(t *Table, seed uint64) (of []int, warnings []string, err error) {
	switch {
	case c.Column != "":
		return byColumn(t, c.Column)
	case c.Time != "":
		of, err = byTime(t, c)
		return of, nil, err
	}
	strata, err := c.labels(t, c.Stratify, "stratify by")
	if err != nil {
		return nil, nil, err
	}
	// Beside a column, groups are for FindLeaks alone.
	groups, err := c.labels(t, c.Group, "group by")
	if err != nil {
		return nil, nil, err
	}
	if w := alike(distinct(groups)); w != "" {
		warnings = append(warnings, fmt.Sprintf("column %s: %s: they are different groups, which may be in different splits; write each in one way", show(c.Group), w))
	}
	draw := func(seed uint64) []int { return cutByChance(t.Len(), c.fractions(), splitKey(seed)) }
	switch {
	case groups != nil:
		all := gather(groups, strata)
		if err := c.enough(t, all); err != nil {
			return nil, nil, err
		}
		draw = func(seed uint64) []int { return byGroup(all, t.Len(), c.fractions(), splitKey(seed)) }
	case strata != nil:
		s, err := gatherStrata(t, c, strata)
		if err != nil {
			return nil, nil, err
		}
		if w := s.warning(); w != "" {
			warnings = append(warnings, w)
		}
		draw = func(seed uint64) []int { return s.cut(splitKey(seed)) }
	}
	of = draw(seed)
	if w := c.missed(of, draw); w != "" {
		warnings = append(warnings, w)
	}
	return of, warnings, nil
}

// distinct are the different ones of some values, in order.
func distinct(values []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

func splitKey(seed uint64) rng.Key { return rng.New(seed).Name("split") }

// labels reads a column in which no cell may be missing; nil for no column.
func (c SplitConfig) labels(t *Table, name, purpose string) ([]string, error) {
	if name == "" {
		return nil, nil
	}
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	values := make([]string, t.Len())
	for i, cell := range column.All() {
		if cell.Missing() {
			err := t.Errorf(i, name, "the cell is empty, and the split is to %s it", purpose).WithHint("fill it in, or take the row out")
			if err := t.Skip(err); err != nil {
				return nil, err
			}
		}
		values[i] = cell.Text
	}
	return values, nil
}

// Shared counts the rows of validation and test whose cells in the given
// columns are those of a training row: what a model can answer by heart.
func (s *Splits) Shared(t *Table, columns []string) (int, error) {
	var cells []*Column
	for _, name := range columns {
		c, err := t.Column(name)
		if err != nil {
			return 0, err
		}
		cells = append(cells, c)
	}
	sum := func(row int) [sha256.Size]byte {
		var b []byte
		for _, c := range cells {
			b = append(append(b, c.Cell(row).Text...), 0) // no cell holds NUL
		}
		return sha256.Sum256(b)
	}
	trained := make(map[[sha256.Size]byte]bool, len(s.Train))
	for _, row := range s.Train {
		trained[sum(row)] = true
	}
	n := 0
	for _, rows := range [][]int{s.Validation, s.Test} {
		for _, row := range rows {
			if trained[sum(row)] {
				n++
			}
		}
	}
	return n, nil
}
