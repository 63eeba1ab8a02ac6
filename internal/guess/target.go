package guess

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
)

// output is what the config predicts.
type output struct {
	kind      string         // of data.Binary and so on; empty: it is not usable
	separator string         // of a multilabel target
	labels    map[string]int // how many rows have each
}

// labelsOf are the labels of a cell.
func (o output) labelsOf(text string) []string {
	if o.kind != data.Multilabel {
		return []string{text}
	}
	var out []string
	for _, part := range strings.Split(text, o.separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// spread is how many times as frequent the most frequent label is as the rarest.
func (o output) spread() float64 {
	if len(o.labels) == 0 {
		return 1
	}
	counts := slices.Collect(maps.Values(o.labels))
	return float64(slices.Max(counts)) / float64(slices.Min(counts))
}

// guessTarget says what kind of answer the target is.
func (s *survey) guessTarget() {
	p := s.target
	p.kind, p.use = Target, "target"
	switch separator := p.separator(); {
	case p.present == 0:
		s.noTarget("every cell of the target is empty")
	case p.distinct() == 1:
		s.noTarget("the target is %s in every row: there is nothing to learn", show(p.column.Cell(firstPresent(p.column)).Text))
	case p.isNumeric() && p.manyNumbers():
		s.output.kind = data.Regression
		p.why = fmt.Sprintf("%d different numbers: a number is predicted", p.distinct())
		if p.numbers > 0 {
			low, high := bounds(p.values)
			p.why = fmt.Sprintf("%d different numbers from %s to %s: a number is predicted", p.distinct(), figure(low), figure(high))
		}
		s.nameNumbers(p)
	case separator != "":
		s.output = output{kind: data.Multilabel, separator: separator}
		s.count()
		p.why = fmt.Sprintf("%d labels with %q between them: any number of them is predicted", len(s.output.labels), separator)
	case p.present >= fewRows && 2*p.distinct() > p.present:
		s.noTarget("the target has %d different values in %d cells, which is a text or the name of a row, and no label", p.distinct(), p.present)
	case p.distinct() == 2:
		s.output.kind = data.Binary
		s.count()
		p.why = "two labels: " + p.list()
	default:
		s.output.kind = data.Multiclass
		s.count()
		p.why = fmt.Sprintf("%d labels: %s", p.distinct(), p.list())
	}
	if s.output.kind != "" {
		s.checkTarget()
	}
}

func (s *survey) noTarget(format string, args ...any) {
	s.target.why = fmt.Sprintf(format, args...)
	s.mistake(-1, s.target.name(), "%s", s.target.why).Hint = "name the column to predict by --target"
}

// manyNumbers tells measurements from labels that are written as numbers.
func (p *profile) manyNumbers() bool {
	if p.whole {
		return p.distinct() > fewCategories
	}
	return p.distinct() > 2
}

// separator is what stands between the labels of cells; empty where each is one
// label. Parts must recur: a sentence has commas too.
func (p *profile) separator() string {
	for _, sep := range []string{"|", ";", ","} {
		split, parts := 0, map[string]int{}
		for text, n := range p.counts {
			if strings.Contains(text, sep) {
				split += n
			}
			for _, part := range strings.Split(text, sep) {
				parts[strings.TrimSpace(part)] += n
			}
		}
		delete(parts, "")
		if p.share(split, 0.05) && len(parts) < p.distinct() && float64(p.present) >= rowsEach*float64(len(parts)) {
			return sep
		}
	}
	return ""
}

func (s *survey) count() {
	s.output.labels = map[string]int{}
	for text, n := range s.target.counts {
		for _, label := range s.output.labelsOf(text) {
			s.output.labels[label] += n
		}
	}
}

// checkTarget names the rows whose answer cannot be used.
func (s *survey) checkTarget() {
	p := s.target
	var none, odd []int
	for row, c := range p.column.All() {
		switch {
		case c.Missing():
			none = append(none, row)
		case s.output.kind == data.Regression:
		case placeholder(c.Text), !utf8.ValidString(c.Text):
			odd = append(odd, row)
		}
	}
	if s.output.kind != data.Multilabel {
		s.named(none, p.name(), func(int) (string, string) {
			return "the answer is missing", "fill it in, or take the row out"
		}, "rows without an answer")
	}
	s.named(odd, p.name(), func(row int) (string, string) {
		return show(p.column.Cell(row).Text) + " is no answer", "fill it in, or take the row out"
	}, "cells that are no answer")
	s.noteSpelling()
}

// noteSpelling names labels that differ in case or in spaces alone.
func (s *survey) noteSpelling() {
	first := map[string]string{}
	for _, label := range slices.Sorted(maps.Keys(s.output.labels)) {
		folded := strings.ToLower(strings.Join(strings.Fields(label), " "))
		if other, ok := first[folded]; ok {
			if s.output.labels[label] > s.output.labels[other] { // the rarer one is the slip
				label, other = other, label
			}
			s.mistake(s.target.rowOf(label, s.output), s.target.name(), "the labels %s and %s differ in case or spaces alone", show(other), show(label)).
				WithHint("write both in one way")
			continue
		}
		first[folded] = label
	}
}

// rowOf is the first row that has a label.
func (p *profile) rowOf(label string, o output) int {
	return slices.IndexFunc(p.column.Cells(), func(c data.Cell) bool { return slices.Contains(o.labelsOf(c.Text), label) })
}
