package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"io"
	"strings"
	"testing"
)

func TestTruncated(t *testing.T) {
	files := encoded(t, noise(60, 45, 2))
	for _, f := range readPillow(t).Files {
		switch f.Name {
		case "webp lossless":
			files[formatWebP] = f.Data
		case "webp lossy alpha":
			files["WebP, lossy"] = f.Data
		case "jpeg 422 progressive":
			files["JPEG, progressive"] = f.Data
		}
	}
	files["PNG, interlaced"] = interlaced(t, noise(20, 20, 3))
	for name, b := range files {
		for tenth := range 10 {
			_, err := Load(b[:len(b)*tenth/10], small)
			var e *Error
			switch {
			case !errors.As(err, &e):
				t.Errorf("%s, %d tenths of it: error is %v", name, tenth, err)
			case tenth == 0 && e.Kind != Empty, tenth > 0 && e.Kind != Damaged:
				t.Errorf("%s, %d tenths of it: %v", name, tenth, err)
			case strings.ContainsAny(e.Error(), "\n"):
				t.Errorf("%q is more than one line", e)
			}
		}
	}
	_, err := Load(files[formatJPEG][:500], small)
	checkError(t, err, Damaged, "JPEG image", "truncated after 500 bytes", "again")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v does not unwrap to the decoder's error", err)
	}
}

func TestNotAnImage(t *testing.T) {
	for _, c := range []struct {
		data  string
		kind  Kind
		parts []string
	}{
		{"", Empty, []string{"no bytes"}},
		{`<svg xmlns="http://www.w3.org/2000/svg"/>`, Unsupported, []string{"SVG", "convert it to PNG"}},
		{"\ufeff<?xml version=\"1.0\"?>\n<!-- drawn -->\n<SVG>", Unsupported, []string{"SVG"}},
		{"<!DOCTYPE html><title>404</title>", Unsupported, []string{"HTML page"}},
		{"%PDF-1.7", Unsupported, []string{"PDF"}},
		{"\x00\x00\x00\x20ftypheic\x00\x00\x00\x00", Unsupported, []string{"HEIC"}},
		{"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", Unsupported, []string{"AVIF"}},
		{"\x00\x00\x00\x20ftypisom\x00\x00\x00\x00", Unsupported, []string{"video"}},
		{"version https://git-lfs.github.com/spec/v1\n", Unsupported, []string{"Git LFS"}},
		{"BM is how this text begins, but it is no bitmap", Unsupported, []string{"no known format"}},
		{"image,text,label\n", Unsupported, []string{"no known format", "expected PNG"}},
		{"\x89PNG", Damaged, []string{"PNG", "signature"}},
		{"RIFF\x10\x00\x00\x00WAVEfmt ", Unsupported, []string{"no known format"}},
		{"\x00", Unsupported, nil},
	} {
		_, err := Load([]byte(c.data), small)
		checkError(t, err, c.kind, c.parts...)
	}
}

// Nothing here may cost more than its file: the limits are on what it claims.
func TestBombs(t *testing.T) {
	gifScreen := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00")
	bmpHeader := append([]byte("BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00"), make([]byte, 36)...)
	binary.LittleEndian.PutUint32(bmpHeader[18:], 60000)
	binary.LittleEndian.PutUint32(bmpHeader[22:], 60000)
	bmpHeader[26], bmpHeader[28] = 1, 24
	for name, c := range map[string]struct {
		data []byte
		kind Kind
		part string
	}{
		"PNG of 40000 × 40000":            {pngHeader(40000, 40000, 8, 6, 0), TooLarge, "1600000000"},
		"PNG, one pixel too many":         {pngHeader(6803, 9407, 1, 0, 0), Damaged, "cannot hold"}, // 63,995,821
		"PNG of 64 million, empty":        {pngHeader(8000, 8000, 8, 6, 0), Damaged, "cannot hold"},
		"PNG of 64 million at 16 bits":    {pngHeader(8000, 8000, 16, 6, 0), TooLarge, "MiB"},
		"PNG of 64 million, interlaced":   {pngHeader(8000, 8000, 8, 6, 1), TooLarge, "MiB"},
		"PNG, a side too long":            {pngHeader(70000, 1, 8, 0, 0), TooLarge, "per side"},
		"GIF of 65535 × 65535":            {gifScreen, TooLarge, "4294836225"},
		"BMP of 60000 × 60000":            {bmpHeader, TooLarge, "3600000000"},
		"JPEG of 65500 × 65500":           {jpegHeader(0xc0, 65500, 65500), TooLarge, "4290250000"},
		"JPEG of 63 million, progressive": {jpegHeader(0xc2, 7900, 8000), TooLarge, "MiB"},
		"TIFF of 10⁹ × 1":                 {tiffHeader(1_000_000_000, 1), TooLarge, "per side"},
		"over 32 MiB":                     {make([]byte, MaxFileBytes+1), TooLarge, "33554433 bytes"},
	} {
		var err error
		cost := allocated(func() { _, err = Load(c.data, small) })
		checkError(t, err, c.kind, c.part)
		if cost > 1<<20 {
			t.Errorf("%s: %d bytes were allocated for it", name, cost)
		}
	}
}

// jpegHeader is a JPEG that ends after its frame header: 4:4:4, three components.
func jpegHeader(sof byte, w, h uint16) []byte {
	b := []byte{0xff, 0xd8, 0xff, sof, 0, 17, 8}
	b = binary.BigEndian.AppendUint16(b, h)
	b = binary.BigEndian.AppendUint16(b, w)
	return append(b, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 2)
}

// tiffHeader is a TIFF whose directory has nothing but a size.
func tiffHeader(w, h uint32) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x03\x00")
	for _, tag := range []struct {
		id    uint16
		value uint32
	}{{256, w}, {257, h}, {262, 1}} {
		b = binary.LittleEndian.AppendUint16(b, tag.id)
		b = append(b, 4, 0, 1, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, tag.value)
	}
	return append(b, 0, 0, 0, 0)
}

// A real image at the limit is decoded, and costs little more than its pixels.
func TestLargestImage(t *testing.T) {
	const w, h = 8000, 8000
	b := appendChunk(pngHeader(w, h, 1, 0, 0), "IDAT", deflate(t, make([]byte, h*(1+w/8))))
	b = appendChunk(b, "IEND", nil)
	var err error
	cost := allocated(func() { _, err = Load(b, small) })
	if err != nil {
		t.Fatalf("%d bytes with %d pixels: %v", len(b), w*h, err)
	}
	if cost > MaxMemory {
		t.Errorf("%d MiB were allocated", cost>>20)
	}
}

func TestManyFramesCostOne(t *testing.T) {
	const frames = 100_000
	frame := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
	var one, two bytes.Buffer
	if err := gif.EncodeAll(&one, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{1}}); err != nil {
		t.Fatal(err)
	}
	if err := gif.EncodeAll(&two, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	// What the second frame adds, before the trailer, is repeated.
	second := two.Bytes()[len(one.Bytes())-1 : two.Len()-1]
	b := append(two.Bytes()[:two.Len()-1:two.Len()-1], bytes.Repeat(second, frames-2)...)
	b = append(b, ';')
	var err error
	if cost := allocated(func() { _, err = Load(b, small) }); err != nil || cost > 1<<20 {
		t.Errorf("a GIF of %d bytes: %v, %d bytes allocated", len(b), err, cost)
	}
}

func TestCompressedTextIsNotExpanded(t *testing.T) {
	text := append([]byte("Comment\x00\x00"), deflate(t, make([]byte, 64<<20))...)
	b := appendChunk(pngHeader(1, 1, 8, 0, 0), "zTXt", text)
	b = appendChunk(b, "IDAT", deflate(t, []byte{0, 7}))
	b = appendChunk(b, "IEND", nil)
	var err error
	if cost := allocated(func() { _, err = Load(b, small) }); err != nil || cost > 1<<20 {
		t.Errorf("a PNG with %d bytes of text: %v, %d bytes allocated", len(text), err, cost)
	}
}

func FuzzLoad(f *testing.F) {
	for _, file := range readPillow(f).Files {
		f.Add(file.Data)
	}
	f.Add(readPillow(f).AnimatedWebP)
	f.Add(pngHeader(40000, 40000, 8, 6, 0))
	f.Add(jpegHeader(0xc2, 40, 40))
	f.Add(tiffHeader(30, 30))
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if kind, bad := sniff(b); bad == nil {
			if c, err := codecs[kind].config(bytes.NewReader(b)); err == nil && c.Width*c.Height > 1<<20 && checkSize(kind, b, c) == nil {
				return // allowed, and slow
			}
		}
		for _, fit := range []string{FitStretch, FitPad, FitCrop} {
			r, err := Load(b, Options{Width: 7, Height: 5, Channels: 4, Fit: fit})
			var e *Error
			switch {
			case err == nil && (r.C != 4 || r.H != 5 || r.W != 7 || len(r.Pix) != 4*5*7):
				t.Errorf("raster is %d × %d × %d", r.C, r.H, r.W)
			case err != nil && (!errors.As(err, &e) || r != nil || strings.Contains(e.Error(), "\n")):
				t.Errorf("error is %q (%T)", err, err)
			}
		}
	})
}
