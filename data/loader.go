package data

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/chiasm-ml/chiasm/rng"
)

// LoaderOptions says how the rows of a dataset become batches.
type LoaderOptions struct {
	BatchSize int    // rows a batch; the last may have fewer
	Shuffle   bool   // a new order each epoch
	Augment   bool   // change rows at random, for training
	Weigh     bool   // give rows the dataset's weights, for training; else each has 1
	Seed      uint64 // of order and augmentation
	Workers   int    // goroutines that prepare batches ahead; 0 prepares each when it is asked for
	// From, if set, says which row an input is taken from instead of the row at
	// hand; -1 takes it away. All else stays that of the row.
	From func(input, row int) int
}

// A Loader gives the batches of some rows of a dataset, epoch by epoch. What
// they hold depends on the seed and the epoch, and never on the number of
// workers or on where the epoch was begun.
type Loader struct {
	dataset *Dataset
	rows    []int
	options LoaderOptions
	order   rng.Key
	augment []rng.Key // by input

	mu    sync.Mutex
	spare []*Batch // memory that no epoch uses
}

var errNoDataset = errors.New("data: a Dataset is missing: NewDataset makes one")

// NewLoader makes a loader of the given rows of d.
func NewLoader(d *Dataset, rows []int, o LoaderOptions) (*Loader, error) {
	if d == nil {
		return nil, errNoDataset
	}
	if o.BatchSize < 1 {
		return nil, &ConfigError{"batch_size", fmt.Sprintf("is %d, expected 1 or more", o.BatchSize)}
	}
	if o.Workers < 0 {
		return nil, &ConfigError{"workers", fmt.Sprintf("is %d, expected 0 or more", o.Workers)}
	}
	o.BatchSize = min(o.BatchSize, max(1, len(rows)))
	l := &Loader{dataset: d, rows: rows, options: o}
	root := rng.New(o.Seed)
	l.order = root.Name("order")
	for _, in := range d.inputs {
		l.augment = append(l.augment, root.Name("augment").Name(in.Name))
	}
	return l, nil
}

// Len is the number of batches in an epoch.
func (l *Loader) Len() int {
	size := max(1, l.options.BatchSize)
	return (len(l.rows) + size - 1) / size
}

// Rows is the number of rows in an epoch.
func (l *Loader) Rows() int { return len(l.rows) }

// Order is the rows of an epoch in the order in which its batches take them. It
// is not to be written to.
func (l *Loader) Order(epoch int) []int {
	if !l.options.Shuffle {
		return l.rows
	}
	rows := make([]int, len(l.rows))
	for i, j := range l.order.Int(epoch).Perm(len(l.rows)) {
		rows[i] = l.rows[j]
	}
	return rows
}

// Epoch goes over the batches of an epoch from the given one on, 0 for all. A
// batch is valid until the loop goes on. A row that cannot be used ends the
// loop with its error, after the batches before it; so does the end of ctx.
// When the loop ends, however it does, its goroutines have ended.
func (l *Loader) Epoch(ctx context.Context, epoch, from int) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		e := &run{l: l, ctx: ctx, epoch: epoch, rows: l.Order(epoch)}
		e.change = e.augment
		if l.options.Workers == 0 {
			e.inline(from, yield)
		} else {
			e.ahead(from, yield)
		}
	}
}

// A run is one epoch under way.
type run struct {
	l     *Loader
	ctx   context.Context
	epoch int
	rows  []int // in the epoch's order
	// change is augment, bound once: binding it for each row would allocate.
	change func(input, row int) Augment
}

func (e *run) inline(from int, yield func(*Batch, error) bool) {
	b := e.l.take()
	defer e.l.give(b)
	for i := from; i < e.l.Len(); i++ {
		if err := e.fill(b, i); err != nil {
			yield(nil, err)
			return
		}
		if !yield(b, nil) {
			return
		}
	}
}

// ahead keeps a ring of batches filled by the workers, one more than there are
// workers, so that each has work while the loop's body holds one.
func (e *run) ahead(from int, yield func(*Batch, error) bool) {
	depth := min(e.l.options.Workers+1, e.l.Len()-from)
	if depth < 1 {
		return
	}
	var cancel context.CancelFunc
	e.ctx, cancel = context.WithCancel(e.ctx)
	ring := make([]*Batch, depth)
	done := make([]chan error, depth)
	for k := range ring {
		ring[k], done[k] = e.l.take(), make(chan error, 1)
	}
	jobs := make(chan int, depth)
	var workers sync.WaitGroup
	for range min(e.l.options.Workers, depth) {
		workers.Go(func() {
			for i := range jobs {
				done[i%depth] <- e.fill(ring[i%depth], i)
			}
		})
	}
	defer func() {
		cancel()
		close(jobs)
		workers.Wait()
		for _, b := range ring {
			e.l.give(b)
		}
	}()
	for i := from; i < from+depth; i++ {
		jobs <- i
	}
	for i := from; i < e.l.Len(); i++ {
		if err := <-done[i%depth]; err != nil {
			yield(nil, err)
			return
		}
		if !yield(ring[i%depth], nil) {
			return
		}
		if next := i + depth; next < e.l.Len() {
			jobs <- next
		}
	}
}

// fill prepares batch i.
func (e *run) fill(b *Batch, i int) error {
	size := e.l.options.BatchSize
	rows := e.rows[i*size : min((i+1)*size, len(e.rows))]
	b.resize(len(rows))
	b.Index = i
	copy(b.Rows, rows)
	for k, row := range rows {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		if err := e.l.dataset.write(b, k, row, e.change, e.l.options.From, e.l.options.Weigh); err != nil {
			return err
		}
	}
	return nil
}

// augment is how an input of a row is changed in this epoch.
func (e *run) augment(input, row int) Augment {
	if !e.l.options.Augment {
		return Augment{}
	}
	return Augment{On: true, Key: e.l.augment[input].Int(e.epoch).Int(row)}
}

// take finds or makes memory for a batch.
func (l *Loader) take() *Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return b
	}
	return newBatch(l.dataset, l.options.BatchSize)
}

func (l *Loader) give(b *Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare = append(l.spare, b)
}
