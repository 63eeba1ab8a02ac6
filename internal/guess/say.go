package guess

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/rounding"
)

// show quotes a cell, no longer than a line can bear.
func show(s string) string {
	const most = 40
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%q…", s[:cut])
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ofCells is "all 12 cells", "10 of 12 cells".
func ofCells(n, of int) string {
	if n == of {
		return fmt.Sprintf("all %d cells", n)
	}
	return fmt.Sprintf("%d of %d cells", n, of)
}

// figure is a number in few digits.
func figure(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }

func bounds(values []float64) (low, high float64) {
	return slices.Min(values), slices.Max(values)
}

// list names the values of a column, the most frequent first.
func (p *profile) list() string {
	const most = 5
	values := slices.Sorted(maps.Keys(p.counts))
	slices.SortStableFunc(values, func(a, b string) int { return p.counts[b] - p.counts[a] })
	var out []string
	for _, v := range values[:min(most, len(values))] {
		out = append(out, fmt.Sprintf("%s (%d)", v, p.counts[v]))
	}
	if more := len(values) - most; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

func firstPresent(c *data.Column) int {
	return slices.IndexFunc(c.Cells(), func(c data.Cell) bool { return !c.Missing() })
}

// rowNumber is a row's number in the file, from 1.
func (s *survey) rowNumber(row int) int {
	if s.numbers != nil {
		return s.numbers[row]
	}
	return row + 1
}

// notUTF8 are the rows that hold what no text is, of a column that is read as text.
func (s *survey) notUTF8(p *profile) []int {
	var rows []int
	if p.kind == Category || p.kind == Text {
		for row, c := range p.column.All() {
			if !utf8.ValidString(c.Text) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// skewness is the third moment of standardised numbers; 0 where they do not vary.
func skewness(values []float64) float64 {
	n, mean := float64(len(values)), 0.0
	for _, v := range values {
		mean += v / n
	}
	second, third := 0.0, 0.0
	for _, v := range values {
		d := v - mean
		second += d * d / n
		third += d * d * d / n
	}
	if rounding.Constant(len(values), mean, second) {
		return 0
	}
	return third / math.Pow(second, 1.5)
}
