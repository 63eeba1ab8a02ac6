package guess

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// percent is a share in as many digits as tell it from none and from all.
func percent(n, of int) string {
	for digits := range 4 {
		share := strconv.FormatFloat(100*float64(n)/float64(of), 'f', digits, 64)
		if v, _ := strconv.ParseFloat(share, 64); v > 0 && v < 100 || n == 0 || n == of {
			return share + " %"
		}
	}
	return fmt.Sprintf("%d of %d", n, of)
}

// figure is a number in few digits.
func figure(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }

// sortedCounts are the counts of a tally in ascending order, so that sums over them do
// not depend on that of a map.
func sortedCounts(m map[string]int) []int {
	return slices.Sorted(maps.Values(m))
}

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

// rowNumber is a row's number in the file, from 1.
func (s *survey) rowNumber(row int) int {
	return row + 1
}

func mean(values []float64) float64 {
	n, sum := float64(len(values)), 0.0
	for _, v := range values {
		sum += v / n
	}
	return sum
}

func variance(values []float64) float64 {
	n, middle, sum := float64(len(values)), mean(values), 0.0
	for _, v := range values {
		sum += (v - middle) * (v - middle) / n
	}
	return sum
}

// skewness is the third moment of standardised numbers; 0 where they do not vary.
func skewness(values []float64) float64 {
	n, middle, third := float64(len(values)), mean(values), 0.0
	for _, v := range values {
		d := v - middle
		third += d * d * d / n
	}
	second := variance(values)
	if rounding.Constant(len(values), middle, second) {
		return 0
	}
	return third / math.Pow(second, 1.5)
}
