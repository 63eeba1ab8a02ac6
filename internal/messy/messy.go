package messy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/rng"
)

// A Table is a table, and the files that it names.
type Table struct {
	Seed    uint64
	Name    string            // of the table's file
	Files   map[string][]byte // by path, the table's and the images'
	Target  string            // the column to predict
	Traits  []string          // what is messy about it
	Reading Reading
}

// Reading is how the table is to be read, in the words of pandas.
type Reading struct {
	Format    string   `json:"format"` // csv, jsonl or json, perhaps compressed, as the name says
	Sep       string   `json:"sep,omitempty"`
	Encoding  string   `json:"encoding,omitempty"`
	Decimal   string   `json:"decimal,omitempty"`
	Thousands string   `json:"thousands,omitempty"`
	Comment   string   `json:"comment,omitempty"`
	Missing   []string `json:"na_values,omitempty"`
	Rows      int      `json:"rows"`
}

// A column is a name and a cell for each row; "" is an empty one.
type column struct {
	name    string
	cells   []string
	plain   bool // its cells are numbers with a point, which a dialect may write otherwise,
	grouped bool // with their digits in groups
}

// maker makes a table.
type maker struct {
	key     rng.Key
	drawn   int // how often a choice was made
	rows    int
	signal  []float64 // what the target follows
	columns []column
	table   *Table
}

// Make makes the table of a seed.
func Make(seed uint64) *Table {
	m := &maker{key: rng.New(seed).Name("messy"), table: &Table{Seed: seed, Files: map[string][]byte{}}}
	m.rows = 40 + m.choose(120)
	if m.once(25) {
		m.rows = 6 + m.choose(14)
		m.trait("few rows")
	}
	signal := m.key.Name("signal")
	for row := range m.rows {
		m.signal = append(m.signal, signal.Normal(row))
	}
	m.add(column{name: "x1", cells: m.each(func(row int) string { return fmt.Sprintf("%.3f", m.signal[row]+0.5*m.normal(row)) }), plain: true})
	for range 2 + m.choose(5) {
		makers[m.choose(len(makers))](m)
	}
	if m.once(12) {
		m.longList()
	}
	m.addTarget()
	if m.once(4) {
		m.addSplit()
	}
	m.order()
	m.write()
	return m.table
}

// Write writes the table and its files into a folder.
func (t *Table) Write(dir string) (path string, err error) {
	for name, b := range t.Files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, t.Name), nil
}

// choose is a whole number below n.
func (m *maker) choose(n int) int {
	m.drawn++
	return m.key.Name("choice").IntN(m.drawn, n)
}

// once is true once in so many times.
func (m *maker) once(in int) bool { return m.choose(in) == 0 }

func (m *maker) pick(values ...string) string { return values[m.choose(len(values))] }

// normal, uniform and whole are drawn for a row, anew in every column.
func (m *maker) normal(row int) float64  { return m.ofColumn().Normal(row) }
func (m *maker) uniform(row int) float64 { return m.ofColumn().Float64(row) }
func (m *maker) whole(row, n int) int    { return m.ofColumn().IntN(row, n) }

func (m *maker) ofColumn() rng.Key { return m.key.Name("column").Int(len(m.columns)) }

func (m *maker) each(cell func(row int) string) []string {
	cells := make([]string, m.rows)
	for row := range cells {
		cells[row] = cell(row)
	}
	return cells
}

func (m *maker) trait(what string) {
	if !slices.Contains(m.table.Traits, what) {
		m.table.Traits = append(m.table.Traits, what)
	}
}

// add adds a column, by a name that none has.
func (m *maker) add(c column) {
	for slices.ContainsFunc(m.columns, func(o column) bool { return o.name == c.name }) {
		c.name += "_"
	}
	m.columns = append(m.columns, c)
}

// column adds one of a trait.
func (m *maker) column(trait, name string, cell func(row int) string) {
	m.trait(trait)
	m.add(column{name: name, cells: m.each(cell)})
}

// numbers adds one of decimal numbers.
func (m *maker) numbers(trait, name string, cell func(row int) string) {
	m.column(trait, name, cell)
	m.columns[len(m.columns)-1].plain = true
}

// order shuffles the columns.
func (m *maker) order() {
	shuffled := make([]column, len(m.columns))
	for i, at := range m.key.Name("order").Perm(len(m.columns)) {
		shuffled[i] = m.columns[at]
	}
	m.columns = shuffled
}

// words are some of them, one after the other.
func (m *maker) words(row, n int) string {
	lexicon := []string{"old", "red", "boat", "tree", "near", "wide", "house", "with", "view", "large", "kitchen", "quiet", "Straße", "façade", "sea", "new", "it's", "well-kept", "sunny", "2"}
	var out []string
	key := m.ofColumn().Int(row)
	for i := range n {
		out = append(out, lexicon[key.IntN(i, len(lexicon))])
	}
	return strings.Join(out, " ")
}
