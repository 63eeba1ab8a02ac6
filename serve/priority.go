package serve

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// A priority lets predictions go before explanations, which take hundreds of times as
// long. Whoever explains asks GiveWay between pieces of a few milliseconds, and waits
// there while predictions are under way; but no longer than nine times what the piece
// took, so that explanations go on, at a tenth of their speed, where predictions never
// cease.
type priority struct {
	mu    sync.Mutex
	under int           // predictions under way
	clear chan struct{} // closed when there are none
}

func newPriority() *priority {
	p := &priority{clear: make(chan struct{})}
	close(p.clear)
	return p
}

// begin says that a prediction is under way, until end.
func (p *priority) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under++; p.under == 1 {
		p.clear = make(chan struct{})
	}
}

func (p *priority) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.under--; p.under == 0 {
		close(p.clear)
	}
}

// quiet is closed once no prediction is under way.
func (p *priority) quiet() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clear
}

// A humble task gives way. While it works, it counts as one task for each core, so that its
// loops run on its own goroutine: the other cores stay free for what comes, and a prediction
// never waits for the end of a loop that has spread over all of them.
type humble struct {
	priority *priority
	since    time.Time // it last went on
	release  []func()
}

func (p *priority) humble() *humble {
	h := &humble{priority: p}
	h.resume()
	return h
}

// resume begins a piece of work.
func (h *humble) resume() {
	for range runtime.GOMAXPROCS(0) { // pause withdraws them
		h.release = append(h.release, parallel.Task())
	}
	h.since = time.Now()
}

// pause ends one.
func (h *humble) pause() {
	for _, f := range h.release {
		f()
	}
	h.release = h.release[:0]
}

// patience is how many times as long as it worked a humble task waits.
const patience = 9

func (h *humble) giveWay(ctx context.Context) error {
	runtime.Gosched() // a prediction may be about to begin
	quiet := h.priority.quiet()
	select {
	case <-quiet:
		return ctx.Err()
	default:
	}
	h.pause()
	defer h.resume()
	over := time.NewTimer(patience * time.Since(h.since))
	defer over.Stop()
	select {
	case <-quiet:
	case <-over.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

type humbleKey struct{}

// GiveWay lets predictions that are under way go first. An Explainer calls it with its
// context between pieces of work of a few milliseconds. It returns the context's error.
func GiveWay(ctx context.Context) error {
	if h, ok := ctx.Value(humbleKey{}).(*humble); ok {
		return h.giveWay(ctx)
	}
	return ctx.Err()
}
