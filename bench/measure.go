package main

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// contender is one side of a measurement, ready to run.
type contender struct {
	peer    string // ours, pytorch-eager, …
	threads int
	run     func(n int) (time.Duration, error) // n times
}

// ours is the peer name of this project.
const ours = "chiasm"

// local creates a contender from a Go function.
func local(threads int, now clock, step func() error) *contender {
	return &contender{peer: ours, threads: threads, run: func(n int) (time.Duration, error) {
		old := runtime.GOMAXPROCS(threads)
		defer runtime.GOMAXPROCS(old)
		start := now()
		for range n {
			if err := step(); err != nil {
				return 0, err
			}
		}
		return now() - start, nil
	}}
}

// plan says how long to measure.
type plan struct {
	rounds int
	span   time.Duration // of one contender in one round, about
}

// rest is the pause between contenders, in which the threads of the last one stop spinning.
// OpenBLAS's spin for 2²⁶ clock ticks, about 25 ms.
const rest = 40 * time.Millisecond

// measure runs contenders in alternation and returns the seconds of one run of each,
// [contender][round], so that disturbances of the machine affect all of them equally.
func measure(ctx context.Context, p plan, cs []*contender) ([][]float64, error) {
	counts := make([]int, len(cs))
	for i, c := range cs {
		n, err := calibrate(c, p.span)
		if err != nil {
			return nil, err
		}
		counts[i] = n
	}
	seconds := make([][]float64, len(cs))
	for range p.rounds {
		for i, c := range cs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			time.Sleep(rest)
			d, err := c.run(counts[i])
			if err != nil {
				return nil, err
			}
			seconds[i] = append(seconds[i], d.Seconds()/float64(counts[i]))
		}
	}
	return seconds, nil
}

// calibrate warms a contender up and finds the number of runs that fill the span.
func calibrate(c *contender, span time.Duration) (int, error) {
	if _, err := c.run(2); err != nil {
		return 0, err
	}
	n := 1
	for {
		d, err := c.run(n)
		if err != nil {
			return 0, err
		}
		if d >= span/4 || n >= 1<<16 {
			return max(1, int(float64(n)*float64(span)/float64(max(d, 1)))), nil
		}
		n *= 4
	}
}

// spread is a median with its range.
type spread struct{ median, low, high float64 }

func spreadOf(x []float64) spread {
	s := slices.Sorted(slices.Values(x))
	m := s[len(s)/2]
	if len(s)%2 == 0 {
		m = (m + s[len(s)/2-1]) / 2
	}
	return spread{m, s[0], s[len(s)-1]}
}

// ratios are the peer's times divided by ours, round by round: above 1, ours is faster.
func ratios(ours, theirs []float64) spread {
	r := make([]float64, len(ours))
	for i := range r {
		r[i] = theirs[i] / ours[i]
	}
	return spreadOf(r)
}
