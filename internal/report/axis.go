package report

import (
	"math"
	"slices"
	"strconv"
)

// px is a length in a drawing, written with one decimal.
type px float64

func (p px) String() string {
	return strconv.FormatFloat(math.Round(float64(p)*10)/10+0, 'f', -1, 64)
}

// An axis maps numbers to places in a drawing.
type axis struct {
	low, high float64
	from, to  float64 // places of low and high
	log       bool
	Ticks     []tick
}

type tick struct {
	At    px
	Label string
}

// far is as far from zero as a drawing goes: the differences of numbers near the
// ends of the range of float64 overflow.
const far = 1e300

// span is the range of the finite ones of some numbers, never an empty one; 0
// to 1 if there are none.
func span(groups ...[]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, g := range groups {
		for _, v := range g {
			if finite(v) {
				v = min(max(v, -far), far)
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	greatest := max(math.Abs(low), math.Abs(high))
	switch {
	case high-low > max(greatest*1e-6, 1/far):
		return low, high
	case greatest <= 1/far:
		return low - 1, high + 1
	}
	return low - greatest*0.1, high + greatest*0.1
}

// newAxis covers a range with about n round ticks, one of them at each end.
func newAxis(low, high, from, to float64, n int) axis {
	step := niceStep((high - low) / float64(n))
	a := axis{from: from, to: to, low: math.Floor(low/step) * step, high: math.Ceil(high/step) * step}
	for i := 0; i <= int(math.Round((a.high-a.low)/step)); i++ {
		v := a.low + float64(i)*step
		if math.Abs(v) < step*1e-9 {
			v = 0
		}
		a.Ticks = append(a.Ticks, tick{px(a.place(v)), compact(v)})
	}
	return a
}

// logAxis is newAxis on a logarithmic scale, for positive numbers.
func logAxis(low, high, from, to float64, n int) axis {
	a := axis{from: from, to: to, log: true, low: math.Floor(math.Log10(low)), high: math.Ceil(math.Log10(high))}
	step := math.Ceil((a.high - a.low) / float64(n))
	for e := a.low; e <= a.high; e += step {
		a.Ticks = append(a.Ticks, tick{px(a.place(e)), compact(math.Pow(10, e))})
	}
	return a
}

// within keeps an axis that goes over a bound which no number passes, such as 1
// for a share, from showing more than the bound.
func (a axis) within(low, high float64) axis {
	if a.log || a.low >= low && a.high <= high {
		return a
	}
	b := axis{low: max(a.low, low), high: min(a.high, high), from: a.from, to: a.to}
	for _, t := range a.Ticks {
		at := b.place(a.value(float64(t.At)))
		if at >= min(b.from, b.to)-1e-6 && at <= max(b.from, b.to)+1e-6 {
			b.Ticks = append(b.Ticks, tick{px(at), t.Label})
		}
	}
	return b
}

// niceStep is the smallest of 1, 2 and 5 times a power of ten that is not less
// than step.
func niceStep(step float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(step)))
	for _, m := range []float64{1, 2, 5} {
		if m*p >= step*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// at is where a number is drawn; NaN for one that has no place.
func (a axis) at(v float64) float64 {
	if a.log {
		if v <= 0 {
			return math.NaN()
		}
		v = math.Log10(v)
	}
	return a.place(v)
}

func (a axis) place(v float64) float64 {
	return a.from + (v-a.low)/(a.high-a.low)*(a.to-a.from)
}

func (a axis) value(at float64) float64 {
	return a.low + (at-a.from)/(a.to-a.from)*(a.high-a.low)
}

// wholeAxis covers first to last with ticks at whole numbers, both ends among
// them.
func wholeAxis(first, last int, from, to float64, n int) axis {
	a := axis{low: float64(first), high: float64(last), from: from, to: to}
	if first == last {
		a.low, a.high = a.low-1, a.high+1
		a.Ticks = []tick{{px(a.place(float64(first))), count(first)}}
		return a
	}
	step := max(1, int(niceStep(float64(last-first)/float64(n))))
	all := []int{first}
	for v := (first/step + 1) * step; v < last; v += step {
		// A tick too near to an end would touch its number.
		if v-first > step/2 && last-v > step/2 {
			all = append(all, v)
		}
	}
	for _, v := range append(all, last) {
		a.Ticks = append(a.Ticks, tick{px(a.place(float64(v))), count(v)})
	}
	return a
}

// spaced moves places apart until neighbours have a gap between them, as little
// as it can from below a limit upwards.
func spaced(at []float64, gap, low, high float64) []float64 {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case at[a] < at[b]:
			return -1
		case at[a] > at[b]:
			return 1
		}
		return 0
	})
	out := slices.Clone(at)
	for i, k := range order {
		if i > 0 {
			out[k] = max(out[k], out[order[i-1]]+gap)
		}
		out[k] = max(out[k], low)
	}
	limit := high
	for i := len(order) - 1; i >= 0; i-- {
		out[order[i]] = min(out[order[i]], limit)
		limit = out[order[i]] - gap
	}
	return out
}
