package imaging

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/chiasm-ml/chiasm/rng"
)

// checkError expects an *Error of that kind whose text has every one of parts,
// in one line.
func checkError(t testing.TB, err error, kind Kind, parts ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("error is %v (%T), want an *Error that is %s", err, err, kind)
		return
	}
	if e.Kind != kind || e.ExitCode() != 3 || strings.ContainsAny(e.Error(), "\n\r") {
		t.Errorf("error %q is of kind %q, exit code %d, want %q and 3, in one line", e, e.Kind, e.ExitCode(), kind)
	}
	for _, p := range parts {
		if !strings.Contains(e.Error(), p) {
			t.Errorf("error %q does not say %q", e, p)
		}
	}
}

// allocated is the number of bytes that f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// noise is an image of random opaque colours.
func noise(w, h int, seed uint64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	key := rng.New(seed)
	for i := range img.Pix {
		img.Pix[i] = uint8(key.Uint64(i))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// encoded is img in every format that Go can write.
func encoded(t testing.TB, img image.Image) map[format][]byte {
	t.Helper()
	out := map[format][]byte{}
	for f, encode := range map[format]func(*bytes.Buffer) error{
		formatPNG:  func(b *bytes.Buffer) error { return png.Encode(b, img) },
		formatJPEG: func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 95}) },
		formatGIF:  func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) },
		formatBMP:  func(b *bytes.Buffer) error { return bmp.Encode(b, img) },
		formatTIFF: func(b *bytes.Buffer) error { return tiff.Encode(b, img, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		out[f] = b.Bytes()
	}
	return out
}

// pngHeader is a PNG that ends after its header.
func pngHeader(w, h int, depth, colour, interlace byte) []byte {
	body := binary.BigEndian.AppendUint32(nil, uint32(w))
	body = binary.BigEndian.AppendUint32(body, uint32(h))
	return appendChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", append(body, depth, colour, 0, 0, interlace))
}

func appendChunk(b []byte, name string, body []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	start := len(b)
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}

func deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// interlaced is img as an Adam7 PNG, which Go only reads.
func interlaced(t testing.TB, img *image.NRGBA) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var raw []byte
	for _, p := range []struct{ x, y, dx, dy int }{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		if p.x >= w {
			continue
		}
		for y := p.y; y < h; y += p.dy {
			raw = append(raw, 0) // no filter
			for x := p.x; x < w; x += p.dx {
				raw = append(raw, img.Pix[img.PixOffset(x, y):][:4]...)
			}
		}
	}
	b := appendChunk(pngHeader(w, h, 8, 6, 1), "IDAT", deflate(t, raw))
	return appendChunk(b, "IEND", nil)
}
