package serve

import (
	"context"
	"errors"
	"testing"
	"time"
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
