package trainer

import (
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/data"
)

// AnswerError is a row of which a model says what is not a finite number.
type AnswerError struct {
	File string // of the table
	Row  int    // from 0
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s: row %d: %s", e.File, e.Row+1, NotFinite)
}

// ExitCode is 5.
func (e *AnswerError) ExitCode() int { return 5 }

// NotFinite says what is wrong with a row whose answer is not a finite number.
const NotFinite = "the model's answer is not a finite number (look for extreme values in the row, and in the model's weights)"

// Finite reports whether the predictions of a row are finite numbers, of a
// regression in the target's own units too.
func Finite(t data.Target, scores []float32) bool {
	for _, v := range scores {
		if !finite(float64(v)) {
			return false
		}
	}
	if r, ok := t.(*data.RegressionTarget); ok && len(scores) > 0 {
		return finite(r.Restore(scores[0]))
	}
	return true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// checkAnswers tells of each row of a batch whose predictions are not finite.
func (o EvalOptions) checkAnswers(d *data.Dataset, rows []int, predictions []float32, size int) error {
	if o.training {
		return nil
	}
	for i, row := range rows {
		if Finite(d.Target(), predictions[i*size:(i+1)*size]) {
			continue
		}
		err := &AnswerError{File: d.Table().File, Row: row}
		if o.Unanswered == nil {
			return err
		}
		if err := o.Unanswered(err); err != nil {
			return err
		}
	}
	return nil
}
