package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/infer"
)

// explain explains rows, one after the other.
func (s *Server) explain(w http.ResponseWriter, r *http.Request) error {
	return s.withRows(w, r, s.explains, func(g *generation, c *claim, asked request) error {
		if asked.onError != "" {
			return refused(http.StatusBadRequest, "is for predictions; a row that cannot be used is not explained").at(-1, "on_error")
		}
		if g.mute != nil {
			return g.mute
		}
		by, err := g.explainerOf(r.URL.Query()["output"])
		if err != nil {
			return err
		}
		explanations, err := s.explanations(r.Context(), g, by, c, asked.rows)
		c.yield()
		if err != nil {
			return err
		}
		return writeJSON(w, map[string]any{"explanations": explanations})
	})
}

// explainerOf explains the output that a request names, by ?output=name.
func (g *generation) explainerOf(named []string) (Explainer, error) {
	if len(named) == 0 {
		return g.explainer, nil
	}
	wrong := func(format string, args ...any) error {
		return refused(http.StatusBadRequest, format, args...).at(-1, "output")
	}
	if len(named) > 1 {
		return nil, wrong("is named %d times, and one output is explained at a time", len(named))
	}
	var names []string
	for _, o := range g.description.Outputs {
		names = append(names, o.Name)
	}
	of, ok := g.explainer.(OutputExplainer)
	switch {
	case len(names) == 0:
		return nil, wrong("the model has one output, which has no name; leave it out")
	case !slices.Contains(names, named[0]):
		return nil, wrong("the model has no output %s, it has %s", quoted(named[0]), clip(strings.Join(names, ", ")))
	case !ok:
		return nil, wrong("this server explains the first output only")
	}
	return of.Answering(named[0]), nil
}

func (s *Server) explanations(ctx context.Context, g *generation, by Explainer, c *claim, rows []infer.Row) ([]json.RawMessage, error) {
	if len(rows) > maxExplained {
		return nil, refused(http.StatusRequestEntityTooLarge, "%d rows, at most %d are explained at a time", len(rows), maxExplained)
	}
	c.yield() // whoever is explaining may wait for a core
	if err := g.mayExplain(ctx, s.budget.stopping); err != nil {
		return nil, err
	}
	defer func() { <-g.explaining }()
	all := []json.RawMessage{}
	for i, row := range rows {
		e, err := g.explainOne(ctx, by, s.priority, c, row)
		if err != nil {
			return nil, atRow(err, i)
		}
		if err := c.hold(2 * int64(len(e))); err != nil { // it is copied into the answer
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// mayExplain waits for the turn to explain, unless the server stops meanwhile.
func (g *generation) mayExplain(ctx context.Context, stopping <-chan struct{}) error {
	select {
	case g.explaining <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.explaining <- struct{}{}:
		return nil
	case <-stopping:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// explainOne is an explanation as JSON. Its images are decoded, at most twice.
func (g *generation) explainOne(ctx context.Context, by Explainer, p *priority, c *claim, row infer.Row) (json.RawMessage, error) {
	bytes, pixels := g.model.Cost(row)
	done, err := c.work(ctx, bytes+g.resident.each, 2*pixels)
	if err != nil {
		return nil, err
	}
	defer done()
	h := p.humble()
	defer h.pause()
	var e any
	lowly(func() { e, err = by.Explain(context.WithValue(ctx, humbleKey{}, h), row) })
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

// maxExplained bounds the rows of a request for explanations, each of which
// takes as long as hundreds of predictions.
const maxExplained = 16
