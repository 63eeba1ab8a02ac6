package data

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// firstRows is how many rows the report names for a reason, to look at.
const firstRows = 5

// A Report accounts for every row and for every cell that was not used as it
// stands: data_report.json of a run. It is safe for use by many goroutines, and
// what it says does not depend on their order.
type Report struct {
	mu       sync.Mutex
	file     string
	rows     int
	blank    int
	comments int
	flaws    []Flaw
	used     []string
	ignored  []string
	parts    []PartCount
	cells    map[cellKey]*cellCount
	seen     map[string]int // rows that were loaded, by input
	labels   []LabelCount
	empty    cellCount // rows that lack every input
	bad      *BadRows
	leaks    []Leak
	warnings []string
	examples map[string]example // of warnings that hold for many cells
}

// example is the first cell that a warning holds for.
type example struct {
	row  int
	cell string
}

type cellKey struct{ input, column, reason string }

type cellCount struct {
	parts map[string]int
	first []int
}

// A PartCount is the number of rows of a split.
type PartCount struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// A LabelCount is the number of training rows that have a label.
type LabelCount struct {
	Label string `json:"label"`
	Rows  int    `json:"training_rows"`
}

// A CellCount is the number of cells of a column that were treated in one way.
type CellCount struct {
	Input  string      `json:"input"`
	Column string      `json:"column"`
	Reason string      `json:"reason"` // such as "masked", "filled" or "unknown"
	Cells  int         `json:"cells"`
	Splits []PartCount `json:"splits"`
	First  []int       `json:"first_rows"` // a few of the rows; the first row of the table is 1
}

// A RowCount is the number of rows that were treated in one way.
type RowCount struct {
	Rows   int         `json:"rows"`
	Splits []PartCount `json:"splits"`
	First  []int       `json:"first_rows"` // a few of them; the first row of the table is 1
}

// Skipped counts the rows that were left out.
type Skipped struct {
	Rows    int          `json:"rows"`
	Most    int          `json:"max_bad_rows"`
	Splits  []PartCount  `json:"splits"`  // that they would be in; without a name, where that cannot be read
	Columns []PartCount  `json:"columns"` // to blame; without a name, the whole row
	First   []SkippedRow `json:"first_rows"`
}

// firstSkipped is how many rows that were left out the report lists.
const firstSkipped = 100

// NewReport begins the account of a table of which the given columns are used.
func NewReport(t *Table, used []string) *Report {
	if t == nil {
		t = &Table{}
	}
	r := &Report{file: t.File, rows: t.Len(), blank: t.BlankLines, comments: t.CommentLines, flaws: t.Flaws, bad: t.Bad, cells: map[cellKey]*cellCount{}, examples: map[string]example{}, seen: map[string]int{}, used: []string{}, ignored: []string{}}
	for _, name := range t.All {
		if slices.Contains(used, name) {
			r.used = append(r.used, name)
		} else {
			r.ignored = append(r.ignored, name)
		}
	}
	return r
}

// Splits accounts for the rows of each split, and warns of empty ones and of what
// the cut could not do.
func (r *Report) Splits(s *Splits) {
	r.parts = nil
	if s == nil {
		return
	}
	for _, w := range s.Warnings {
		r.Warn("%s", w)
	}
	for name, rows := range s.All() {
		r.parts = append(r.parts, PartCount{name, len(rows)})
		if len(rows) == 0 {
			r.Warn("no row is for %s", name)
		}
	}
}

// Target accounts for the labels of a fitted target.
func (r *Report) Target(t Target) {
	if t == nil {
		return
	}
	for _, x := range TargetsOf(t) {
		counts, of := x.Counts(), ""
		if x.Name != "" {
			of = x.Name + ": "
		}
		for i, label := range x.Labels() {
			r.labels = append(r.labels, LabelCount{of + label, counts[i]})
		}
	}
}

// Leaks accounts for what splits share, and warns of it.
func (r *Report) Leaks(leaks []Leak) {
	r.leaks = leaks
	for _, l := range leaks {
		r.Warn("%v", l)
	}
}

// Warn adds something that is allowed and probably not meant, once.
func (r *Report) Warn(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := fmt.Sprintf(format, args...); !slices.Contains(r.warnings, w) {
		r.warnings = append(r.warnings, w)
	}
}

// fitted takes what fitting an input noted.
func (r *Report) fitted(input string, n *Notes) {
	for _, w := range n.warnings {
		r.Warn("%s: %s", input, w)
	}
}

// loaded takes what loading a row noted.
func (r *Report) loaded(input, part string, row int, n *Notes) {
	r.fitted(input, n)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[input]++
	for _, e := range n.examples {
		w := input + ": " + e.warning
		if first, ok := r.examples[w]; !ok || row < first.row {
			r.examples[w] = example{row, e.cell}
		}
	}
	for _, c := range n.cells {
		key := cellKey{input, c.Column, c.Reason}
		count := r.cells[key]
		if count == nil {
			count = &cellCount{}
			r.cells[key] = count
		}
		count.add(part, row)
	}
}

// lacking takes a row that lacks every input.
func (r *Report) lacking(part string, row int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.empty.add(part, row)
}

func (c *cellCount) add(part string, row int) {
	if c.parts == nil {
		c.parts = map[string]int{}
	}
	c.parts[part]++
	if at, ok := slices.BinarySearch(c.first, row+1); !ok && at < firstRows {
		c.first = slices.Insert(c.first, at, row+1)
		c.first = c.first[:min(firstRows, len(c.first))]
	}
}

// splits lists the parts, and counts what is in them.
func (c *cellCount) splits() (parts []PartCount, all int) {
	for _, part := range sortParts(c.parts) {
		parts = append(parts, PartCount{part, c.parts[part]})
		all += c.parts[part]
	}
	return parts, all
}

// Lacking counts the rows that lack every input; nil if there is none.
func (r *Report) Lacking() *RowCount {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.empty.parts) == 0 {
		return nil
	}
	parts, all := r.empty.splits()
	return &RowCount{Rows: all, Splits: parts, First: slices.Clone(r.empty.first)}
}

// Skipped counts the rows that were left out; nil if there is none.
func (r *Report) Skipped() *Skipped {
	rows := r.bad.Rows()
	if len(rows) == 0 {
		return nil
	}
	splits, columns := map[string]int{}, map[string]int{}
	for _, row := range rows {
		splits[row.Split]++
		columns[row.Column]++
	}
	s := &Skipped{Rows: len(rows), Most: r.bad.Most, First: rows[:min(firstSkipped, len(rows))]}
	if r.bad.By != "" {
		s.Most = 0
	}
	for _, name := range sortParts(splits) {
		s.Splits = append(s.Splits, PartCount{name, splits[name]})
	}
	for _, name := range sortedKeys(columns) {
		s.Columns = append(s.Columns, PartCount{name, columns[name]})
	}
	return s
}

// Cells lists the cells that were not used as they stand, by input, column and
// reason.
func (r *Report) Cells() []CellCount {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []CellCount{}
	for key, count := range r.cells {
		c := CellCount{Input: key.input, Column: key.column, Reason: key.reason, First: slices.Clone(count.first)}
		c.Splits, c.Cells = count.splits()
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b CellCount) int {
		if a.Input != b.Input {
			return strings.Compare(a.Input, b.Input)
		}
		if a.Column != b.Column {
			return strings.Compare(a.Column, b.Column)
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return all
}

// sortParts puts train, validation and test before other names.
func sortParts(parts map[string]int) []string {
	names := sortedKeys(parts)
	slices.SortStableFunc(names, func(a, b string) int { return partOrder(a) - partOrder(b) })
	return names
}

func partOrder(name string) int {
	if i := slices.Index(splitNames[:], name); i >= 0 {
		return i
	}
	return len(splitNames)
}

// Warnings lists what is allowed and probably not meant, in byte order.
func (r *Report) Warnings() []string {
	mostly := r.Mostly()
	r.mu.Lock()
	defer r.mu.Unlock()
	w := append(append([]string{}, r.warnings...), mostly...)
	for warning, e := range r.examples {
		w = append(w, fmt.Sprintf("%s; the first is %s in row %d", warning, show(e.cell), e.row+1))
	}
	if _, n := r.empty.splits(); n > 0 {
		w = append(w, fmt.Sprintf("%s every input, such as row %d: it trains nothing, and is predicted by the training rows' frequencies or mean alone", lack(n), r.empty.first[0]))
	}
	if s := r.Skipped(); s != nil {
		first := Error{Row: s.First[0].Row, Line: s.First[0].Line, Column: s.First[0].Column, Message: s.First[0].Reason}
		w = append(w, fmt.Sprintf("%s %s (%s), the first of them %v", were(s.Rows), r.bad.did(), r.bad.by(), &first))
	}
	slices.Sort(w)
	return w
}

func lack(n int) string {
	if n == 1 {
		return "1 row lacks"
	}
	return fmt.Sprintf("%d rows lack", n)
}

func were(n int) string {
	if n == 1 {
		return "1 row was"
	}
	return fmt.Sprintf("%d rows were", n)
}

// MarshalJSON writes data_report.json. Equal runs give equal bytes.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		File       string       `json:"file"`
		Rows       int          `json:"rows"`
		BlankLines int          `json:"blank_lines"`
		Splits     []PartCount  `json:"splits,omitempty"`
		Used       []string     `json:"columns_used"`
		Ignored    []string     `json:"columns_ignored"`
		Flaws      []Flaw       `json:"column_flaws,omitempty"`
		Comments   int          `json:"comment_lines,omitempty"`
		Labels     []LabelCount `json:"labels,omitempty"`
		Lacking    *RowCount    `json:"rows_without_input,omitempty"`
		Skipped    *Skipped     `json:"rows_left_out,omitempty"`
		Cells      []CellCount  `json:"cells"`
		Leaks      []Leak       `json:"leaks,omitempty"`
		Warnings   []string     `json:"warnings"`
	}{r.file, r.rows, r.blank, r.parts, r.used, r.ignored, r.flaws, r.comments, r.labels, r.Lacking(), r.Skipped(), r.Cells(), r.leaks, r.Warnings()})
}
