package simd

import "sync"

// A freeList keeps used values for the next user. Unlike a sync.Pool, it is not emptied by the
// garbage collector, so a training step allocates nothing after its first run; it holds as many
// values as were ever in use at once.
type freeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

func (l *freeList[T]) get() *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return new(T)
	}
	v := l.free[n-1]
	l.free = l.free[:n-1]
	return v
}

func (l *freeList[T]) put(v *T) {
	l.mu.Lock()
	l.free = append(l.free, v)
	l.mu.Unlock()
}

// scratch is the working memory of one goroutine while it multiplies: the packed operands and the
// arguments of the kernel.
type scratch struct {
	a, b []float32
	tile tile
	slab []float32 // images with their padding
	c    []float32 // results in transit

	gathered gathered // what b holds
}

var scratches freeList[scratch]

// takeScratch returns an empty scratch, to be put back.
func takeScratch() *scratch {
	s := scratches.get()
	s.gathered = gathered{}
	return s
}

// A buffer holds what the tasks of one call share: packed weights, transposed images, partial sums.
// Consecutive calls reuse the same memory, so a network of many layers needs only as much as its
// largest layer.
type buffer struct{ data []float32 }

var buffers freeList[buffer]

// take returns a buffer of n uninitialised elements, to be put back.
func take(n int) *buffer {
	b := buffers.get()
	b.data = grow(b.data, n)
	return b
}

// grow returns a slice of n uninitialised elements: s if it is long enough.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}
