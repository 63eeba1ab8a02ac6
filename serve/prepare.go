package serve

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chiasm-ml/chiasm/infer"
)

// outcome is what became of a row.
type outcome struct {
	row    *infer.Prepared
	masked []*infer.Error
	err    error
}

// prepareAll reads, decodes and tokenises rows, many of them on several cores. It
// ends at the first row that cannot be used, unless the request wants its others.
func (b *batcher) prepareAll(ctx context.Context, c *claim, r request) ([]outcome, error) {
	all := make([]outcome, len(r.rows))
	var next atomic.Int64
	var failed atomic.Bool
	work := func() {
		for !failed.Load() {
			i := int(next.Add(1)) - 1
			if i >= len(all) {
				return
			}
			all[i] = b.prepare(ctx, c, r.rows[i], r.onError)
			if all[i].err != nil && !r.skips(all[i].err) {
				failed.Store(true)
			}
		}
	}
	if n := min(runtime.GOMAXPROCS(0), len(all)/b.most); n < 2 {
		work()
	} else {
		var done sync.WaitGroup
		for range n {
			done.Go(work)
		}
		done.Wait()
	}
	for i, o := range all { // rows are begun in order, so that this is the first of those that fail
		if o.err != nil && !r.skips(o.err) {
			return nil, atRow(o.err, i)
		}
	}
	return all, nil
}

// skips reports whether a row with this error has no prediction, and the others do.
func (r request) skips(err error) bool {
	var e *infer.Error
	return r.onError == onErrorSkip && errors.As(err, &e)
}

// prepare is one row, in memory that the claim has.
func (b *batcher) prepare(ctx context.Context, c *claim, row infer.Row, policy string) (o outcome) {
	if o.err = ctx.Err(); o.err != nil {
		return o
	}
	bytes, pixels := b.model.Cost(row)
	done, err := c.work(ctx, bytes, pixels)
	if err != nil {
		o.err = err
		return o
	}
	b.coming.Add(1)
	if policy == onErrorMask {
		o.row, o.masked, o.err = b.model.PrepareMasked(row)
	} else {
		o.row, o.err = b.model.Prepare(row)
	}
	b.coming.Add(-1)
	done()
	if o.err == nil {
		o.err = c.hold(o.row.Bytes())
	}
	return o
}

// predict answers rows. Where the request wants rows told apart, those of no use have a
// prediction without a Value, and an error.
func (b *batcher) predict(ctx context.Context, c *claim, r request) ([]infer.Prediction, []rowError, error) {
	if err := c.hold(int64(len(r.rows)) * b.model.AnswerBytes()); err != nil {
		return nil, nil, err
	}
	all, err := b.prepareAll(ctx, c, r)
	c.yield()
	if err != nil {
		return nil, nil, err
	}
	var told []rowError
	var rows []*infer.Prepared
	for i, o := range all {
		for _, e := range o.masked {
			told = append(told, newRowError(i, e, true))
		}
		var e *infer.Error
		if errors.As(o.err, &e) {
			told = append(told, newRowError(i, e, false))
		} else {
			rows = append(rows, o.row)
		}
	}
	if err := c.hold(toldBytes(told)); err != nil {
		return nil, nil, err
	}
	some, err := b.compute(ctx, rows)
	if err != nil {
		return nil, told, err
	}
	predictions := make([]infer.Prediction, len(all))
	for i, o := range all {
		if o.err != nil {
			continue
		}
		predictions[i], some = some[0], some[1:]
		if why := predictions[i].Err; why != nil {
			if r.onError != onErrorSkip { // no cell of it is at fault
				return nil, told, atRow(why, i)
			}
			told = append(told, newRowError(i, why, false))
		}
	}
	slices.SortStableFunc(told, func(a, b rowError) int { return cmp.Compare(a.Row, b.Row) })
	return predictions, told, nil
}

// atRow sets the row of an error about one.
func atRow(err error, i int) error {
	var e *infer.Error
	var known *refusal
	switch {
	case errors.As(err, &e):
		e.Row = i
	case errors.As(err, &known) && known.status == http.StatusRequestEntityTooLarge && known.row < 0:
		return known.at(i, known.field)
	}
	return err
}
