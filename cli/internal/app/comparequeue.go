package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/trainer"
)

// train makes the runs that are not there yet: the inputs alone first, then,
// as it is known which is the best of them, fusions and pairs, seed by seed, so
// that a budget that ends early leaves about as many seeds of each.
func (c *comparison) train(ctx context.Context) error {
	q := &queue{c: c, ctx: ctx, jobs: c.options.Jobs}
	if q.jobs == 0 {
		q.jobs = runtime.GOMAXPROCS(0)
	}
	if c.options.Budget > 0 {
		q.deadline = time.Now().Add(c.options.Budget)
	}
	c.board = newBoard(c.streams.Err, c.warned, c.metric, c.asked(), q.jobs)
	defer c.board.end()
	if err := c.announce(); err != nil {
		return err
	}
	alone := len(c.config.Inputs)
	if err := q.make(c.contenders[:alone]); err != nil {
		return err
	}
	if c.study().BestModality() >= 0 {
		if err := c.addPairs(); err != nil {
			return err
		}
	}
	rest := slices.Clone(c.contenders[alone:])
	slices.SortStableFunc(rest, func(a, b *contender) int { // pairs behind fusions
		return cmp.Compare(a.kind, b.kind)
	})
	return q.make(rest)
}

// announce says what there is to do.
func (c *comparison) announce() error {
	w := c.streams.Err
	alone := len(c.config.Inputs)
	pairs := 0
	if !c.paired() {
		pairs = c.pairsToCome()
	}
	fusions := 0
	for _, k := range c.contenders[alone:] {
		if k.kind == compare.Fusion {
			fusions++
		} else {
			pairs++
		}
	}
	parts := []string{several(alone, "input") + " alone", several(pairs, "pair"), several(fusions, "fusion")}
	fmt.Fprintf(w, "%s: %s, with %s each: %s; writing to %s\n",
		c.config.Name, strings.Join(parts, ", "), several(c.options.Seeds, "seed"), several(c.asked(), "run"), c.dir)
	for _, s := range c.skipped {
		fmt.Fprintf(w, "skipped %s: %s\n", s.Name, s.Reason)
	}
	tasks, err := c.tasks(c.contenders)
	if err != nil {
		return err
	}
	if other, data := c.stale(tasks); other > 0 {
		fmt.Fprintf(w, "not used: %s there of other data, and %d of another config or version\n", several(data, "run"), other-data)
	}
	return nil
}

// several counts things.
func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// tasks are the runs of contenders, seed by seed.
func (c *comparison) tasks(of []*contender) ([]*task, error) {
	var all []*task
	for s := range c.options.Seeds {
		for _, k := range of {
			t, err := c.newTask(k, c.config.Seed+uint64(s))
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// queue makes runs, several beside each other: a run on a core of its own loses
// nothing to the forks and joins inside its operators.
type queue struct {
	c        *comparison
	ctx      context.Context
	jobs     int
	deadline time.Time // zero: none

	mu      sync.Mutex
	waiting []*task
	started bool
	err     error
}

// make makes the runs of contenders that are not there yet. Of those that the
// budget leaves no time for nothing is said here: they are missing.
func (q *queue) make(of []*contender) error {
	tasks, err := q.c.tasks(of)
	if err != nil {
		return err
	}
	q.waiting = q.waiting[:0]
	for _, t := range tasks {
		if r := t.load(q.c.warned.tell); r != nil {
			q.c.take(t, r)
			q.c.board.there(t, r)
		} else {
			q.waiting = append(q.waiting, t)
		}
	}
	q.c.board.left(q.waiting)
	ctx, cancel := context.WithCancel(q.ctx)
	if !q.deadline.IsZero() {
		ctx, cancel = context.WithDeadline(q.ctx, q.deadline)
	}
	defer cancel()
	var workers sync.WaitGroup
	for range min(q.jobs, len(q.waiting)) {
		workers.Go(func() {
			for t := q.next(ctx); t != nil; t = q.next(ctx) {
				if err := q.one(ctx, t); err != nil {
					q.fail(err)
					cancel() // the others save a checkpoint
				}
			}
		})
	}
	workers.Wait()
	if q.err == nil && q.ctx.Err() != nil {
		q.err = trainer.ErrInterrupted
	}
	return q.err
}

// next is the first run that the budget has time for; nil for none. The first
// of all is begun whatever it takes, as it goes on from its checkpoint another
// time.
func (q *queue) next(ctx context.Context) *task {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil || q.err != nil {
		return nil
	}
	for i, t := range q.waiting {
		if !q.started || q.deadline.IsZero() || time.Until(q.deadline) >= q.c.board.expected(t.of) {
			q.started = true
			q.waiting = slices.Delete(q.waiting, i, i+1)
			return t
		}
	}
	return nil
}

// one makes a run. That the budget ended, or numbers did, is no error of the
// comparison.
func (q *queue) one(ctx context.Context, t *task) error {
	if q.jobs > 1 {
		defer parallel.Task()()
	}
	b := q.c.board
	b.begin(t)
	r, err := q.c.make(ctx, t, func(s trainer.Step) { b.step(t, s) })
	q.mu.Lock()
	defer q.mu.Unlock()
	stopped := errors.Is(err, trainer.ErrInterrupted) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil:
		q.c.take(t, r)
		b.done(t, r)
	case stopped && q.ctx.Err() == nil && q.err == nil:
		b.stop(t, "stopped by the budget, with a checkpoint")
	case stopped:
		b.stop(t, "")
	case diverged(err):
		b.stop(t, "failed: "+err.Error())
		q.c.skipped = append(q.c.skipped, skip{t.String(), err.Error()})
	default:
		b.stop(t, "")
		return fmt.Errorf("%v: %w", t, err)
	}
	return nil
}

func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
}

// take adds a run to its contender, in the order of seeds.
func (c *comparison) take(t *task, r *runRecord) {
	k := t.of
	at, _ := slices.BinarySearchFunc(k.runs, r.Seed, func(r *runRecord, seed uint64) int { return cmp.Compare(r.Seed, seed) })
	k.runs = slices.Insert(k.runs, at, r)
}

// absent lists the runs that are not there, by contender.
func (c *comparison) absent() []string {
	var out []string
	for _, k := range c.contenders {
		var seeds []string
		for s := range c.options.Seeds {
			seed := c.config.Seed + uint64(s)
			if !slices.ContainsFunc(k.runs, func(r *runRecord) bool { return r.Seed == seed }) {
				seeds = append(seeds, fmt.Sprint(seed))
			}
		}
		if len(seeds) > 0 {
			out = append(out, fmt.Sprintf("%s (seeds %s)", k.name, strings.Join(seeds, ", ")))
		}
	}
	return out
}
