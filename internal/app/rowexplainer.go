package app

import (
	"context"
	"errors"

	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// rowExplainer explains rows of requests.
type rowExplainer struct {
	model     *infer.Model
	explainer *explain.Explainer
}

func newRowExplainer(m *infer.Model) (serve.Explainer, error) {
	b := m.Bundle()
	e, err := explain.New(b.Model, b.Inputs, b.Target, explain.Options{})
	return rowExplainer{m, e}, err
}

// Explain is an *explain.Explanation.
func (e rowExplainer) Explain(ctx context.Context, row infer.Row) (any, error) {
	if _, err := e.model.Prepare(row); err != nil { // in the words that predictions have for it
		return nil, err
	}
	t, err := e.model.Table([]infer.Row{row})
	if err != nil {
		return nil, err
	}
	read, err := explain.Read(t, 0, e.model.Bundle().Inputs, nil)
	if err != nil {
		return nil, err
	}
	read.Number = 0 // of no table
	x, err := e.explainer.Explain(ctx, read)
	var usage *explain.UsageError
	if errors.As(err, &usage) {
		return nil, &infer.Error{Message: usage.Error(), Err: err}
	}
	return x, err
}
