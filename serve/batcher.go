package serve

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
)

// batcher computes rows of several requests at once. A worker takes what waits;
// only if other requests are about to join does it wait for them, and not for
// long. Answers do not depend on who shares a batch.
type batcher struct {
	model  *infer.Model
	most   int
	wait   time.Duration
	queue  chan *job
	bulk   chan struct{} // requests that are batches by themselves: one fewer than there are workers
	coming atomic.Int64  // requests that are being prepared
	done   sync.WaitGroup
	sizes  func(rows int) // told of each batch
}

// job is the rows of one request.
type job struct {
	ctx  context.Context
	rows []*infer.Prepared
	out  chan answer // of capacity 1: a worker never waits for a reader
}

type answer struct {
	predictions []infer.Prediction
	err         error
}

func newBatcher(m *infer.Model, o Options, sizes func(int)) *batcher {
	b := &batcher{model: m, most: o.MaxBatch, wait: o.BatchWait, queue: make(chan *job, o.InFlight),
		bulk: make(chan struct{}, max(1, o.Workers-1)), sizes: sizes}
	for range o.Workers {
		b.done.Go(b.work)
	}
	return b
}

// close ends the workers after the jobs that were given to it.
func (b *batcher) close() {
	close(b.queue)
	b.done.Wait()
}

// compute computes prepared rows, together with those of others. One without an
// answer has an Err.
func (b *batcher) compute(ctx context.Context, rows []*infer.Prepared) ([]infer.Prediction, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if len(rows) >= b.most { // enough by themselves
		select {
		case b.bulk <- struct{}{}:
			defer func() { <-b.bulk }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		b.sizes(len(rows))
		return b.model.AnswerEach(ctx, rows)
	}
	j := &job{ctx: ctx, rows: rows, out: make(chan answer, 1)}
	select {
	case b.queue <- j:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-j.out:
		return a.predictions, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *batcher) work() {
	for first := range b.queue {
		b.run(b.gather(first))
	}
}

// gather adds jobs to the first until there are rows enough, or none is about
// to come, or waiting has lasted long enough.
func (b *batcher) gather(first *job) []*job {
	jobs, rows := []*job{first}, len(first.rows)
	var over <-chan time.Time
	add := func(j *job) { jobs, rows = append(jobs, j), rows+len(j.rows) }
	for rows < b.most {
		select {
		case j, open := <-b.queue:
			if !open {
				return jobs
			}
			add(j)
			continue
		default:
		}
		if b.wait <= 0 || b.coming.Load() == 0 {
			return jobs
		}
		if over == nil {
			over = time.After(b.wait)
		}
		select {
		case j, open := <-b.queue:
			if !open {
				return jobs
			}
			add(j)
		case <-over:
			return jobs
		}
	}
	return jobs
}

// run answers jobs, but for those whose client no longer waits.
func (b *batcher) run(jobs []*job) {
	var rows []*infer.Prepared
	for _, j := range jobs {
		if j.ctx.Err() == nil {
			rows = append(rows, j.rows...)
		} else {
			j.rows = nil
		}
	}
	if len(rows) == 0 {
		return
	}
	b.sizes(len(rows))
	all, err := b.model.AnswerEach(context.Background(), rows)
	for _, j := range jobs {
		if err != nil {
			j.out <- answer{err: err}
			continue
		}
		n := len(j.rows)
		j.out <- answer{predictions: all[:n:n]}
		all = all[n:]
	}
}
