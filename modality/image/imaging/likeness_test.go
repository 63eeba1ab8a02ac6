package imaging

import (
	"math"
	"math/bits"
	"testing"
)

// gradient gets darker to the right in its left half, brighter in its right.
func gradient(c, h, w, add int) *Raster {
	r := newRaster(c, h, w)
	for i := range r.Pix {
		x := i % w
		r.Pix[i] = uint8(add + 200*max(w-1-2*x, 2*x-w+1)/w)
	}
	return r
}

func TestDifferenceHash(t *testing.T) {
	const half = 0xf0f0f0f0f0f0f0f0 // four of eight differences a row, the first four
	for _, r := range []*Raster{gradient(3, 40, 45, 0), gradient(1, 8, 9, 0), gradient(3, 90, 180, 40), gradient(4, 33, 31, 10)} {
		h, ok := r.DifferenceHash()
		if d := bits.OnesCount64(h ^ half); !ok || d > 0 {
			t.Errorf("%d×%d×%d: %x, want %x", r.C, r.H, r.W, h, uint64(half))
		}
	}
	plain, small := newRaster(3, 32, 32), gradient(3, 7, 32, 0)
	noisy := newRaster(1, 32, 32)
	for i := range noisy.Pix {
		noisy.Pix[i] = uint8(200 + i*7%11)
	}
	for name, r := range map[string]*Raster{"one colour": plain, "too few rows": small, "too few columns": gradient(3, 32, 8, 0), "noise on a ground": noisy} {
		if h, ok := r.DifferenceHash(); ok {
			t.Errorf("%s has the hash %x", name, h)
		}
	}
}

func TestLikeness(t *testing.T) {
	a := gradient(3, 10, 12, 0)
	brighter, negative, tinted := gradient(3, 10, 12, 30), newRaster(3, 10, 12), gradient(3, 10, 12, 0)
	for i, v := range a.Pix {
		negative.Pix[i] = 255 - v
	}
	clear(tinted.plane(0))
	faded := gradient(4, 10, 12, 0)
	other := gradient(4, 10, 12, 0)
	clear(other.plane(3)) // opacity alone
	for _, c := range []struct {
		name string
		a, b *Raster
		want float64
	}{
		{"itself", a, a, 1}, {"brighter", a, brighter, 1}, {"negative", a, negative, -1}, {"opacity", faded, other, 1},
		{"one colour", a, newRaster(3, 10, 12), 0}, {"another size", a, gradient(3, 12, 10, 0), 0},
	} {
		if got := Likeness(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := Likeness(a, tinted); got > 0.9 {
		t.Errorf("without red: %v", got)
	}
}
