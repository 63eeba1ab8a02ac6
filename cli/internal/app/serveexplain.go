package app

import (
	"context"
	"errors"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// rowExplainer explains rows as a server is given them.
type rowExplainer struct {
	model     *infer.Model
	explainer *explain.Explainer
}

// outputExplainers explain a model of several outputs, the first where none is named.
type outputExplainers struct {
	rowExplainer
	by map[string]rowExplainer
}

func newRowExplainer(m *infer.Model) (serve.Explainer, error) {
	b := m.Bundle()
	all := outputExplainers{by: map[string]rowExplainer{}}
	outputs := b.Outputs()
	for i, x := range outputs {
		e, err := explain.New(b.Model, b.Inputs, b.Target, explain.Options{Output: x.Name, GiveWay: serve.GiveWay})
		if err != nil {
			return nil, err
		}
		one := rowExplainer{m, e}
		if x.Name == "" {
			return one, nil
		}
		if all.by[x.Name] = one; i == 0 {
			all.rowExplainer = one
		}
	}
	return all, nil
}

// Answering explains one of the outputs.
func (e outputExplainers) Answering(output string) serve.Explainer { return e.by[output] }

// Price is what explanations of all outputs take.
func (e outputExplainers) Price() (stays, each int64, err error) {
	for _, x := range e.by {
		s, most, err := x.Price()
		if err != nil {
			return 0, 0, err
		}
		stays, each = stays+s, max(each, most)
	}
	return stays, each, nil
}

// Price is what explanations take.
func (e rowExplainer) Price() (stays, each int64, err error) {
	p, err := e.explainer.Price()
	return p.Programs, p.Each, err
}

// Explain is of one row; the error of one that cannot be used is that of a
// prediction.
func (e rowExplainer) Explain(ctx context.Context, row infer.Row) (any, error) {
	if _, err := e.model.Prepare(row); err != nil {
		return nil, err
	}
	t, err := e.model.Table([]infer.Row{row})
	if err != nil {
		return nil, err
	}
	r, err := explain.Read(t, 0, e.model.Bundle().Inputs, nil)
	if err != nil {
		return nil, err
	}
	r.Number = 0
	x, err := e.explainer.Explain(ctx, r)
	var unusable *explain.UsageError
	if errors.As(err, &unusable) {
		return nil, &infer.Error{Message: unusable.Message, Err: err}
	}
	var notFinite *explain.NonFiniteError
	if errors.As(err, &notFinite) {
		return nil, &infer.Error{Message: data.NotFinite, Err: infer.ErrNotFinite}
	}
	return x, err
}
