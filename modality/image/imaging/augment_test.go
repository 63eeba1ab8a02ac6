package imaging

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/rng"
)

func randomRaster(c, h, w int) *Raster {
	r := newRaster(c, h, w)
	key := rng.New(11)
	for i := range r.Pix {
		r.Pix[i] = uint8(key.Uint64(i))
	}
	return r
}

var everything = Augment{Flip: 0.5, Crop: 0.2, Rotate: 15, Brightness: 0.3, Contrast: 0.3, Saturation: 0.5, Erase: 0.5}

func TestNormalize(t *testing.T) {
	src := &Raster{C: 3, H: 1, W: 2, Pix: []uint8{0, 255, 51, 102, 255, 255}}
	dst := make([]float32, 6)
	Normalize(dst, src, []float32{0.5, 0.2, 1}, []float32{0.5, 0.1, 0})
	for i, want := range []float32{-1, 1, 0, 2, 0, 0} {
		if math.Abs(float64(dst[i]-want)) > 1e-6 {
			t.Errorf("element %d is %v, want %v", i, dst[i], want)
		}
	}
	Normalize(dst, src, nil, nil)
	if dst[1] != 1 || dst[0] != 0 {
		t.Errorf("without mean and std: %v", dst)
	}
}

func TestSizesAreChecked(t *testing.T) {
	for name, f := range map[string]func(){
		"dst":  func() { Normalize(make([]float32, 5), newRaster(1, 2, 3), nil, nil) },
		"mean": func() { Normalize(make([]float32, 6), newRaster(1, 2, 3), make([]float32, 3), nil) },
		"std":  func() { everything.Apply(make([]float32, 6), newRaster(1, 2, 3), nil, make([]float32, 2), 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of a wrong size is accepted", name)
				}
			}()
			f()
		}()
	}
}

func TestZeroAugmentNormalizes(t *testing.T) {
	for _, c := range []int{1, 3, 4} {
		src := randomRaster(c, 9, 7)
		mean, std := []float32{0.4, 0.5, 0.6, 0.7}[:c], []float32{0.2, 0.3, 0.4, 0.5}[:c]
		want, got := make([]float32, len(src.Pix)), make([]float32, len(src.Pix))
		Normalize(want, src, mean, std)
		Augment{}.Apply(got, src, mean, std, rng.New(5))
		if !slices.Equal(got, want) {
			t.Errorf("%d channels: an Augment of zeros changes the image", c)
		}
	}
}

func TestFlip(t *testing.T) {
	src := randomRaster(3, 6, 5)
	plain, got := make([]float32, len(src.Pix)), make([]float32, len(src.Pix))
	Normalize(plain, src, nil, nil)
	Augment{Flip: 1}.Apply(got, src, nil, nil, rng.New(5))
	for i := range got {
		row, x := i/5, i%5
		if want := plain[row*5+4-x]; got[i] != want {
			t.Fatalf("element %d is %v, want %v", i, got[i], want)
		}
	}
	flipped := 0
	for row := range 1000 {
		Augment{Flip: 0.3}.Apply(got, src, nil, nil, rng.New(5).Int(row))
		if got[0] != plain[0] {
			flipped++
		}
	}
	if flipped < 250 || flipped > 350 { // 3.4 standard deviations
		t.Errorf("%d of 1000 are flipped, want about 300", flipped)
	}
}

// A ramp shows where each pixel was taken from.
func TestCropStaysWithinItsBounds(t *testing.T) {
	const w = 201
	src := newRaster(1, 1, w)
	for x := range w {
		src.Pix[x] = uint8(x)
	}
	dst := make([]float32, w)
	low, high := float32(1000), float32(-1000)
	for row := range 500 {
		Augment{Crop: 0.1}.Apply(dst, src, nil, nil, rng.New(1).Int(row))
		shift := dst[w/2]*255 - w/2
		low, high = min(low, shift), max(high, shift)
		if zoom := (dst[w/2+50] - dst[w/2-50]) * 255 / 100; zoom < 0.9-1e-3 || zoom > 1.1+1e-3 {
			t.Fatalf("row %d: zoom is %v", row, zoom)
		}
	}
	if most := float32(0.1*w + 1e-2); low < -most || high > most || low > -0.9*most || high < 0.9*most {
		t.Errorf("shifts are from %v to %v, want nearly ±%v", low, high, most)
	}
}

func TestRotate(t *testing.T) {
	// Whatever the angle, the centre stays; at 180 degrees the corners change places.
	src := randomRaster(1, 9, 9)
	dst := make([]float32, 81)
	changed := false
	for row := range 50 {
		Augment{Rotate: 180}.Apply(dst, src, nil, nil, rng.New(1).Int(row))
		if math.Abs(float64(dst[40]*255-float32(src.Pix[40]))) > 0.1 {
			t.Fatalf("row %d: the centre is %v, was %d", row, dst[40]*255, src.Pix[40])
		}
		changed = changed || math.Abs(float64(dst[0]*255-float32(src.Pix[0]))) > 5
	}
	if !changed {
		t.Error("nothing is rotated")
	}
}

func TestTone(t *testing.T) {
	// A grey image has no saturation to change, and its contrast is about its own value.
	grey := newRaster(3, 4, 4)
	for i := range grey.Pix {
		grey.Pix[i] = 100
	}
	dst := make([]float32, len(grey.Pix))
	Augment{Contrast: 0.9, Saturation: 0.9}.Apply(dst, grey, nil, nil, rng.New(3))
	for i, v := range dst {
		if math.Abs(float64(v*255-100)) > 1e-3 {
			t.Fatalf("element %d of a grey image became %v", i, v*255)
		}
	}
	low, high := float32(1000), float32(0)
	for row := range 300 {
		Augment{Brightness: 0.2}.Apply(dst, grey, nil, nil, rng.New(3).Int(row))
		low, high = min(low, dst[0]*255), max(high, dst[0]*255)
	}
	if low < 80-1e-3 || low > 82 || high > 120+1e-3 || high < 118 {
		t.Errorf("brightness is from %v to %v, want 80 to 120", low, high)
	}
	// Saturation moves colours about their luma, which stays.
	red := &Raster{C: 3, H: 1, W: 1, Pix: []uint8{150, 100, 90}}
	one := make([]float32, 3)
	Augment{Saturation: 0.5}.Apply(one, red, nil, nil, rng.New(3))
	before := 0.299*150 + 0.587*100 + 0.114*90
	after := (0.299*float64(one[0]) + 0.587*float64(one[1]) + 0.114*float64(one[2])) * 255
	if math.Abs(before-after) > 1e-2 || math.Abs(float64(one[0]*255-150)) < 1 {
		t.Errorf("saturation gives %v with luma %v, was %v", one, after, before)
	}
}

func TestErase(t *testing.T) {
	src := newRaster(4, 20, 30)
	for i := range src.Pix {
		src.Pix[i] = 200
	}
	dst := make([]float32, len(src.Pix))
	for row := range 200 {
		Augment{Erase: 1}.Apply(dst, src, nil, nil, rng.New(3).Int(row))
		erased := 0
		for i := range 20 * 30 {
			if dst[i] == 0 {
				erased++
				if dst[600+i] != 0 || dst[1800+i] != 0 {
					t.Fatalf("row %d: pixel %d is erased in one channel only", row, i)
				}
			}
		}
		if share := float64(erased) / 600; share < 0.01 || share > 0.23 { // rounded to whole pixels
			t.Fatalf("row %d: %v of the image is erased", row, share)
		}
	}
}

func TestAlphaHasNoTone(t *testing.T) {
	src := randomRaster(4, 5, 5)
	dst, plain := make([]float32, 100), make([]float32, 100)
	Normalize(plain, src, nil, nil)
	Augment{Brightness: 0.9, Contrast: 0.9, Saturation: 0.9}.Apply(dst, src, nil, nil, rng.New(3))
	if !slices.Equal(dst[75:], plain[75:]) || slices.Equal(dst[:75], plain[:75]) {
		t.Error("alpha changes, or the colours do not")
	}
}

// The same key gives the same image, another key another one; nothing leaves
// 0 to 255, and the source is not touched.
func TestAugmentIsAFunctionOfItsKey(t *testing.T) {
	property.Check(t, func(t *property.T) {
		side := property.IntRange(1, 12)
		src := randomRaster(property.SampledFrom([]int{1, 3, 4}).Draw(t, "channels"), side.Draw(t, "h"), side.Draw(t, "w"))
		was := slices.Clone(src.Pix)
		key := rng.New(property.Uint64().Draw(t, "seed"))
		a, b := make([]float32, len(was)), make([]float32, len(was))
		everything.Apply(a, src, nil, nil, key)
		for i := range b {
			b[i] = float32(math.NaN()) // every element must be written
		}
		everything.Apply(b, src, nil, nil, key)
		if !slices.Equal(a, b) || !slices.Equal(was, src.Pix) {
			t.Fatal("twice the same key gives different images, or changes the source")
		}
		for i, v := range a {
			if v < 0 || v > 1+1e-6 {
				t.Fatalf("element %d is %v", i, v)
			}
		}
	})
	src := randomRaster(3, 8, 8)
	a, b := make([]float32, 192), make([]float32, 192)
	everything.Apply(a, src, nil, nil, rng.New(1).Int(0))
	everything.Apply(b, src, nil, nil, rng.New(1).Int(1))
	if slices.Equal(a, b) {
		t.Error("two keys give one image")
	}
}

func TestNoAllocation(t *testing.T) {
	src := randomRaster(3, 32, 32)
	dst := make([]float32, len(src.Pix))
	mean, std := []float32{0.5, 0.5, 0.5}, []float32{0.2, 0.2, 0.2}
	key := rng.New(1)
	if n := testing.AllocsPerRun(20, func() { everything.Apply(dst, src, mean, std, key) }); n != 0 {
		t.Errorf("Apply allocates %v times", n)
	}
	if n := testing.AllocsPerRun(20, func() { Normalize(dst, src, mean, std) }); n != 0 {
		t.Errorf("Normalize allocates %v times", n)
	}
}

func TestStats(t *testing.T) {
	var all, first, second Stats
	a := &Raster{C: 3, H: 1, W: 2, Pix: []uint8{0, 255, 7, 7, 10, 20}}
	b := &Raster{C: 3, H: 1, W: 1, Pix: []uint8{255, 7, 30}}
	all.Add(a)
	all.Add(b)
	first.Add(b)
	second.Add(a)
	first.Merge(&second)
	mean, std := all.MeanStd()
	mean2, std2 := first.MeanStd()
	if !slices.Equal(mean, mean2) || !slices.Equal(std, std2) {
		t.Error("the order changes the result")
	}
	wantMean := []float64{170. / 255, 7. / 255, 20. / 255}
	wantStd := []float64{math.Sqrt(2) / 3, 1, math.Sqrt(200./3) / 255}
	for c := range 3 {
		if math.Abs(float64(mean[c])-wantMean[c]) > 1e-6 || math.Abs(float64(std[c])-wantStd[c]) > 1e-6 {
			t.Errorf("channel %d: mean %v, std %v, want %v and %v", c, mean[c], std[c], wantMean[c], wantStd[c])
		}
	}
	var none Stats
	if mean, std := none.MeanStd(); len(mean) != 0 || len(std) != 0 {
		t.Error("statistics of nothing")
	}
}
