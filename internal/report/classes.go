package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/chiasm-ml/chiasm/metrics"
)

// tall is the number of rows above which a table scrolls.
const tall = 24

// A classTable is precision, recall and F1 of classes, those of most rows first.
type classTable struct {
	Kind string // class or label
	Rows []classRow
	Tall bool   // so many that they scroll
	Left string // what was left out, if anything
}

type classRow struct {
	Label, Whole          string
	Precision, Recall, F1 string
	Bar                   string // F1, for a bar
	Support               string
}

func newClassTable(kind string, classes []metrics.Class) *classTable {
	sorted := slices.Clone(classes)
	slices.SortStableFunc(sorted, func(a, b metrics.Class) int { return cmp.Compare(b.Support, a.Support) })
	t := &classTable{Kind: kind, Tall: len(classes) > tall}
	if n := len(sorted) - MaxClasses; n > 0 {
		t.Left = fmt.Sprintf("%s of at most %s each are left out.", counted(n, "more, with support", "more, with support"), counted(sorted[MaxClasses].Support, "row", "rows"))
		sorted = sorted[:MaxClasses]
	}
	for _, c := range sorted {
		t.Rows = append(t.Rows, classRow{
			Label: label(c.Label), Whole: whole(c.Label),
			Precision: figure(float64(c.Precision)), Recall: figure(float64(c.Recall)), F1: figure(float64(c.F1)),
			Bar: bar(float64(c.F1)), Support: count(c.Support),
		})
	}
	return t
}

// bar is a share from 0 to 1 for a style sheet.
func bar(share float64) string {
	if !finite(share) {
		return "0"
	}
	return strconv.FormatFloat(roundTo(min(max(share, 0), 1), 3), 'f', -1, 64)
}

// A matrix counts the rows of each class by what they were taken for.
type matrix struct {
	Labels []axisLabel
	Rows   []matrixRow
	Large  bool // few classes: larger cells
	Wide   bool // so many that nothing fits beside them
}

type axisLabel struct{ Short, Whole string }

type matrixRow struct {
	Label axisLabel
	Cells []cell
}

type cell struct {
	Count string // empty for none
	Heat  int    // 0 to 10: the share of the row
	Right bool   // on the diagonal
	Tip   string
}

// A confusion is a class that was taken for another.
type confusion struct {
	True, Predicted axisLabel
	Count, Of       string
	Share           string

	count int
}

func newMatrix(r *metrics.ClassificationResult) *matrix {
	n := len(r.Confusion)
	if n == 0 || n > MaxMatrix || n != len(r.Classes) {
		return nil
	}
	m := &matrix{Large: n <= 5, Wide: n > 16}
	for _, c := range r.Classes {
		m.Labels = append(m.Labels, axisLabel{shorten(label(c.Label), 22), whole(c.Label)})
	}
	for i, counts := range r.Confusion {
		total := sum(counts)
		row := matrixRow{Label: m.Labels[i]}
		for j, k := range counts {
			c := cell{Right: i == j}
			if k > 0 {
				c.Count = count(k)
				c.Heat = max(1, int(math.Round(10*float64(k)/float64(total))))
				c.Tip = fmt.Sprintf("%s of %s (%s) with %s were called %s", count(k), counted(total, "row", "rows"),
					percent(float64(k)/float64(total)), quoted(r.Classes[i].Label), quoted(r.Classes[j].Label))
			}
			row.Cells = append(row.Cells, c)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// confusions are the largest entries beside the diagonal of a matrix.
func confusions(r *metrics.ClassificationResult) []confusion {
	n := len(r.Confusion)
	if n != len(r.Classes) {
		return nil
	}
	limit := 6
	if n > MaxMatrix {
		limit = 12
	}
	var all []confusion
	for i, counts := range r.Confusion {
		total := sum(counts)
		for j, k := range counts {
			if i == j || k == 0 {
				continue
			}
			all = append(all, confusion{
				True:      axisLabel{label(r.Classes[i].Label), whole(r.Classes[i].Label)},
				Predicted: axisLabel{label(r.Classes[j].Label), whole(r.Classes[j].Label)},
				Count:     count(k), Of: count(total), Share: percent(float64(k) / float64(total)), count: k,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b confusion) int { return cmp.Compare(b.count, a.count) })
	return all[:min(limit, len(all))]
}

func sum(counts []int) int {
	n := 0
	for _, k := range counts {
		n += k
	}
	return n
}
