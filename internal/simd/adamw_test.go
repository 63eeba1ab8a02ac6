package simd_test

import (
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/rng"
)

// The optimizer's step has the same bits on all paths.
func TestAdamWSameOnAllPaths(t *testing.T) {
	const n = 1003
	draw := func(name string) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.New(1).Name(name).Normal(i))
		}
		return x
	}
	var first [][]float32
	for _, path := range simd.Paths() {
		restore := simd.Force(path)
		p, m, v := draw("p"), draw("m"), draw("v")
		for i := range v {
			v[i] *= v[i]
		}
		for range 20 {
			simd.AdamW(p, m, v, draw("g"), 1e-2, 0.9, 0.98, 1e-8, 0.1, 0.7, 0.3, 0.5)
		}
		restore()
		if first == nil {
			first = [][]float32{p, m, v}
			continue
		}
		for k, x := range [][]float32{p, m, v} {
			if !slices.Equal(x, first[k]) {
				t.Errorf("%s: array %d differs from that of %s", path, k, simd.Paths()[0])
			}
		}
	}
}
