package serve

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// Whoever gives way waits while a prediction is under way, for a time that follows from
// how long it worked, and no longer than its context.
func TestB11_PredictionsGoFirst(t *testing.T) {
	p := newPriority()
	ctx := context.Background()
	h := p.humble()
	defer h.pause()
	long := func() { h.since = time.Now().Add(-time.Hour) }
	long()
	if err := h.giveWay(ctx); err != nil { // nobody is there
		t.Fatal(err)
	}
	p.begin()
	p.begin()
	went := make(chan error)
	go func() {
		long()
		went <- GiveWay(context.WithValue(ctx, humbleKey{}, h))
	}()
	p.end()
	select {
	case <-went:
		t.Error("it went on beside a prediction")
	default:
	}
	p.end()
	if err := <-went; err != nil {
		t.Fatal(err)
	}
	p.begin()
	defer p.end()
	h.since = time.Now()
	if err := h.giveWay(ctx); err != nil { // and waits no longer than nine times nothing
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	long()
	if err := h.giveWay(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := GiveWay(ctx); err != nil { // of nobody in particular
		t.Fatal(err)
	}
}

// The loops of a humble task run on its goroutine alone, on any number of cores, until it
// pauses.
func TestB11_ExplanationsKeepToOneCore(t *testing.T) {
	for _, cores := range []int{2, 3, 4} {
		t.Run(fmt.Sprint(cores), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			h := newPriority().humble()
			defer h.pause()
			var inside, most atomic.Int64
			parallel.Run(8*cores, func(int) {
				most.Store(max(most.Load(), inside.Add(1)))
				for range 1000 {
					runtime.Gosched() // long enough for another core to take a part
				}
				inside.Add(-1)
			})
			if most.Load() != 1 {
				t.Errorf("%d parts of a loop ran at a time, of a task that leaves the other cores free", most.Load())
			}
		})
	}
}

// Clients that are refused together are not refused together the next time: how long they
// wait is spread evenly between one and two seconds.
func TestB11_RefusalsAreSpread(t *testing.T) {
	const clients, parts = 1000, 20
	var p places
	var in [parts]int
	for range clients {
		wait := p.longest()
		if wait < retryAfter || wait >= 2*retryAfter {
			t.Fatalf("%v, want %v to %v", wait, retryAfter, 2*retryAfter)
		}
		in[(wait-retryAfter)*parts/retryAfter]++
	}
	for i, n := range in {
		if n < clients/parts-3 || n > clients/parts+3 {
			t.Errorf("%d of %d clients wait for part %d of %d", n, clients, i, parts)
		}
	}
}
