package app

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/model"
)

// worst are the worst mistakes of predictions that are seen batch by batch:
// what is far off, and what is wrong with conviction.
type worst struct {
	output model.Output
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
		if m, wrong := mistaken(w.output, w.target, scores, answer); wrong {
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
func (t *training) mistakes() ([]report.Mistake, error) {
	var out []report.Mistake
	for _, m := range t.worst.cut() {
		m.Row = m.row + 1
		if err := t.show(&m.Mistake, m.row); err != nil {
			return nil, err
		}
		out = append(out, m.Mistake)
	}
	return out, nil
}

// mistaken compares the scores of a row with its answer.
func mistaken(o model.Output, target data.Target, scores []float32, answer data.Slot) (m mistake, wrong bool) {
	labels := target.Labels()
	switch target := target.(type) {
	case *data.RegressionTarget:
		p, y := target.Restore(scores[0]), target.Restore(answer.F32[0])
		m.Predicted, m.True, m.Error = number(p), number(y), p-y
		m.worth = math.Abs(m.Error)
		return m, m.Error != 0
	case *data.MultilabelTarget:
		var is, said []string
		for j, v := range scores {
			if answer.F32[j] > 0.5 {
				is = append(is, labels[j])
			}
			m.worth = max(m.worth, math.Abs(float64(v-answer.F32[j])))
		}
		for _, j := range o.Decide(scores) {
			said = append(said, labels[j])
		}
		m.True, m.Predicted = strings.Join(is, ", "), strings.Join(said, ", ")
		return m, m.True != m.Predicted
	}
	said := o.Decide(scores)[0]
	if len(scores) == 1 { // binary
		scores = []float32{1 - scores[0], scores[0]}
		answer.Int = binaryLabel(answer.F32[0])
	}
	y := answer.Int[0]
	m.True, m.Predicted = labels[y], labels[said]
	m.Probability, m.TrueProbability = float64(scores[said]), float64(scores[y])
	m.worth = m.Probability - m.TrueProbability
	return m, said != y
}

func binaryLabel(v float32) []int {
	if v > 0.5 {
		return []int{1}
	}
	return []int{0}
}
