package parallel

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func ExampleRows() {
	x := []float64{1, 2, 3, 4, 5, 6, 7}
	sums := make([]float64, 3)
	Rows(len(x), 3, func(lo, hi int) {
		for _, v := range x[lo:hi] {
			sums[lo/3] += v
		}
	})
	fmt.Println(sums)
	// Output: [6 15 7]
}

// procs sets GOMAXPROCS for one test.
func procs(t testing.TB, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func TestRunCallsEachIndexOnce(t *testing.T) {
	for _, p := range []int{1, 2, 4, 3, 1, 2} {
		procs(t, p)
		for _, n := range []int{-1, 0, 1, 2, 3, 7, 100} {
			for range 50 {
				count := make([]int32, max(n, 0))
				Run(n, func(i int) { atomic.AddInt32(&count[i], 1) })
				for i, c := range count {
					if c != 1 {
						t.Fatalf("GOMAXPROCS %d, n %d: body(%d) called %d times", p, n, i, c)
					}
				}
			}
		}
	}
}

func TestRowsCutsByGrainAlone(t *testing.T) {
	for _, c := range []struct {
		n, grain int
		want     [][2]int
	}{
		{0, 4, nil}, {-3, 4, nil}, {3, 4, [][2]int{{0, 3}}}, {4, 4, [][2]int{{0, 4}}},
		{9, 4, [][2]int{{0, 4}, {4, 8}, {8, 9}}}, {2, 0, [][2]int{{0, 1}, {1, 2}}},
	} {
		for _, p := range []int{1, 2, 4} {
			procs(t, p)
			var mu sync.Mutex
			var got [][2]int
			Rows(c.n, c.grain, func(lo, hi int) {
				mu.Lock()
				got = append(got, [2]int{lo, hi})
				mu.Unlock()
			})
			slices.SortFunc(got, func(a, b [2]int) int { return a[0] - b[0] })
			if !slices.Equal(got, c.want) {
				t.Errorf("Rows(%d, %d) at GOMAXPROCS %d: %v, want %v", c.n, c.grain, p, got, c.want)
			}
		}
	}
}

func TestSeveralGoroutinesTakePart(t *testing.T) {
	procs(t, 2)
	var wg sync.WaitGroup
	wg.Add(2)
	Run(2, func(int) { wg.Done(); wg.Wait() }) // ends only if both run at once
}

func TestNestedAndConcurrentCalls(t *testing.T) {
	procs(t, 4)
	var n atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				Run(5, func(int) {
					Run(3, func(int) { Rows(8, 3, func(lo, hi int) { n.Add(int64(hi - lo)) }) })
				})
			}
		})
	}
	wg.Wait()
	if want := int64(4 * 50 * 5 * 3 * 8); n.Load() != want {
		t.Errorf("inner bodies covered %d rows, want %d", n.Load(), want)
	}
}

func TestPanicReachesCallerWithItsValue(t *testing.T) {
	procs(t, 4)
	boom := errors.New("boom")
	try := func(n, bad int) (v any) {
		defer func() { v = recover() }()
		Run(n, func(i int) {
			if i == bad {
				panic(boom)
			}
		})
		return nil
	}
	for round := range 200 {
		n := 1 + round%9
		if v := try(n, round%n); v != boom {
			t.Fatalf("n %d: recovered %v, want %v", n, v, boom)
		}
		if v := try(n, -1); v != nil {
			t.Fatalf("a panic of an earlier loop came again: %v", v)
		}
	}
}

func TestGoexitInBodyLeavesPoolUsable(t *testing.T) {
	procs(t, 4)
	for range 50 {
		done := make(chan any)
		go func() {
			defer func() { done <- recover() }()
			Run(8, func(i int) {
				if i == 3 {
					runtime.Goexit()
				}
			})
		}()
		if v := <-done; v != nil && v != errGoexit {
			t.Fatalf("recovered %v", v)
		}
		var n atomic.Int64
		Run(8, func(int) { n.Add(1) })
		if n.Load() != 8 {
			t.Fatalf("after Goexit %d of 8 bodies ran", n.Load())
		}
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	procs(t, 2)
	var n atomic.Int64
	body := func(int) { n.Add(1) }
	rows := func(lo, hi int) { n.Add(int64(hi - lo)) }
	Run(4, body)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection allocates, and wakes goroutines
	// testing.AllocsPerRun sets GOMAXPROCS to 1, and so would miss the workers.
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 1000 {
		Run(16, body)
		Rows(64, 5, rows)
	}
	runtime.ReadMemStats(&after)
	if a := after.Mallocs - before.Mallocs; a > 100 { // the runtime's own are few
		t.Errorf("%d allocations in 1000 rounds", a)
	}
}

func BenchmarkForkJoin(b *testing.B) {
	body := func(int) {}
	for b.Loop() {
		Run(2, body)
	}
}

// With a task a core, loops stay on their goroutine; with fewer they do not.
func TestTasks(t *testing.T) {
	procs(t, 2)
	// together reports whether two bodies run at once, of which the first waits
	// so long for the second: long where it must come, on however busy a machine.
	together := func(wait time.Duration) bool {
		var inside, most atomic.Int64
		Run(2, func(int) {
			most.Store(max(most.Load(), inside.Add(1)))
			for begun := time.Now(); most.Load() < 2 && time.Since(begun) < wait; {
				runtime.Gosched()
			}
			inside.Add(-1)
		})
		return most.Load() == 2
	}
	const long, short = 5 * time.Minute, time.Millisecond
	first := Task()
	if !together(long) {
		t.Error("one task of two cores has one core")
	}
	second := Task()
	for range 20 {
		if together(short) {
			t.Fatal("two tasks of two cores run loops on each other's core")
		}
	}
	second()
	second()
	if shared.tasks.Load() != 1 || !together(long) {
		t.Error("a task that is done still holds its core")
	}
	first()
	if shared.tasks.Load() != 0 {
		t.Error("tasks are left over")
	}
}

// The caller claims from the front, workers from the back, and each index once.
func TestEnds(t *testing.T) {
	var e ends
	e.set(0, 3)
	var got []int
	for _, claim := range []func() (int, bool){e.last, e.first, e.last, e.first, e.last} {
		if i, ok := claim(); ok {
			got = append(got, i)
		}
	}
	if want := []int{2, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("claimed %v, want %v", got, want)
	}
}
