package parallel

import "sync"

// Run calls body(0) … body(n-1), each once, in no particular order and on several goroutines
// including the caller's, and returns when all have returned. A panic in a body is raised again
// here, with its value, after the bodies in progress have returned; the remaining ones are skipped.
//
// Run does not allocate. A func literal that captures variables allocates at the call: keep it in a
// field and set the variables it reads.
func Run(n int, body func(i int)) {
	if n > 1 && shared.run(job{n: n, body: body}) {
		return
	}
	for i := range n {
		body(i)
	}
}

// Task announces that a piece of work with many loops is running concurrently with others, until
// the returned function is called. While there are at least as many such tasks as cores, each runs
// its loops on its own goroutine: none would find an idle core, and searching for one is costly.
func Task() (done func()) {
	shared.tasks.Add(1)
	var once sync.Once
	return func() { once.Do(func() { shared.tasks.Add(-1) }) }
}

// Rows calls body for the ranges [0, grain), [grain, 2·grain) … that make up [0, n). The ranges
// depend only on n and grain. A grain below 1 counts as 1. Otherwise it is like Run.
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
