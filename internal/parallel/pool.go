package parallel

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// shared is the only pool of the process: two pools would compete for the same cores.
var shared pool

// A worker spins for about a tenth of a millisecond before it sleeps while it waits for the next
// loop, as does a caller waiting for the end of its own. The operators of a network follow each
// other more closely than that, the last body of a loop may take that long, and waking a sleeping
// thread costs more than most bodies.
const (
	spinRounds = 64
	spinLooks  = 2000 // about two microseconds, after which other goroutines may run
)

// spin reports whether ready became true in time.
func spin(ready func() bool) bool {
	for range spinRounds {
		for range spinLooks {
			if ready() {
				return true
			}
		}
		runtime.Gosched()
	}
	return false
}

// ends holds the unclaimed indices [lo, hi), lo in the lower half. The caller claims them from the
// front and workers from the back, so that in consecutive loops over the same rows a core mostly
// gets rows that are in its cache.
type ends struct{ atomic.Uint64 }

func (e *ends) set(lo, hi int) { e.Store(uint64(hi)<<32 | uint64(lo)) }

func (e *ends) first() (int, bool) {
	for {
		v := e.Load()
		lo, hi := v&math.MaxUint32, v>>32
		if lo >= hi {
			return 0, false
		}
		if e.CompareAndSwap(v, v+1) {
			return int(lo), true
		}
	}
}

func (e *ends) last() (int, bool) {
	for {
		v := e.Load()
		lo, hi := v&math.MaxUint32, v>>32
		if lo >= hi {
			return 0, false
		}
		if e.CompareAndSwap(v, v-1<<32) {
			return int(hi - 1), true
		}
	}
}

// A pool holds one loop at a time. Workers enter and leave it through the gate; the caller closes
// the gate when no index is left and then waits only for those inside. A worker whose core was
// taken away before it entered therefore delays nobody.
type pool struct {
	mu      sync.Mutex // held by the caller whose loop is running
	workers []*worker

	job  job
	left ends // indices to be claimed

	gate atomic.Int64 // closed, or the number of workers inside
	done chan struct{}

	tasks atomic.Int64 // number of concurrent tasks

	failed atomic.Bool
	value  any // what the first failing body panicked with
}

// closed is added to the gate when no more workers may enter. When the gate is closed and empty,
// its value is exactly closed.
const closed = -1 << 32

// Set on the gate in addition to closed by a caller that has gone to sleep.
const sleeping = -1 << 33

var errGoexit = errors.New("parallel: body called runtime.Goexit")

// run reports whether it has run j; it declines if the pool is taken, if there is only one core, or
// if every core has a task.
func (p *pool) run(j job) bool {
	procs := runtime.GOMAXPROCS(0)
	if procs == 1 || p.tasks.Load() >= int64(procs) || !p.mu.TryLock() {
		return false
	}
	p.start(procs - 1)
	p.job = j
	p.left.set(0, j.n)
	p.failed.Store(false)
	p.gate.Store(0)
	returned := false
	defer func() { p.finish(returned) }() // deferred, since the body may call Goexit
	for _, w := range p.workers[:min(procs-1, j.n-1)] {
		w.wake()
	}
	p.work(p.left.first)
	returned = true
	return true
}

// finish waits for the workers, frees the pool, and raises a panic of a body again, unless the
// caller's goroutine is exiting.
func (p *pool) finish(returned bool) {
	p.join()
	p.job = job{} // so as not to keep the caller's closure alive
	failed, value := p.failed.Load(), p.value
	p.value = nil
	p.mu.Unlock()
	if failed && returned {
		panic(value)
	}
}

// start ensures that there are n workers.
func (p *pool) start(n int) {
	if p.done == nil {
		p.done = make(chan struct{}, 1)
		p.gate.Store(closed)
	}
	for len(p.workers) < n {
		w := &worker{pool: p, bell: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go w.loop()
	}
}

// work claims indices until none is left.
func (p *pool) work(claim func() (int, bool)) {
	finished := false
	defer func() {
		if finished {
			return
		}
		v := recover()
		if v == nil {
			v = errGoexit
		}
		p.left.set(0, 0)
		if p.failed.CompareAndSwap(false, true) {
			p.value = v
		}
	}()
	for {
		i, ok := claim()
		if !ok {
			break
		}
		p.job.call(i)
	}
	finished = true
}

// join closes the gate and waits until the workers inside have left.
func (p *pool) join() {
	if p.gate.Add(closed) == closed {
		return
	}
	if spin(func() bool { return p.gate.Load() == closed }) || p.gate.Add(sleeping) == closed+sleeping {
		return
	}
	<-p.done
}

func (p *pool) enter() bool {
	for {
		g := p.gate.Load()
		if g < 0 {
			return false
		}
		if p.gate.CompareAndSwap(g, g+1) {
			return true
		}
	}
}

func (p *pool) leave() {
	if p.gate.Add(-1) == closed+sleeping {
		p.done <- struct{}{}
	}
}

// A worker spins on its state for a while, then sleeps until it is woken by its bell.
type worker struct {
	pool  *pool
	state atomic.Int32
	bell  chan struct{}
}

const (
	idle = iota // awake, polling its state
	called
	asleep
)

func (w *worker) wake() {
	if w.state.Swap(called) == asleep {
		w.bell <- struct{}{}
	}
}

func (w *worker) loop() {
	defer func() { go w.loop() }() // reached only if a body calls Goexit
	for {
		w.await()
		w.help()
	}
}

func (w *worker) help() {
	if !w.pool.enter() {
		return
	}
	defer w.pool.leave()
	w.pool.work(w.pool.left.last)
}

// await returns when the worker has been called.
func (w *worker) await() {
	awake := spin(func() bool { return w.state.Load() == called })
	if !awake && w.state.CompareAndSwap(idle, asleep) {
		<-w.bell
	}
	w.state.Store(idle)
}
