package guess

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// output is what the config predicts.
type output struct {
	kind      string         // of data.Binary and so on; empty: it is not usable
	separator string         // of a multilabel target
	labels    map[string]int // how many rows have each
}

// rarely is the share of rows below which the rarer of two labels is taken for
// what is to be found.
const rarely = 0.1

// rare is the rarer of two labels, where it is rare; empty otherwise.
func (o output) rare() (label string, rows int) {
	if o.kind != data.Binary {
		return "", 0
	}
	all := 0
	for l, n := range o.labels {
		if all += n; label == "" || n < rows || n == rows && l < label {
			label, rows = l, n
		}
	}
	if float64(rows) >= rarely*float64(all) {
		return "", 0
	}
	return label, rows
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
		_, text := p.first()
		s.noTarget("the target is %s in every row: there is nothing to learn", show(text))
	case p.numbers > 0 && p.isNumeric() && p.manyNumbers():
		s.output.kind = data.Regression
		low, high := bounds(p.values)
		p.why = fmt.Sprintf("%d different numbers from %s to %s: a number is predicted", different(p.values), figure(low), figure(high))
	case separator != "":
		s.output = output{kind: data.Multilabel, separator: separator}
		s.count()
		p.why = fmt.Sprintf("%d labels with %q between them: any number of them is predicted", len(s.output.labels), separator)
	case p.present >= fewRows && 2*p.distinct() > p.present:
		s.noTarget("the target has %d different values in %d cells, which is a text or the name of a row, and no label", p.distinct(), p.present)
	default:
		s.guessLabels()
	}
	s.noteSpelling()
}

// guessLabels takes each text for a label.
func (s *survey) guessLabels() {
	p := s.target
	s.count()
	if len(s.output.labels) == 2 {
		s.output.kind = data.Binary
		p.why = "two labels: " + p.list()
		return
	}
	s.output.kind = data.Multiclass
	p.why = fmt.Sprintf("%d labels: %s", len(s.output.labels), p.list())
	if p.isNumeric() && p.numbers == p.present {
		p.why += "; to predict a number instead: type: regression"
	}
}

// different counts numbers that differ, however they are written.
func different(values []float64) int {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return len(slices.Compact(sorted))
}

func (s *survey) noTarget(format string, args ...any) {
	s.target.why = fmt.Sprintf(format, args...)
	s.mistake(-1, s.target.name(), "%s", s.target.why).Hint = "name the column to predict by --target"
}

// manyNumbers tells measurements from labels that are written as numbers, which recur.
// Those of which one is written in two ways, such as 1 and 1.0, cannot be labels.
func (p *profile) manyNumbers() bool {
	n := different(p.values)
	if p.whole {
		return n > fewCategories || n < p.numbersWritten() || n > 2 && 2*n > p.present
	}
	return n > 2
}

// numbersWritten counts the different texts that are numbers.
func (p *profile) numbersWritten() int { return p.numberTexts }

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
		if text == "NaN" { // which no target takes for an answer
			continue
		}
		for _, label := range s.output.labelsOf(text) {
			s.output.labels[label] += n
		}
	}
}

// noteSpelling names labels that are likely to be meant as one.
func (s *survey) noteSpelling() {
	named := 0
	first := map[string]string{}
	for _, label := range slices.Sorted(maps.Keys(s.output.labels)) {
		spelling := data.Spelling(label)
		if other, ok := first[spelling]; ok {
			if s.output.labels[label] > s.output.labels[other] { // the rarer one is the slip
				label, other = other, label
			}
			if named++; named > mostNamed {
				continue
			}
			s.warn(s.target.rowOf(label, s.output), s.target.name(), "the labels %s and %s differ in case, spaces, Unicode form or how a number is written, and are told apart", show(other), show(label)).
				WithHint("if they are one, write both in one way")
			continue
		}
		first[spelling] = label
	}
}

// rowOf is the first row that has a label.
func (p *profile) rowOf(label string, o output) int {
	for row, c := range p.cells() {
		if slices.Contains(o.labelsOf(c.Text), label) {
			return row
		}
	}
	return -1
}
