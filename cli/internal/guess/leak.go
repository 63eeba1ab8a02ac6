package guess

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// leaks says why a column, one of so many, gives the target away; empty where it
// does not.
func (s *survey) leaks(p *profile, columns int) string {
	if s.output.kind == "" || p.kind == Image {
		return ""
	}
	if why := s.again(p, columns); why != "" {
		return why
	}
	if s.output.kind == data.Regression && p.kind == Number {
		if why := s.line(p); why != "" {
			return why
		}
	}
	if why := s.mapped(p, columns, "each of its values", func(c data.Cell) string { return c.Text }); why != "" || p.missing() == 0 {
		return why
	}
	return s.mapped(p, columns, "being empty or not", func(c data.Cell) string { return map[bool]string{true: "empty"}[c.Missing()] })
}

// butFrom says from which row on a rule has exceptions.
func (s *survey) butFrom(exceptions, first int) string {
	if exceptions == 0 {
		return " in every row"
	}
	return fmt.Sprintf(", but for %s, the first of which is row %d", plural(exceptions, "row"), s.rowNumber(first))
}

// again finds columns that repeat the target.
func (s *survey) again(p *profile, columns int) string {
	t, first, lacking := newTrial(), -1, 0
	for row, c := range p.cells() {
		answer := s.target.cell(row)
		if c.Missing() || answer.Missing() {
			lacking++
			continue
		}
		label := folded(answer.Text)
		t.add(folded(c.Text), label)
		if t.wrong == 1 && first < 0 {
			first = row
		}
	}
	if !convincing(columns, &t) {
		return ""
	}
	if t.wrong == 0 && lacking > 0 {
		return fmt.Sprintf("it is the target again in all %d rows that have both", p.column.Len()-lacking)
	}
	return "it is the target again" + s.butFrom(t.wrong, first)
}

func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// tally counts the labels that go with each value of a column.
type tally struct {
	values map[string]map[string]int
	labels map[string]int
}

func newTally() tally { return tally{map[string]map[string]int{}, map[string]int{}} }

func (t *tally) add(value, label string) {
	if t.values[value] == nil {
		t.values[value] = map[string]int{}
	}
	t.values[value][label]++
	t.labels[label]++
}

// usual is the most frequent label of a value, or of all rows for a value that was
// not met.
func (t *tally) usual(value string) string {
	counts := t.values[value]
	if counts == nil {
		counts = t.labels
	}
	best := ""
	for label, n := range counts {
		if n > counts[best] || n == counts[best] && label < best {
			best = label
		}
	}
	return best
}

// usuals is usual of every value, and of none.
func (t *tally) usuals() (of map[string]string, otherwise string) {
	of = make(map[string]string, len(t.values))
	for value := range t.values {
		of[value] = t.usual(value)
	}
	return of, (&tally{labels: t.labels}).usual("")
}

// mapped finds columns of which each value, or that of a function of the cells, goes
// with one label. What they tell is learnt from one half of the rows and tried on the
// other, since values of few rows each fit any labels.
func (s *survey) mapped(p *profile, columns int, what string, value func(data.Cell) string) string {
	side := rng.New(seed).Name("leak")
	halves, whole := [2]tally{newTally(), newTally()}, newTally()
	for row, c := range p.cells() {
		if answer := s.target.cell(row); s.readable(row) && !answer.Missing() {
			v := value(c)
			halves[side.Uint64(row)&1].add(v, answer.Text)
			whole.add(v, answer.Text)
		}
	}
	if all := len(whole.values); 2*all > p.rows || p.kind == Number && all > 3*s.target.distinct() {
		return "" // too few rows of each, or numbers by which the target may well go
	}
	trials := [2]trial{newTrial(), newTrial()}
	var learnt [2]map[string]string
	var otherwise [2]string
	for i := range halves {
		learnt[i], otherwise[i] = halves[i].usuals()
	}
	usual, _ := whole.usuals()
	exceptions, first := 0, -1
	for row, c := range p.cells() {
		answer := s.target.cell(row)
		if !s.readable(row) || answer.Missing() {
			continue
		}
		half := side.Uint64(row) & 1
		v := value(c)
		told, ok := learnt[1-half][v]
		if !ok {
			told = otherwise[1-half]
		}
		trials[half].add(told, answer.Text)
		if usual[v] != answer.Text {
			if exceptions++; first < 0 {
				first = row
			}
		}
	}
	if !convincing(columns, &trials[0], &trials[1]) {
		return ""
	}
	answers := "label"
	if s.output.kind == data.Regression {
		answers = "number"
	}
	return fmt.Sprintf("%s has one %s%s", what, answers, s.butFrom(exceptions, first))
}

// How near a line comes to the target, in units of the target's spread, where it is
// the same quantity.
const onTheLine = 0.1

// pairs are the numbers of a column and of the target, where a row has both.
type pairs struct {
	x, y []float64
	rows []int
}

// line finds numbers that are the target in another unit, or after a function that
// keeps their order, such as a logarithm.
func (s *survey) line(p *profile) string {
	var q pairs
	for row, c := range p.cells() {
		x, errX := s.table.Numbers.Of(c)
		y, errY := s.table.Numbers.Of(s.target.cell(row))
		if errX == nil && errY == nil {
			q.x, q.y, q.rows = append(q.x, x), append(q.y, y), append(q.rows, row)
		}
	}
	if slope, at, off, ok := q.straight(); ok {
		return fmt.Sprintf("the target is %s%s", q.formula(slope, at, off), q.exceptions(s, off))
	}
	ranked := pairs{ranks(q.x), ranks(q.y), q.rows}
	if slope, _, off, ok := ranked.straight(); ok && p.distinct() > fewCategories {
		way := "rises"
		if slope < 0 {
			way = "falls"
		}
		return fmt.Sprintf("sorted by it, the target %s, but for small steps%s", way, ranked.exceptions(s, off))
	}
	return ""
}

// formula is a line in words, and how far the rows on it are from what the words say,
// where that is more than digits of a number that are not shown.
func (q pairs) formula(slope, at float64, off []int) string {
	const shown = 0.001 // of the spread
	told := func(v float64) float64 {
		v, _ = strconv.ParseFloat(figure(v), 64)
		return v
	}
	s := figure(slope) + " times it"
	if math.Abs(at) <= 1e-6*spread(q.y) {
		at = 0
	}
	switch {
	case at > 0:
		s += " plus " + figure(at)
	case at < 0:
		s += " minus " + figure(-at)
	}
	most := 0.0
	for i, row := range q.rows {
		if _, is := slices.BinarySearch(off, row); !is {
			most = max(most, math.Abs(q.y[i]-told(slope)*q.x[i]-told(at)))
		}
	}
	if most > shown*spread(q.y) {
		unit := math.Pow(10, math.Floor(math.Log10(most))-1)
		s += ", to within " + strconv.FormatFloat(math.Ceil(most/unit)*unit, 'g', 2, 64)
	}
	return s
}

func (q pairs) exceptions(s *survey, off []int) string {
	if len(off) == 0 {
		return s.butFrom(0, -1)
	}
	return s.butFrom(len(off), off[0])
}

// straight fits a line that outliers do not turn, and says whether it explains
// nearly all rows that are not near the median anyway. off are the rows that it
// does not.
func (q pairs) straight() (slope, at float64, off []int, ok bool) {
	n := len(q.x)
	if n < fewRows {
		return 0, 0, nil, false
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case q.x[a] < q.x[b]:
			return -1
		case q.x[a] > q.x[b]:
			return 1
		}
		return 0
	})
	var slopes []float64
	for i := range n / 2 {
		a, b := order[i], order[i+n-n/2]
		if dx := q.x[b] - q.x[a]; dx > 0 {
			slopes = append(slopes, (q.y[b]-q.y[a])/dx)
		}
	}
	if len(slopes) < fewRows/2 {
		return 0, 0, nil, false
	}
	slope = median(slopes)
	rest := make([]float64, n)
	for i := range rest {
		rest[i] = q.y[i] - slope*q.x[i]
	}
	at = median(rest)
	middle, near := median(q.y), onTheLine*spread(q.y)
	others := 0
	for i, r := range rest {
		if math.Abs(q.y[i]-middle) > near {
			others++
		}
		if !(math.Abs(r-at) <= near) {
			off = append(off, q.rows[i])
		}
	}
	allowed := others / mostMissed
	if others >= oneMissed {
		allowed = max(1, allowed)
	}
	return slope, at, off, slope != 0 && others >= fewRows/2 && len(off) <= allowed
}

// median leaves the values as they are.
func median(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// spread is the deviation of values as their median tells it, which outliers do
// not move; where half of them are equal, that of the others.
func spread(values []float64) float64 {
	middle := median(values)
	var away []float64
	for _, v := range values {
		if v != middle {
			away = append(away, math.Abs(v-middle))
		}
	}
	if len(away) == 0 {
		return 0
	}
	const ofNormal = 1.4826
	return ofNormal * median(away)
}

// farthest is how many spreads the farthest value lies from the median.
func farthest(values []float64) float64 {
	middle, unit, most := median(values), spread(values), 0.0
	if unit == 0 {
		return 0
	}
	for _, v := range values {
		most = max(most, math.Abs(v-middle)/unit)
	}
	return most
}

// ranks are the places of values in their order; equal ones share the middle.
func ranks(values []float64) []float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	out := make([]float64, len(values))
	for i, v := range values {
		first, _ := slices.BinarySearch(sorted, v)
		after, _ := slices.BinarySearchFunc(sorted, v, func(a, b float64) int {
			if a > b {
				return 1
			}
			return -1
		})
		out[i] = float64(first+after-1) / 2
	}
	return out
}
