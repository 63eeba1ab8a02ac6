package parallel

import "sync"

// Run calls body(0) … body(n-1), each once, in no particular order and on
// several goroutines, and returns when all have returned. The calling goroutine
// takes part. A panic in a body is raised again here, with its value, after
// the bodies that were under way have returned; those not yet begun are left out.
//
// Run does not allocate. A func literal that captures variables does, at the
// call: keep it in a field and fill the variables it reads.
func Run(n int, body func(i int)) {
	if n > 1 && shared.run(job{n: n, body: body}) {
		return
	}
	for i := range n {
		body(i)
	}
}

// Task says that a piece of work which runs many loops begins beside others,
// until it calls the function that is returned. While there are as many such
// tasks as cores, each runs its loops on its own goroutine: none would find an
// idle core, and looking for one costs.
func Task() (done func()) {
	shared.tasks.Add(1)
	var once sync.Once
	return func() { once.Do(func() { shared.tasks.Add(-1) }) }
}

// Rows calls body for the ranges [0, grain), [grain, 2·grain) … that make up
// [0, n). The ranges depend on n and grain alone. A grain below 1 counts as 1.
// In all else it is Run.
func Rows(n, grain int, body func(lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	j := job{n: (n-1)/grain + 1, rows: body, grain: grain, end: n}
	if j.n > 1 && shared.run(j) {
		return
	}
	for i := range j.n {
		j.call(i)
	}
}

// job is one loop. Exactly one of body and rows is set.
type job struct {
	n    int
	body func(i int)

	rows       func(lo, hi int)
	grain, end int
}

func (j *job) call(i int) {
	if j.body != nil {
		j.body(i)
		return
	}
	lo := i * j.grain
	j.rows(lo, min(lo+j.grain, j.end))
}
