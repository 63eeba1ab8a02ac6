package guess

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
)

// Beside the usual marks of missing values, which data.Sniff finds, a column of numbers
// may hold a few other texts, such as "call us". They stand for no number.
const (
	strayShare = 0.05 // of the cells, at most
	mostStrays = 10   // different ones
)

// noAnswer are texts that no label is, whatever stands beside them.
var noAnswer = []string{"n/a", "#n/a", "nan", "null", "<na>"}

// strays adds to the missing values what would keep a column of numbers from being
// read, and says whether there is any: the table is then to be read again.
func (s *survey) strays() bool {
	found := false
	for _, p := range s.profiles {
		texts, why := p.strays(), "whose others are numbers"
		if len(texts) == 0 {
			texts, why = p.undated(), "whose others are dates"
		}
		if p == s.target && len(texts) == 0 && p.numbers == 0 {
			why = "which is no answer"
			for text, n := range p.counts {
				if slices.Contains(noAnswer, folded(text)) {
					texts[strings.TrimSpace(text)] += n
				}
			}
		}
		for _, text := range slices.Sorted(maps.Keys(texts)) {
			if p != s.target && s.isLabel(text) {
				continue
			}
			found = true
			r := s.reading
			r.sniffed = append(r.sniffed, data.Sniffed{Key: "missing_values", Why: fmt.Sprintf("%s in %s of %s, %s", show(text), plural(texts[text], "cell"), show(p.name()), why)})
			if !slices.Contains(r.dialect.MissingValues, text) {
				r.dialect.MissingValues = append(r.dialect.MissingValues, text)
			}
		}
	}
	return found
}

// isLabel says whether a text is one that the target has, where that is no number.
func (s *survey) isLabel(text string) bool {
	return s.target != nil && s.target.numbers == 0 && s.target.counts[text] > 0
}

// strays are the texts among the numbers of a column, if they are few.
func (p *profile) strays() map[string]int {
	texts := map[string]int{}
	others := len(p.notNumbers)
	if others == 0 || p.numbers == 0 || p.codes() != "" || float64(others) > strayShare*float64(p.present) || p.distinct() <= fewCategories {
		return texts
	}
	for _, row := range p.notNumbers {
		texts[strings.TrimSpace(p.cell(row).Text)]++
	}
	return few(texts)
}

// undated are the texts among the dates of a column, if they are few. What is nearly a
// date, such as a 31st of February, is a mistake to be told of.
func (p *profile) undated() map[string]int {
	found := max(p.forms.dates+p.days, p.clocks)
	others := p.present - found
	if others == 0 || !p.share(found, 1-strayShare) {
		return map[string]int{}
	}
	texts, dates := map[string]int{}, &data.DateLook{}
	for text, n := range p.counts {
		switch {
		case dates.Is(text), data.IsClock(text):
		case strings.ContainsFunc(text, isDigit):
			return map[string]int{}
		default:
			texts[strings.TrimSpace(text)] += n
		}
	}
	return few(texts)
}

// few are texts that may stand for nothing; none where they are too many, or too long.
func few(texts map[string]int) map[string]int {
	for text := range texts {
		if !utf8.ValidString(text) || len(text) > 40 || len(texts) > mostStrays {
			return map[string]int{}
		}
	}
	return texts
}
