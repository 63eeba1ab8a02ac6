package imaging

import (
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

func BenchmarkLoad(b *testing.B) {
	photo := noise(640, 480, 1)
	for i := range photo.Pix { // not noise alone, which no codec is made for
		if x := i / 4 % 640; i%4 != 3 {
			photo.Pix[i] = uint8(x/3) + photo.Pix[i]/16
		}
	}
	files := encoded(b, photo)
	for _, f := range []format{formatJPEG, formatPNG} {
		b.Run(string(f)+" 640x480 to 64x64", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Load(files[f], Options{Width: 64, Height: 64, Channels: 3}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("resize alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			resize(rowsOf(photo, false, [3]uint8{}), rect{0, 0, 640, 480}, 64, 64, 3)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	src := randomRaster(3, 64, 64)
	dst := make([]float32, len(src.Pix))
	for name, a := range map[string]Augment{"normalize": {}, "everything": everything} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a.Apply(dst, src, nil, nil, rng.New(1).Int(i))
			}
		})
	}
}
