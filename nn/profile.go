package nn

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"
)

// profiling is process-wide, since it is a tool for interactive use.
var profiling atomic.Bool

// Profile turns the timing of operators on or off, for all programs.
func Profile(on bool) { profiling.Store(on) }

// Timing is the time spent in one operator of a program.
type Timing struct {
	Name  string
	Spent time.Duration
}

func (e *executor[T]) timings() []Timing {
	var ts []Timing
	for _, c := range e.code {
		if c.spent > 0 {
			ts = append(ts, Timing{c.name, c.spent})
		}
	}
	slices.SortStableFunc(ts, func(a, b Timing) int { return cmp.Compare(b.Spent, a.Spent) })
	return ts
}
