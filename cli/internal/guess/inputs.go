package guess

import (
	"slices"
	"strings"
	"unicode"

	"github.com/chiasm-ml/chiasm/data"
)

// facts is the input of all numbers and categories.
const facts = "facts"

// nameInputs says which input each column belongs to.
func (s *survey) nameInputs() {
	taken := map[string]bool{facts: true}
	for _, p := range s.profiles {
		switch p.kind {
		case Number, Category:
			p.use = facts
		case Date:
			if p.date != "" {
				p.use = facts
			}
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
	for _, kind := range []Kind{Number, Date, Category} {
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

// Of a column of questions, so many cells stand in several rows, and of the texts that
// do so many have several answers.
const (
	recurring = 0.3
	differing = 0.5
)

// question is a column of texts that ask about a picture; nil if there is none.
func (s *survey) question() *profile {
	inputs := s.inputs()
	if s.output.kind == data.Regression || !slices.ContainsFunc(inputs, func(p *profile) bool { return p.kind == Image }) {
		return nil
	}
	for _, p := range inputs {
		if p.kind != Text && p.wordsAt(0.5) < 3 {
			continue
		}
		answers := map[string]string{}
		several := map[string]bool{}
		for row, c := range p.cells() {
			answer := s.target.cell(row).Text
			if first, ok := answers[c.Text]; ok && first != answer {
				several[c.Text] = true
			} else if !ok && !c.Missing() {
				answers[c.Text] = answer
			}
		}
		texts, cells := 0, 0
		for _, n := range p.counts {
			if n > 1 {
				texts, cells = texts+1, cells+n
			}
		}
		if p.share(cells, recurring) && float64(len(several)) >= differing*float64(texts) {
			return p
		}
	}
	return nil
}
