package app

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/report"
)

// worst are the worst mistakes of predictions that are seen batch by batch:
// what is far off, and what is wrong with conviction.
type worst struct {
	head   head.Head
	target data.Target
	table  *data.Table
	size   int // scores a row
	most   int // of them that are kept
	all    []mistake
	// numbers are of all rows, of a regression.
	numbers report.Regression
	// decided are those that a threshold decides; nil: not asked for.
	decided *decided
}

func newWorst(h head.Head, t data.Target, table *data.Table, most int) *worst {
	return &worst{head: h, target: t, table: table, size: h.Size(), most: most}
}

// mistake is how wrong a prediction is, to find the worst.
type mistake struct {
	report.Mistake
	row   int
	worth float64
}

// add is told what was predicted of some rows.
func (w *worst) add(rows []int, predictions []float32, answers data.Slot) error {
	for i, row := range rows {
		var answer data.Slot
		if answers.Int != nil {
			answer.Int = answers.Int[i : i+1]
		} else {
			answer.F32 = answers.F32[i*w.size : (i+1)*w.size]
		}
		scores := predictions[i*w.size : (i+1)*w.size]
		if n, ok := w.target.(*data.RegressionTarget); ok {
			truth, err := n.Answer(w.table, row)
			if err != nil {
				return err
			}
			w.numbers.Predicted, w.numbers.True = append(w.numbers.Predicted, n.Restore(scores[0])), append(w.numbers.True, truth)
		}
		w.decided.add(scores, answer)
		if miss := w.head.Compare(w.target, scores, answer); miss.Wrong {
			m := said(miss)
			m.row = row
			w.all = append(w.all, m)
		}
	}
	if len(w.all) > 8*w.most+100 {
		w.cut()
	}
	return nil
}

// cut keeps the worst, of equals those that came first, and orders them.
func (w *worst) cut() []mistake {
	worstFirst(w.all)
	w.all = w.all[:min(len(w.all), w.most)]
	return w.all
}

func worstFirst(all []mistake) {
	slices.SortStableFunc(all, func(a, b mistake) int { return cmp.Compare(b.worth, a.worth) })
}

// mistakes are the worst of the split that judges the model, with what their
// rows hold.
func (t *training) mistakes(o *output) ([]report.Mistake, error) {
	var out []report.Mistake
	for _, m := range o.worst.cut() {
		m.Row = m.row + 1
		if err := t.show(&m.Mistake, m.row); err != nil {
			return nil, err
		}
		out = append(out, m.Mistake)
	}
	return out, nil
}

// said writes a miss for people.
func said(m head.Miss) mistake {
	x := mistake{worth: m.Worth}
	x.Probability, x.TrueProbability, x.Error = m.Probability, m.TrueProbability, m.Error
	if m.True == nil && m.Predicted == nil {
		x.Predicted, x.True = number(m.PredictedNumber), number(m.TrueNumber)
	} else {
		x.Predicted, x.True = strings.Join(m.Predicted, ", "), strings.Join(m.True, ", ")
	}
	return x
}

func binaryLabel(v float32) []int {
	if v > 0.5 {
		return []int{1}
	}
	return []int{0}
}
