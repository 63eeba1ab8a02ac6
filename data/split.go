package data

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/rng"
)

// SplitConfig says which rows train the model, which choose among its epochs
// and which judge it: by a column of the table, or by fractions. The zero value
// is WithDefaults.
type SplitConfig struct {
	// Column that holds train, validation (or val) or test for each row. Takes the place of the fractions.
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
type Splits struct{ Train, Validation, Test []int }

// All lists the splits by name: train, validation, test.
func (s *Splits) All() iter.Seq2[string, []int] {
	return func(yield func(string, []int) bool) {
		_ = yield(splitNames[0], s.Train) && yield(splitNames[1], s.Validation) && yield(splitNames[2], s.Test)
	}
}

// Split cuts the rows of a table. By fractions, the cut is a function of the
// seed and of the rows' places in the table, or, with a group, of the groups'
// names alone, so that the order of the rows does not matter. Fractions are met
// to the row where nothing forbids it: with stratify each value keeps at least
// one training row, with group as closely as whole groups allow, and with time
// as closely as rows of one time allow. A cut by time draws nothing. Rows of
// t.Bad are cut as all others and then left out, which moves none of these.
func (c SplitConfig) Split(t *Table, seed uint64) (*Splits, error) {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	strata, err := c.labels(t, c.Stratify, "stratify by")
	if err != nil {
		return nil, err
	}
	var groups []string
	if c.Column == "" { // beside a column, groups are for FindLeaks alone
		if groups, err = c.labels(t, c.Group, "group by"); err != nil {
			return nil, err
		}
	}
	key := rng.New(seed).Name("split")
	var of []int // by row, the index of its split; -1 if that cannot be read
	switch {
	case c.Column != "":
		if of, err = byColumn(t, c.Column); err != nil {
			return nil, err
		}
	case c.Time != "":
		if of, err = byTime(t, c); err != nil {
			return nil, err
		}
	case groups != nil:
		if of, err = byGroup(t, groups, strata, c, key); err != nil {
			return nil, err
		}
	case strata != nil:
		of = byStratum(strata, c.fractions(), key)
	default:
		of = make([]int, t.Len())
		deal(of, key.Perm(t.Len()), atLeastOne(apportion(t.Len(), c.fractions(), &[3]float64{}), c.fractions()))
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
		if c.Column != "" {
			e.Hint = "the column needs rows that say train"
		}
		return nil, e
	}
	return &Splits{parts[0], parts[1], parts[2]}, nil
}

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
			if err := t.skip(err); err != nil {
				return nil, err
			}
		}
		values[i] = cell.Text
	}
	return values, nil
}

func byColumn(t *Table, name string) ([]int, error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	of := make([]int, t.Len())
	for i, cell := range column.All() {
		switch cell.Text {
		case "train":
		case "validation", "val":
			of[i] = 1
		case "test":
			of[i] = 2
		default:
			of[i] = -1
			if err := t.skip(t.Errorf(i, name, "%s is not a split", show(cell.Text)).WithHint("expected train, validation, val or test")); err != nil {
				return nil, err
			}
		}
	}
	return of, nil
}

// deal gives the first counts[0] of rows to training, and so on.
func deal(of, rows []int, counts [3]int) {
	for i, row := range rows {
		switch {
		case i < counts[0]:
			of[row] = 0
		case i < counts[0]+counts[1]:
			of[row] = 1
		default:
			of[row] = 2
		}
	}
}

// apportion cuts n into whole numbers near the fractions, by largest
// remainders. What rounding took or gave is carried to the next call, so that
// the totals of many small cuts are right too.
func apportion(n int, fractions [3]float64, carry *[3]float64) [3]int {
	var want [3]float64
	var got [3]int
	rest := n
	for s, f := range fractions {
		want[s] = f*float64(n) + carry[s]
		got[s] = max(0, int(math.Floor(want[s]+1e-9)))
		rest -= got[s]
	}
	for ; rest != 0; rest -= sign(rest) {
		best := -1
		for s, f := range fractions {
			if f == 0 || rest < 0 && got[s] == 0 {
				continue
			}
			if best < 0 || float64(sign(rest))*((want[s]-float64(got[s]))-(want[best]-float64(got[best]))) > 1e-9 {
				best = s
			}
		}
		got[best] += sign(rest)
	}
	for s := range carry {
		carry[s] = want[s] - float64(got[s])
	}
	return got
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// atLeastOne takes a row from the largest split for each that was asked for
// and got none.
func atLeastOne(counts [3]int, fractions [3]float64) [3]int {
	for s, f := range fractions {
		most := slices.Index(counts[:], slices.Max(counts[:]))
		if f > 0 && counts[s] == 0 && counts[most] > 1 {
			counts[most]--
			counts[s]++
		}
	}
	return counts
}

// byStratum cuts the rows of each value on their own.
func byStratum(strata []string, fractions [3]float64, key rng.Key) []int {
	rows := map[string][]int{}
	for i, v := range strata {
		rows[v] = append(rows[v], i)
	}
	of := make([]int, len(strata))
	var carry [3]float64
	for _, v := range sortedKeys(rows) {
		members := rows[v]
		counts := apportion(len(members), fractions, &carry)
		if counts[0] == 0 { // a value that is never trained on could not be predicted
			from := 1
			if counts[2] > counts[1] {
				from = 2
			}
			counts[0]++
			counts[from]--
			carry[0]--
			carry[from]++
		}
		key.Name(v).Shuffle(members)
		deal(of, members, counts)
	}
	return of
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
