package guess

import (
	"slices"
	"strings"
	"unicode"
)

// facts is the input of all numbers and categories.
const facts = "facts"

// nameInputs says which input each column belongs to.
func (s *survey) nameInputs() {
	taken := map[string]bool{facts: true}
	for _, p := range s.profiles {
		switch p.kind {
		case Split:
			p.use = "split"
		case Number, Category:
			p.use = facts
		case Image, Text:
			p.use = inputName(p.name(), taken)
		}
	}
}

// inputName is a column's name as an input may have it.
func inputName(column string, taken map[string]bool) string {
	name := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, column)
	for taken[name] {
		name += "_"
	}
	taken[name] = true
	return name
}

// group is the columns of one input.
type group struct {
	name    string
	columns []*profile
}

// groups are the inputs: pictures, texts, then facts.
func (s *survey) groups() []group {
	var out []group
	for _, kind := range []Kind{Image, Text} {
		for _, p := range s.inputs() {
			if p.kind == kind {
				out = append(out, group{p.use, []*profile{p}})
			}
		}
	}
	tabular := group{name: facts}
	for _, kind := range []Kind{Number, Category} {
		for _, p := range s.inputs() {
			if p.kind == kind {
				tabular.columns = append(tabular.columns, p)
			}
		}
	}
	if len(tabular.columns) > 0 {
		out = append(out, tabular)
	}
	return out
}

// of are the columns of a kind.
func (g group) of(k Kind) []*profile {
	return slices.DeleteFunc(slices.Clone(g.columns), func(p *profile) bool { return p.kind != k })
}

// missing counts the empty cells of an input, and names the column of most.
func (g group) missing() (cells int, most *profile) {
	for _, p := range g.columns {
		cells += p.missing()
		if most == nil || p.missing() > most.missing() {
			most = p
		}
	}
	return cells, most
}

// lacking counts the rows in which every cell of every input is empty.
func (s *survey) lacking() int {
	n := 0
	for row := range s.table.Len() {
		if !slices.ContainsFunc(s.inputs(), func(p *profile) bool { return !p.column.Cells[row].Missing() }) {
			n++
		}
	}
	return n
}
