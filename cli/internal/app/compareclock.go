package app

import (
	"context"
	"slices"
	"time"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// What is measured of inference: rows in batches as evaluation has them, from
// decoded cells to predictions; the fastest of a few passes, as others only tell
// what else the machine did.
const (
	clockRows   = 512
	clockPasses = 3
)

// clock measures what a row costs each contender at inference, one after the
// other and with nothing beside it, unless that was measured before.
func (c *comparison) clock(ctx context.Context) error {
	for _, k := range c.contenders {
		if len(k.runs) == 0 || slices.ContainsFunc(k.runs, func(r *runRecord) bool { return r.InferenceMicros > 0 }) {
			continue
		}
		r := k.runs[0]
		b, err := bundle.Load(ctx, r.folder, bundle.Options{Registry: c.options.Registry})
		if err != nil {
			return err
		}
		rows := k.data.Splits.Test[:min(clockRows, len(k.data.Splits.Test))]
		best := time.Duration(0)
		for pass := range 1 + clockPasses {
			begun := time.Now()
			if _, err := trainer.Predict(ctx, b.Model, k.data.Dataset, rows, trainer.EvalOptions{Workers: k.config.Training.Workers}); err != nil {
				return err
			}
			// The first pass builds the programs.
			if d := time.Since(begun); pass == 1 || pass > 1 && d < best {
				best = d
			}
		}
		r.InferenceMicros = metrics.Number(float64(best.Nanoseconds()) / 1000 / float64(len(rows)))
		if err := r.within(ctx, c.warn, r.write); err != nil {
			return err
		}
	}
	return nil
}
