package serve

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// A budget is the memory that all requests may take together, in bytes. It is
// charged what a stage takes at most, before the stage takes it; what the model takes is
// reserved for as long as it is there.
//
// There are two ways to be charged. What a request holds while it goes on (its body,
// its values, its answer) is charged at once or refused at once: were requests that
// hold memory to wait for more, they could wait for each other. What a stage takes and
// gives back before the request needs anything else (parsing, decoding) is waited for.
//
// Small requests have a part of their own in both, or a few large ones would keep
// everybody waiting. Within a part, the first to ask is the first to be given.
type budget struct {
	held, work lanes
	used, peak atomic.Int64
	waiting    atomic.Int64  // requests that wait for memory or a core
	busy       chan struct{} // large work under way, one a core: more would only take memory
	large      chan struct{} // large requests admitted
	reading    chan struct{} // long bodies of which a piece is being read, one a core
	stopping   chan struct{} // closed once nothing new is begun
	stop       func()        // closes it

	reserving sync.Mutex
	reserved  int64 // by the model
	bytes     int64 // in all
	inFlight  int64 // requests at a time
}

type lanes struct{ small, large *lane }

// A lane is one part of the budget.
type lane struct {
	free  *semaphore.Weighted
	share int64        // eighths of the budget
	most  atomic.Int64 // of one request: what there is, or what counts as small
}

// What counts as small: more than an ordinary row takes, and less than a photograph.
const (
	smallHeld   = 256 << 10
	smallWork   = 8 << 20
	smallPixels = 512 << 10
	grain       = 8 << 10 // small requests are charged once, not for every value
)

// newBudget divides bytes: an eighth for what small requests hold, and for their work,
// three eighths for each of large ones.
func newBudget(bytes int64, cores, inFlight int) *budget {
	lanes := func(small int64) lanes {
		part := func(share, most int64) *lane {
			l := &lane{free: semaphore.NewWeighted(bytes / 8 * share), share: share}
			l.most.Store(most)
			return l
		}
		return lanes{small: part(1, min(small, bytes/64)), large: part(3, bytes/8*3)}
	}
	stopping := make(chan struct{})
	b := &budget{
		bytes: bytes, inFlight: int64(max(1, inFlight)),
		stopping: stopping, stop: sync.OnceFunc(func() { close(stopping) }),
		held: lanes(smallHeld), work: lanes(smallWork), busy: make(chan struct{}, cores),
		large: make(chan struct{}, max(1, inFlight/4*3)), reading: make(chan struct{}, cores),
	}
	b.boundSmall()
	return b
}

// boundSmall sets what a small request may hold so that all requests under way can hold as much:
// however many of them are about to be large, the others are never refused.
func (b *budget) boundSmall() {
	b.held.small.most.Store(max(0, min(smallHeld, b.bytes/64, (b.bytes-b.reserved)/8/b.inFlight)))
}

// reserve takes what stays while a model is there, in place of what was reserved before,
// from all parts alike. Where requests hold what is missing, it waits for them.
func (b *budget) reserve(ctx context.Context, bytes int64) error {
	b.reserving.Lock()
	defer b.reserving.Unlock()
	more := (bytes+7)/8 - b.reserved/8 // of an eighth
	for i, l := range []*lane{b.held.small, b.work.small, b.held.large, b.work.large} {
		if more < 0 {
			l.free.Release(-more * l.share)
		} else if err := l.free.Acquire(ctx, more*l.share); err != nil {
			for _, before := range []*lane{b.held.small, b.work.small, b.held.large, b.work.large}[:i] {
				before.free.Release(more * before.share)
			}
			return err
		}
	}
	for _, l := range []*lane{b.held.large, b.work.large} {
		l.most.Add(-more * l.share)
	}
	b.reserved += 8 * more
	b.boundSmall()
	return nil
}

// note counts what was taken or, if negative, given back.
func (b *budget) note(n int64) {
	used := b.used.Add(n)
	for peak := b.peak.Load(); used > peak && !b.peak.CompareAndSwap(peak, used); {
		peak = b.peak.Load()
	}
}

// A claim is what one request has of the budget. It may be used by several
// goroutines. Release it in the end.
type claim struct {
	b *budget

	mu       sync.Mutex
	held     int64 // of its lane
	spare    int64 // of held: taken, and not yet asked for
	large    bool  // its lane
	admitted bool  // it has a place among the large ones
	turning  sync.Mutex
	core     bool // one of the cores for large work is its own
	began    bool // it had one

	pixels int64 // decoded
	most   int64 // of a piece of work
}

func (b *budget) claim() *claim { return &claim{b: b} }

// hold takes bytes until they are given back, or the claim is released. It does not
// wait.
func (c *claim) hold(n int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n <= c.spare {
		c.spare -= n
		return nil
	}
	more := n - c.spare
	most := c.b.held.large.most.Load()
	if small := c.b.held.small.most.Load(); !c.large && c.held+more <= small {
		most = small // rounding makes no request large
	}
	if whole := (more + grain - 1) / grain * grain; c.held+whole <= most {
		more = whole
	}
	if err := c.take(more); err != nil {
		return err
	}
	c.spare += more - n
	return nil
}

func (c *claim) take(n int64) error {
	small, large := c.b.held.small, c.b.held.large
	want, from := n, small
	switch {
	case c.held+n > large.most.Load():
		return tooLarge("the request", c.held+n, large.most.Load())
	case c.large:
		from = large
	case c.held+n > small.most.Load(): // it moves
		want, from = c.held+n, large
	}
	if !from.free.TryAcquire(want) {
		return errBusy
	}
	if from == large && !c.large {
		small.free.Release(c.held)
		c.large = true
	}
	c.held += n
	c.b.note(n)
	return nil
}

// give gives back bytes that were held.
func (c *claim) give(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.spare += n; c.spare > grain { // the rest is for what comes next
		c.drop(c.spare - grain)
		c.spare = grain
	}
}

func (c *claim) drop(n int64) {
	if c.large {
		c.b.held.large.free.Release(n)
	} else {
		c.b.held.small.free.Release(n)
	}
	c.held -= n
	c.b.note(-n)
}

// release gives back all that is held.
func (c *claim) release() {
	c.yield()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.held)
	c.spare = 0
	if c.admitted {
		<-c.b.large
		c.admitted = false
	}
}

// admit takes a place among the large requests that are under way, if the claim is
// large: they leave places to small ones.
func (c *claim) admit(large bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.admitted || !c.large && !large {
		return nil
	}
	select {
	case c.b.large <- struct{}{}:
		c.admitted = true
		return nil
	default:
		return errQueue
	}
}

// work waits for bytes, which done gives back; until then nothing else may be waited
// for. Pixels tell how long it takes: a request that takes long waits for a core first,
// and keeps it until yield. So whoever holds memory of large work can go on with it, and
// who began first is done first.
func (c *claim) work(ctx context.Context, n, pixels int64) (done func(), err error) {
	if c.counts(n, pixels) {
		if err := c.admit(true); err != nil {
			return nil, err
		}
	}
	l := c.b.work.small
	if n > l.most.Load() {
		l = c.b.work.large
	}
	if most := l.most.Load(); n > most {
		return nil, tooLarge("a part of the request", n, most)
	}
	if err := c.turn(ctx); err != nil {
		return nil, err
	}
	if !l.free.TryAcquire(n) {
		c.b.waiting.Add(1)
		err := l.free.Acquire(ctx, n)
		c.b.waiting.Add(-1)
		if err != nil {
			return nil, err
		}
	}
	c.b.note(n)
	return func() {
		l.free.Release(n)
		c.b.note(-n)
	}, nil
}

// counts adds work to what the request has done, and says whether it is still small.
func (c *claim) counts(n, pixels int64) (large bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pixels += pixels
	c.most = max(c.most, n)
	return c.most > c.b.work.small.most.Load() || c.pixels > smallPixels
}

// turn waits for a core, if the request is large and has none.
func (c *claim) turn(ctx context.Context) error {
	c.mu.Lock()
	large := c.admitted
	c.mu.Unlock()
	if !large {
		return nil
	}
	c.turning.Lock() // for all its goroutines
	defer c.turning.Unlock()
	if c.core {
		return nil
	}
	select {
	case c.b.busy <- struct{}{}:
		c.core, c.began = true, true
		return nil
	default:
	}
	c.b.waiting.Add(1)
	defer c.b.waiting.Add(-1)
	select {
	case c.b.busy <- struct{}{}:
		c.core, c.began = true, true
		return nil
	case <-c.stopping():
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopping ends the waiting of a request that has not begun; one that has goes on.
func (c *claim) stopping() <-chan struct{} {
	if c.began {
		return nil
	}
	return c.b.stopping
}

// yield gives the core back.
func (c *claim) yield() {
	c.turning.Lock()
	defer c.turning.Unlock()
	if c.core {
		<-c.b.busy
		c.core = false
	}
}

var (
	errStopping = unavailable("the server is stopping")

	errBusy  = unavailable("requests under way take all the memory there is (--memory); try again")
	errQueue = &refusal{status: http.StatusTooManyRequests, row: -1, retry: true, message: "too many large requests are being answered; try again"}
)

// tooLarge is the refusal of what can never fit.
func tooLarge(what string, need, most int64) error {
	no := refused(http.StatusRequestEntityTooLarge, "%s takes %s of memory to answer, at most %s are given (--memory); send less at a time", what, inBytes(need), inBytes(most))
	no.never = true
	return no
}

func inBytes(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%d KiB", (n+1<<10-1)>>10)
	}
	return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20)
}
