package data

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
)

// A Leak is content that rows of several splits share, so that a model can
// answer some of the rows that judge it by heart.
type Leak struct {
	Kind   string     `json:"kind"`          // group, text, image, or the kind of another input
	Near   bool       `json:"near,omitzero"` // the content is almost the same, not equal
	Column string     `json:"column"`
	Rows   int        `json:"rows"`  // of validation and test, each with a counterpart in a split before it
	Pairs  []LeakPair `json:"pairs"` // a few of them, to look at
}

// A LeakPair is a row of validation or test and its counterpart. The first row
// of the table is 1.
type LeakPair struct {
	Row     int    `json:"row"`
	Split   string `json:"split"`
	Of      int    `json:"same_as"`
	OfSplit string `json:"same_as_split"`
}

// String is a warning, with one pair of rows; the data report has more.
func (l Leak) String() string { return l.withPairs(1) }

// Refusal is what String says, with every pair that was kept: where a leak ends a
// training there is no data report to look them up in.
func (l Leak) Refusal() string { return l.withPairs(len(l.Pairs)) }

func (l Leak) withPairs(most int) string {
	what := "have the " + l.Kind + " of a row"
	switch {
	case l.Kind == "group":
		what = "belong to a group"
	case l.Near:
		what = "have almost the " + l.Kind + " of a row"
	}
	var pairs []string
	for _, p := range l.Pairs[:min(most, len(l.Pairs))] {
		pairs = append(pairs, fmt.Sprintf("row %d of %s and row %d of %s", p.Row, p.Split, p.Of, p.OfSplit))
	}
	examples := ""
	if len(pairs) > 0 {
		examples = ": " + strings.Join(pairs, "; ")
		if l.Rows > len(pairs) {
			examples += ", …"
		}
	}
	return fmt.Sprintf("%s of validation and test %s of another split (column %s)%s", plural(l.Rows, "row"), what, show(l.Column), examples)
}

// Rules against false alarms.
const (
	leastLetters = 12 // of a text; shorter ones recur by chance
	// commonRows is how many rows may share a text with different answers, or an
	// image, before it is taken for a stock phrase or a placeholder.
	commonRows = 10
)

// FindLeaks looks for a group (of a column, "" for none) and for content that stand in
// several splits: of an input that is a Resembler what is almost the same, of a
// Fingerprinter what is equal, and of a column of texts those that are equal but for case
// and white space. docs/splits.md says what is left out.
func FindLeaks(ctx context.Context, d *Dataset, s *Splits, group string) ([]Leak, error) {
	if d == nil {
		return nil, errNoDataset
	}
	leaks := []Leak{}
	add := func(kind, column string, near bool, twin twins) {
		if l := s.leak(kind, column, twin); l.Rows > 0 {
			l.Near = near
			leaks = append(leaks, l)
		}
	}
	if group != "" {
		column, err := d.table.Column(group)
		if err != nil {
			return nil, err
		}
		add("group", group, false, s.sameKey(func(row int) string { return column.Cell(row).Text }))
	}
	for i, in := range d.inputs {
		if len(in.Columns()) == 0 {
			continue
		}
		column := in.Columns()[0]
		switch p := in.Preprocessor.(type) {
		case Resembler:
			twin, err := d.resembling(ctx, s, i, p)
			if err != nil {
				return nil, err
			}
			add(in.Kind(), column, true, twin)
		case Fingerprinter:
			key, err := d.fingerprints(i, p)
			if err != nil {
				return nil, err
			}
			add(in.Kind(), column, false, s.sameKey(key))
		case Ruled:
			if rules := p.Rules(); len(rules) != 1 || rules[0].As != AsText {
				continue
			}
			key, err := d.textKeys(column)
			if err != nil {
				return nil, err
			}
			add("text", column, false, s.sameKey(key))
		}
	}
	return leaks, nil
}

// A Fingerprinter is a Preprocessor that tells items apart, so that rows of two splits
// which have the same content are found. A column of texts needs none.
type Fingerprinter interface {
	// Fingerprint is equal for items with the same content, and else different; "" for
	// an item that tells too little to be looked for.
	Fingerprint(item Item) string
}

// fingerprints are those of an input's items. One that stands in many rows, and in more
// than one of a hundred, is a placeholder.
func (d *Dataset) fingerprints(input int, p Fingerprinter) (key func(row int) string, err error) {
	keys, count := make([]string, d.table.Len()), map[string]int{}
	for row := range keys {
		if d.table.Bad.Has(row) || d.has[input][row].Load() <= 0 {
			continue // it is of no split, or lacks the input
		}
		item, err := d.Item(input, row)
		if err != nil {
			return nil, err
		}
		if print := p.Fingerprint(item); print != "" {
			sum := sha256.Sum256([]byte(print))
			keys[row] = string(sum[:16])
			count[keys[row]]++
		}
	}
	for row, k := range keys {
		if n := count[k]; n > commonRows && n > len(keys)/100 {
			keys[row] = ""
		}
	}
	return func(row int) string { return keys[row] }, nil
}

// twins finds the counterpart of a row among those of a split; -1 for none.
type twins func(row, split int) int

// rows are the splits by index.
func (s *Splits) rows() [3][]int { return [3][]int{s.Train, s.Validation, s.Test} }

// leak looks each row of a split up in the splits before it.
func (s *Splits) leak(kind, column string, twin twins) Leak {
	l := Leak{Kind: kind, Column: column}
	for split, rows := range s.rows() {
		for _, row := range rows {
			for before := range split {
				of := twin(row, before)
				if of < 0 {
					continue
				}
				l.Rows++
				if len(l.Pairs) < firstRows {
					l.Pairs = append(l.Pairs, LeakPair{row + 1, splitNames[split], of + 1, splitNames[before]})
				}
				break
			}
		}
	}
	return l
}

// sameKey finds rows by what they have in common; "" is nothing.
func (s *Splits) sameKey(key func(row int) string) twins {
	var first [3]map[string]int
	for split, rows := range s.rows() {
		first[split] = make(map[string]int, len(rows))
		for _, row := range rows {
			if _, ok := first[split][key(row)]; !ok {
				first[split][key(row)] = row
			}
		}
	}
	return func(row, split int) int {
		if of, ok := first[split][key(row)]; ok && key(row) != "" {
			return of
		}
		return -1
	}
}

// textKeys are the texts of a column, as far as they can tell rows apart: not
// those of a few letters, nor stock phrases, which stand in many rows with
// different answers, nor any of a column of questions, in which most texts that
// recur have different answers.
func (d *Dataset) textKeys(name string) (key func(row int) string, err error) {
	column, err := d.table.Column(name)
	if err != nil {
		return nil, err
	}
	var answers []*Column // of which one that differs tells rows apart
	numbers := true
	for _, t := range TargetsOf(d.target) {
		column, err := d.table.Column(t.Config().Column)
		if err != nil {
			return nil, err
		}
		answers, numbers = append(answers, column), numbers && t.Config().Type == Regression
	}
	answer := func(row int) string {
		var all []string
		for _, c := range answers {
			all = append(all, c.Cell(row).Text)
		}
		return strings.Join(all, "\x00")
	}
	type use struct {
		rows   int
		answer string
		differ bool
	}
	keys, uses := make([]string, column.Len()), map[string]*use{}
	for row, cell := range column.All() {
		text := strings.Join(strings.Fields(strings.ToLower(cell.Text)), " ")
		if !tells(text) {
			continue
		}
		sum := sha256.Sum256([]byte(text))
		keys[row] = string(sum[:16])
		u := uses[keys[row]]
		if u == nil {
			u = &use{answer: answer(row)}
			uses[keys[row]] = u
		}
		u.rows++
		u.differ = u.differ || answer(row) != u.answer
	}
	recurring, differing := 0, 0
	for _, u := range uses {
		if u.rows > 1 {
			recurring++
			if u.differ {
				differing++
			}
		}
	}
	questions := !numbers && 2*differing > recurring
	for row, k := range keys {
		if u := uses[k]; u != nil && u.differ && (questions || u.rows > commonRows) {
			keys[row] = ""
		}
	}
	return func(row int) string { return keys[row] }, nil
}

// tells says whether a text is long enough to be told from others.
func tells(text string) bool {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n >= leastLetters
}
