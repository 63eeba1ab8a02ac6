package serve

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
)

const testMemory = 64 << 20

func status(err error) int {
	var r *refusal
	if errors.As(err, &r) {
		return r.status
	}
	return 0
}

// What is taken is given back, and never more than there is.
func TestBudgetIsNeverExceeded(t *testing.T) {
	b := newBudget(testMemory, 2, 16)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for k := range 50 {
				c := b.claim()
				for n := range 20 {
					size := int64(i*k*n) << 5
					switch err := c.hold(size); {
					case err != nil && status(err) != http.StatusServiceUnavailable:
						t.Error(err)
					case err == nil && n%5 == 4:
						c.give(size)
					}
				}
				if done, err := c.work(context.Background(), int64(1+i*k)<<12, int64(i)<<14); err == nil {
					done()
				} else if status(err) != http.StatusTooManyRequests {
					t.Error(err)
				}
				c.release()
			}
		})
	}
	all.Wait()
	if used, peak := b.used.Load(), b.peak.Load(); used != 0 || peak > testMemory || peak == 0 {
		t.Errorf("%d bytes are left, %d were taken at most, of %d", used, peak, testMemory)
	}
	if len(b.busy) != 0 || len(b.large) != 0 {
		t.Errorf("%d cores and %d places are still taken", len(b.busy), len(b.large))
	}
}

// What can never fit is 413 at once, what does not fit now 503; work waits, for as
// long as its context, and small work does not wait for large work.
func TestBudgetRefusesOrWaits(t *testing.T) {
	b := newBudget(testMemory, 2, 16)
	first := b.claim()
	if got := status(first.hold(testMemory)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too much to hold: %d", got)
	}
	if _, err := first.work(context.Background(), testMemory, 0); status(err) != http.StatusRequestEntityTooLarge {
		t.Errorf("too much work: %v", err)
	}
	most := b.held.large.most.Load()
	if err := first.hold(most); err != nil {
		t.Fatal(err)
	}
	second := b.claim()
	if got := status(second.hold(most)); got != http.StatusServiceUnavailable {
		t.Errorf("no room: %d", got)
	}
	if err := second.hold(1000); err != nil {
		t.Errorf("a small request beside a large one: %v", err)
	}
	done, err := first.work(context.Background(), b.work.large.most.Load(), 0)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := second.work(ended, b.work.large.most.Load(), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting without end: %v", err)
	}
	end, err := b.claim().work(context.Background(), 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	end()
	granted := make(chan error)
	go func() {
		done, err := second.work(context.Background(), b.work.large.most.Load(), 0)
		if err == nil {
			done()
		}
		granted <- err
	}()
	done()
	if err := <-granted; err != nil {
		t.Error(err)
	}
	first.release()
	second.release()
	if used := b.used.Load(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}

// Large requests leave places to small ones.
func TestLargeRequestsLeavePlaces(t *testing.T) {
	b := newBudget(testMemory, 2, 8)
	for range 6 {
		if err := b.claim().admit(true); err != nil {
			t.Fatal(err)
		}
	}
	if got := status(b.claim().admit(true)); got != http.StatusTooManyRequests {
		t.Errorf("the seventh of eight: %d", got)
	}
	if err := b.claim().admit(false); err != nil {
		t.Errorf("a small one: %v", err)
	}
}

func TestQuotesAreCut(t *testing.T) {
	long := make([]rune, 1000)
	for i := range long {
		long[i] = 'é'
	}
	if got := []rune(clip(string(long))); len(got) > longestQuote+40 || string(got[longestQuote:]) != "… (880 characters more)" {
		t.Errorf("%q", string(got))
	}
	if got := clip("short"); got != "short" {
		t.Errorf("%q", got)
	}
	if got := quoted("a\x1bb"); got != `"a\x1bb"` {
		t.Errorf("%s", got)
	}
}
