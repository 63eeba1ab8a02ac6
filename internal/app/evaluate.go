package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chiasm-ml/chiasm/trainer"
)

// Evaluate measures a model on a table that has answers, or on one split of it
// as the model's config cuts it.
func Evaluate(ctx context.Context, o SourceOptions, part string, s Streams) error {
	src, err := openSource(ctx, o, true, warnTo(s))
	if err != nil {
		return err
	}
	defer src.close()
	rows, err := src.rows(part)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return &UsageError{fmt.Sprintf("%s has no rows in the split %q", o.Data, part)}
	}
	bar := newProgress(s.Err, "evaluating", "rows", len(rows))
	e, err := trainer.Evaluate(ctx, src.bundle.Model, src.dataset, rows, trainer.EvalOptions{
		Workers: src.bundle.Config.Training.Workers, Progress: func(n int) { bar.set(n, "") },
	})
	bar.end()
	if err != nil {
		return err
	}
	if s.JSON {
		b, err := json.MarshalIndent(struct {
			Rows    int `json:"rows"`
			Metrics any `json:"metrics"`
		}{len(rows), e.Values}, "", "  ")
		if err != nil {
			return err
		}
		_, err = s.Out.Write(append(b, '\n'))
		return err
	}
	if part == "" {
		part = "all rows"
	}
	writeMetrics(s.Out, []split{{part, e.Values}})
	return nil
}

func warnTo(s Streams) func(error) {
	return func(err error) { fmt.Fprintf(s.Err, "warning: %v\n", err) }
}
