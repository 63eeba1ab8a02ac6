package data

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// each is the function each for rows of the table, of which some may be left out.
func (t *Table) Each(ctx context.Context, n int, f func(i int) error) error {
	if t == nil {
		return errNoTable
	}
	if t.Bad == nil || t.Bad.Most < 1 {
		return each(ctx, n, 0, f)
	}
	errs := make([]error, n)
	if err := each(ctx, n, 0, func(i int) error { errs[i] = f(i); return nil }); err != nil {
		return err
	}
	for _, err := range errs { // in order, whatever the number of workers
		if err := t.Skip(err); err != nil {
			return err
		}
	}
	return nil
}

// each calls f for 0 to n-1 on several goroutines, in no order. Of several
// errors it returns that of the lowest index, whatever the number of workers.
func each(ctx context.Context, n, workers int, f func(i int) error) error {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		next, failed atomic.Int64 // failed: the lowest index with an error
		mu           sync.Mutex
		first        error
		wg           sync.WaitGroup
	)
	failed.Store(int64(n))
	for range min(workers, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= failed.Load() { // indices are handed out in order, so all below will be seen
					return
				}
				if err := f(int(i)); err != nil {
					mu.Lock()
					if i < failed.Load() {
						failed.Store(i)
						first = err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if first == nil {
		return ctx.Err()
	}
	return first
}
