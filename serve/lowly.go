package serve

import "runtime"

// lowly runs f on a thread of its own, to which the system gives the processor after others:
// where all cores are busy, it would let a thread that explains work on for milliseconds before one
// that has just been woken to predict. A panic of f is one of the caller.
func lowly(f func()) {
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		runtime.LockOSThread() // and never unlocked, so that the thread ends with this goroutine
		lower()
		f()
	}()
	if p := <-ended; p != nil {
		panic(p)
	}
}
