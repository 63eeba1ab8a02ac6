package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
)

// onPaths runs a test once on each path that the machine has.
func onPaths(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, name := range Paths() {
		t.Run(name, func(t *testing.T) {
			defer Force(name)()
			test(t)
		})
	}
}

// lengths are those at which kernels go from one loop to another, and some of no
// pattern.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 100, 127, 128, 129, 200, 255, 257, 1000, 4099}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

const guard = 12345.678

// guarded holds a slice between guard values, at an odd offset.
type guarded struct {
	all, in []float32
}

func newGuarded(n, shift int) guarded {
	all := make([]float32, n+64+shift)
	for i := range all {
		all[i] = guard
	}
	return guarded{all, all[32+shift : 32+shift+n : 32+shift+n]}
}

// intact fails the test if a guard value was written.
func (g guarded) intact(t *testing.T, what string) {
	t.Helper()
	lead := (len(g.all) - len(g.in)) - 32
	for i, v := range g.all {
		if v != guard && (i < lead || i >= lead+len(g.in)) {
			t.Fatalf("%s: wrote outside the slice, at %d of [0, %d)", what, i-lead, len(g.in))
		}
	}
}

// fill draws from the normal distribution.
func fill(r *rand.Rand, xs ...[]float32) {
	for _, x := range xs {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := newGuarded(n, r.IntN(16)).in
	fill(r, x)
	return x
}

// ulps is the distance of got from want in units in the last place of want, as a float32.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	switch {
	case got == w || got != got && w != w:
		return 0
	case got != got || math.IsInf(float64(w), 0) || math.IsInf(float64(got), 0):
		return math.Inf(1)
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e, -125)-24)
}

// near fails unless got is within tol of want, relative to scale.
func near(t *testing.T, what string, got float32, want, scale, tol float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= tol*scale) {
		t.Fatalf("%s: %v, want %v: off by %.3g of %.3g", what, got, want, d/scale, tol)
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// noAllocs fails if f allocates once it has been called a few times. Unlike
// testing.AllocsPerRun it leaves GOMAXPROCS at 2.
func noAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection allocates, and wakes goroutines
	for range 20 {
		f()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		f()
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 20 { // the runtime's own are few
		t.Errorf("%s: %d allocations in 50 calls", what, n)
	}
}

func TestForceRefusesUnknownPath(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Force of an unknown path did not panic")
		}
	}()
	Force("avx1024")
}

func ExampleForce() {
	defer Force("portable")()
	fmt.Println(Path())
	// Output: portable
}
