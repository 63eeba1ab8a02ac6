package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
)

// EvaluateOptions are the flags of evaluate.
type EvaluateOptions struct {
	SourceOptions
	Split string // only the rows of this split, as the model's config cuts the table
	// Missing and Importance ask for what the model does without some inputs, by
	// Metric; empty: the main one of the output's type.
	Missing, Importance bool
	Metric              string
}

// Evaluate measures a model on a table that has answers.
func Evaluate(ctx context.Context, o EvaluateOptions, s Streams) error {
	if !o.Missing && !o.Importance {
		o.cache = -1 // every row is read once
	}
	o.prints = true
	src, err := openSource(ctx, o.SourceOptions, true, warnTo(s))
	if err != nil {
		return err
	}
	defer src.close()
	rows, err := src.rows(o.Split)
	if err != nil {
		return err
	}
	if rows, err = src.usable(ctx, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return &UsageError{fmt.Sprintf("%s has no rows in the split %q", o.Data, o.Split)}
	}
	bar := newProgress(s.Err, "evaluating", "rows", len(rows))
	e, err := trainer.Evaluate(ctx, src.bundle.Model, src.dataset, rows, trainer.EvalOptions{
		Workers: src.bundle.Config.Training.Workers, Progress: func(n int) { bar.set(n, "") },
	})
	bar.end()
	if err != nil {
		return err
	}
	tellUndefined(s.Err, src.dataset, rows, cmp.Or(o.Split, "all"), e.Values)
	more, err := src.study(ctx, o, rows, s)
	if err != nil {
		return err
	}
	if err := src.tell(o.SourceOptions, s); err != nil {
		return err
	}
	seen := src.seen(rows)
	if o.Split != "train" {
		seen.tell(s.Err)
	}
	if s.JSON {
		b, err := json.MarshalIndent(struct {
			Rows    int `json:"rows"`
			Metrics any `json:"metrics"`
			// TrainedOn is absent where the model does not keep its training rows.
			TrainedOn *data.Seen `json:"trained_on,omitempty"`
			// Data is what became of every cell, as data_report.json of a run.
			Data *data.Report `json:"data"`
			studies
		}{len(rows), e.Values, seen.Seen, src.report, more}, "", "  ")
		if err != nil {
			return err
		}
		_, err = s.Out.Write(append(b, '\n'))
		return err
	}
	if o.Split == "" {
		o.Split = "all rows"
	}
	writeMetrics(s.Out, []split{{o.Split, e.Values}})
	more.writeTo(s.Out, len(rows))
	return nil
}

func warnTo(s Streams) func(error) {
	return func(err error) { fmt.Fprintf(s.Err, "warning: %v\n", err) }
}
