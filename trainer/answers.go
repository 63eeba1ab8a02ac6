package trainer

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
)

// AnswerError is a row of which a model says what is not a finite number.
type AnswerError struct {
	File string // of the table
	Row  int    // from 0
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("%s: row %d: %s", e.File, e.Row+1, data.NotFinite)
}

// ExitCode is 5.
func (e *AnswerError) ExitCode() int { return 5 }

// checkAnswers tells of each row of a batch whose predictions are not finite.
func (o EvalOptions) checkAnswers(d *data.Dataset, rows []int, predictions []float32, size int) error {
	if o.training {
		return nil
	}
	for i, row := range rows {
		if data.Finite(d.Target(), predictions[i*size:(i+1)*size]) {
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
