package simd

import (
	"math"
	"testing"
)

func TestMaxPool(t *testing.T) {
	onPaths(t, func(t *testing.T) {
		r := source(11)
		for range 200 {
			m := MaxPool{H: 1 + r.IntN(40), W: 1 + r.IntN(40), KH: 1 + r.IntN(4), KW: 1 + r.IntN(4), StrideH: 1 + r.IntN(3), StrideW: 1 + r.IntN(3)}
			m.PadH, m.PadW = r.IntN(m.KH/2+1), r.IntN(m.KW/2+1)
			oh, ow := (m.H+2*m.PadH-m.KH)/m.StrideH+1, (m.W+2*m.PadW-m.KW)/m.StrideW+1
			if m.H+2*m.PadH < m.KH || m.W+2*m.PadW < m.KW {
				continue
			}
			x, y := random(r, m.H*m.W), newGuarded(oh*ow, 3)
			m.Plane(y.in, x)
			y.intact(t, "result")
			for i := range oh {
				for j := range ow {
					want := float32(math.Inf(-1))
					for a := max(0, i*m.StrideH-m.PadH); a < min(m.H, i*m.StrideH-m.PadH+m.KH); a++ {
						for b := max(0, j*m.StrideW-m.PadW); b < min(m.W, j*m.StrideW-m.PadW+m.KW); b++ {
							want = max(want, x[a*m.W+b])
						}
					}
					if got := y.in[i*ow+j]; got != want {
						t.Fatalf("%+v: [%d, %d] = %v, want %v", m, i, j, got, want)
					}
				}
			}
			noAllocs(t, "Plane", func() { m.Plane(y.in, x) })
		}
	})
}
