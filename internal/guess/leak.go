package guess

import (
	"fmt"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/rounding"
)

// leaks says why a column gives the target away; empty where it does not.
func (s *survey) leaks(p *profile) string {
	if s.output.kind == "" || p.kind == Image {
		return ""
	}
	same, both, first := 0, 0, -1
	for row, c := range p.column.All() {
		answer := s.target.column.Cell(row)
		if c.Missing() || answer.Missing() {
			continue
		}
		both++
		if strings.EqualFold(strings.TrimSpace(c.Text), strings.TrimSpace(answer.Text)) {
			same++
		} else if first < 0 {
			first = row
		}
	}
	if both >= fewRows && float64(same) >= nearlyAlways*float64(both) {
		return "it is the target again" + s.butFrom(both-same, first)
	}
	if s.output.kind == data.Regression {
		return s.line(p)
	}
	return s.mapped(p)
}

// butFrom says from which row on a rule has exceptions.
func (s *survey) butFrom(exceptions, first int) string {
	if exceptions == 0 {
		return " in every row"
	}
	return fmt.Sprintf(", but for %s, the first of which is row %d", plural(exceptions, "row"), s.rowNumber(first))
}

// mapped finds columns of few values each of which has one label.
func (s *survey) mapped(p *profile) string {
	answers := s.target.column
	if p.distinct() > 3*s.target.distinct() || p.distinct() < s.target.distinct() {
		return ""
	}
	labels := map[string]map[string]int{}
	both := 0
	for row, c := range p.column.All() {
		if c.Missing() || answers.Cell(row).Missing() {
			continue
		}
		both++
		if labels[c.Text] == nil {
			labels[c.Text] = map[string]int{}
		}
		labels[c.Text][answers.Cell(row).Text]++
	}
	usual, right := map[string]string{}, 0
	for value, counts := range labels {
		most := 0
		for label, n := range counts {
			if n > most || n == most && label < usual[value] {
				usual[value], most = label, n
			}
		}
		right += most
	}
	if both < fewRows || float64(right) < nearlyAlways*float64(both) {
		return ""
	}
	first := -1
	for row, c := range p.column.All() {
		if first < 0 && !c.Missing() && !answers.Cell(row).Missing() && usual[c.Text] != answers.Cell(row).Text {
			first = row
		}
	}
	return "each of its values has one label" + s.butFrom(both-right, first)
}

// line finds numbers that are the target in another unit.
func (s *survey) line(p *profile) string {
	if p.kind != Number {
		return ""
	}
	var xs, ys []float64
	for row, c := range p.column.All() {
		a, errA := data.ParseNumber(c.Text)
		b, errB := data.ParseNumber(s.target.column.Cell(row).Text)
		if errA == nil && errB == nil {
			xs, ys = append(xs, a), append(ys, b)
		}
	}
	r := correlation(xs, ys)
	if len(xs) < fewRows || !(math.Abs(r) >= straightLine) {
		return ""
	}
	return fmt.Sprintf("it is the target in another unit (correlation %.4f)", r)
}

// correlation is Pearson's, of the distances from the means: sums of squares of
// large numbers would leave nothing but rounding. It is NaN where one side does
// not vary.
func correlation(xs, ys []float64) float64 {
	n := float64(len(xs))
	var x, y float64
	for i := range xs {
		x, y = x+xs[i]/n, y+ys[i]/n
	}
	var xx, yy, xy float64
	for i := range xs {
		dx, dy := xs[i]-x, ys[i]-y
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if rounding.Constant(len(xs), x, xx/n) || rounding.Constant(len(ys), y, yy/n) {
		return math.NaN()
	}
	return xy / math.Sqrt(xx*yy)
}
