package imaging

import (
	"bytes"
	"encoding/json"
	"image"
	"os"
	"strings"
	"testing"
)

// pillow is what scripts/parity/imaging.py wrote.
type pillow struct {
	Background [3]uint8
	Resize     struct {
		Width, Height int
		RGB           []byte
		Cases         []struct {
			Size     [2]int
			Box      [4]float64
			Channels int
			Want     []byte
		}
	}
	Files []struct {
		Name          string
		Width, Height int
		Data, Want    []byte
	}
	AnimatedWebP []byte `json:"animated_webp"`
}

func readPillow(t testing.TB) *pillow {
	t.Helper()
	b, err := os.ReadFile("testdata/pillow.json")
	if err != nil {
		t.Fatal(err)
	}
	var p pillow
	// []uint8 decodes from base64, but the background is a list of numbers.
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// Equal byte for byte, but where Pillow takes the vertical pass first, as
// recent versions do when that one reduces and the other enlarges: there the
// rounding in between may differ by one level.
func TestResizeEqualsPillow(t *testing.T) {
	p := readPillow(t).Resize
	src := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(src.Pix[4*i:], p.RGB[3*i:3*i+3])
		src.Pix[4*i+3] = 255
	}
	for _, c := range p.Cases {
		got := resize(rowsOf(src, false, [3]uint8{}), rect{c.Box[0], c.Box[1], c.Box[2], c.Box[3]}, c.Size[0], c.Size[1], c.Channels)
		tolerance := 0
		if c.Size[1] < p.Height && c.Size[0] > p.Width {
			tolerance = 1
		}
		if most, _ := differences(got.Pix, c.Want); most > tolerance {
			t.Errorf("%v box %v, %d channels: differs by %d levels", c.Size, c.Box, c.Channels, most)
		}
	}
}

func TestDecodeEqualsPillow(t *testing.T) {
	p := readPillow(t)
	for _, f := range p.Files {
		r, err := Load(f.Data, Options{Width: f.Width, Height: f.Height, Channels: 3, Background: p.Background})
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		// Lossless files are equal. The inverse transforms of JPEG and WebP
		// may round in their own ways.
		most, mean := 0, 0.0
		if strings.HasPrefix(f.Name, "jpeg") || strings.HasPrefix(f.Name, "webp lossy") {
			most, mean = 3, 0.1
		}
		if m, avg := differences(r.Pix, f.Want); m > most || avg > mean {
			t.Errorf("%s: differs by %d levels, %.2f on average", f.Name, m, avg)
		}
	}
}

func TestAnimatedWebPIsNamed(t *testing.T) {
	_, err := Load(readPillow(t).AnimatedWebP, Options{Width: 4, Height: 4, Channels: 3})
	checkError(t, err, Unsupported, "animated WebP")
}

// differences returns the largest and the mean absolute difference.
func differences(a, b []byte) (most int, mean float64) {
	if len(a) != len(b) {
		return 256, 256
	}
	if bytes.Equal(a, b) {
		return 0, 0
	}
	for i := range a {
		d := max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
		most = max(most, d)
		mean += float64(d)
	}
	return most, mean / float64(len(a))
}
