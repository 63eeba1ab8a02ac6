package infer

import (
	"context"
	"errors"
	"math/bits"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Prediction is what the model says of a row.
type Prediction struct {
	// Value is a label; the labels of a row of many, with the target's separator
	// between them; or, of a regression, a float64. It is nil of a model of several
	// outputs.
	Value any
	// Probabilities of Model.Labels; nil for a regression.
	Probabilities []float32
	// Outputs are the answers of a model of several outputs, in its order; nil of one.
	Outputs []Answer
	// Present names the inputs that the row had, in the model's order.
	Present []string
	// Err is why a row of AnswerEach has no Value; nil: it has one.
	Err *Error
	// Unused are the cells that were not used as they stand; nil: all were.
	Unused []Unused
}

// Answer is what a model of several outputs says of a row for one of them.
type Answer = bundle.Answer

// Answered reports whether the row has an answer.
func (p *Prediction) Answered() bool { return p != nil && (p.Value != nil || p.Outputs != nil) }

// Unused is a cell that was not used as it stands, such as a category that the model
// does not know. Reason is one of package data, which data.Because explains.
type Unused struct{ Input, Column, Reason string }

// Prepared is a row that was read, decoded and tokenised, ready to be computed.
type Prepared struct {
	items   []data.Item // by input; nil where the row lacks it
	present []string
	unused  []Unused
}

// Predict answers rows, in their order. The error for a row that cannot be used
// is an *Error, of the first such row; none is then answered.
func (m *Model) Predict(ctx context.Context, rows []Row) ([]Prediction, error) {
	prepared := make([]*Prepared, len(rows))
	errs := make([]error, len(rows))
	parallel.Run(len(rows), func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			prepared[i], errs[i] = m.Prepare(rows[i])
		}
	})
	for i, err := range errs {
		var e *Error
		if errors.As(err, &e) {
			e.Row = i
		}
		if err != nil {
			return nil, err
		}
	}
	return m.PredictPrepared(ctx, prepared)
}

// Prepare does the part of a prediction that needs no other row: reading,
// decoding, tokenising. With PredictPrepared, it is for callers that join rows
// of several requests. An error is an *Error with Row 0.
func (m *Model) Prepare(row Row) (*Prepared, error) {
	if m == nil || m.bundle == nil {
		return nil, errMissing
	}
	t, err := m.Table([]Row{row})
	if err != nil {
		return nil, err
	}
	return m.prepare(t, func(in data.Input) data.Preprocessor { return in.Preprocessor })
}

// prepare reads a table of one row, each input by what reader says.
func (m *Model) prepare(t *data.Table, reader func(data.Input) data.Preprocessor) (*Prepared, error) {
	p := &Prepared{items: make([]data.Item, len(m.bundle.Inputs))}
	for k, in := range m.bundle.Inputs {
		var notes data.Notes
		item, err := reader(in).Load(t, 0, &notes)
		if err != nil {
			return nil, explain(err)
		}
		for _, c := range notes.Cells() {
			if m.strict {
				return nil, &Error{Field: c.Column, Message: data.Because(c.Reason), Hint: "every cell must be used as it stands here"}
			}
			p.unused = append(p.unused, Unused{in.Name, c.Column, c.Reason})
		}
		if p.items[k] = item; item != nil {
			p.present = append(p.present, in.Name)
		}
	}
	if p.present == nil && m.prior == nil {
		return nil, &Error{Message: "the row lacks every input", Hint: "give one of them"}
	}
	return p, nil
}

// PredictPrepared answers rows that were prepared by this model. The error of a row
// whose answer is not a finite number is an *Error, as with Predict.
func (m *Model) PredictPrepared(ctx context.Context, rows []*Prepared) ([]Prediction, error) {
	all, err := m.AnswerEach(ctx, rows)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Err != nil {
			return nil, p.Err
		}
	}
	return all, nil
}

// AnswerEach is PredictPrepared that answers the other rows where the answer of one
// is not a finite number: that one has an Err.
func (m *Model) AnswerEach(ctx context.Context, rows []*Prepared) ([]Prediction, error) {
	out := make([]Prediction, 0, len(rows))
	for len(rows) > 0 {
		n := min(m.most, 1<<(bits.Len(uint(len(rows)))-1)) // few sizes, and no row computed for nothing
		var err error
		if out, err = m.batch(ctx, rows[:n], out); err != nil {
			return nil, err
		}
		rows = rows[n:]
	}
	return out, nil
}

// batch computes some rows at once and appends their answers.
func (m *Model) batch(ctx context.Context, rows []*Prepared, out []Prediction) ([]Prediction, error) {
	s, err := m.pool.take(ctx)
	if err != nil {
		return nil, err
	}
	defer m.pool.give(s)
	all, err := s.run(rows)
	if err != nil {
		return nil, err
	}
	size := m.bundle.Model.Size()
	for i, row := range rows {
		scores := all[i*size : (i+1)*size]
		if row.present == nil {
			scores = m.prior
		}
		p := Prediction{Present: append([]string{}, row.present...), Unused: row.unused}
		if data.Finite(m.bundle.Target, scores) {
			p.answer(m.bundle.Answers(scores))
		} else {
			p.Err = &Error{Row: len(out), Message: data.NotFinite, Err: ErrNotFinite}
		}
		out = append(out, p)
	}
	return out, nil
}

// answer takes in what scores mean.
func (p *Prediction) answer(all []Answer) {
	if len(all) == 1 && all[0].Output == "" {
		p.Value, p.Probabilities = all[0].Value, all[0].Probabilities
		return
	}
	p.Outputs = all
}
