package imaging

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// What a file costs is known before it is decoded, and is not less than what Load
// allocates for it, garbage included.
func TestCostBoundsWhatLoadAllocates(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector, whose step is short, allocates too")
	}
	files := encoded(t, noise(640, 480, 1))
	for name, b := range largeFiles(t) {
		files[format(name)] = b
	}
	for _, f := range readPillow(t).Files {
		files[format("Pillow's "+f.Name)] = f.Data
	}
	for name, b := range files {
		var err error
		took := int64(allocated(func() { _, err = Load(b, small) }))
		cost, pixels := Cost(b)
		if err == nil && pixels == 0 || took > cost+64<<10 {
			t.Errorf("%s of %d bytes: Load allocates %d, and %d with %d pixels are its cost (%v)", name, len(b), took, cost, pixels, err)
		}
	}
	if cost, pixels := Cost([]byte("no image")); cost != 0 || pixels != 0 {
		t.Errorf("what is no image costs %d bytes, %d pixels", cost, pixels)
	}
	if cost, _ := Cost(pngHeader(40000, 40000, 8, 6, 0)); cost != 0 {
		t.Errorf("what is refused costs %d bytes", cost)
	}
}

// largeFiles are small files with many pixels, by what is special about them.
func largeFiles(t *testing.T) map[string][]byte {
	all := map[string][]byte{}
	const side = 2000
	encode := func(name string, write func(b *bytes.Buffer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		all[name] = b.Bytes()
	}
	area := image.Rect(0, 0, side, side)
	blank := image.NewNRGBA(area)
	for i := range blank.Pix {
		blank.Pix[i] = 200
	}
	palette := image.NewPaletted(area, color.Palette{color.Black, color.White, color.Transparent})
	corner := image.NewPaletted(image.Rect(0, 0, side-1, side-1), color.Palette{color.Black, color.White})
	for name, m := range map[string]image.Image{
		"grey": image.NewGray(area), "grey, 16 bits": image.NewGray16(area), "alpha": blank, "alpha, 16 bits": image.NewNRGBA64(area), "palette": palette,
	} {
		encode("PNG, "+name, func(b *bytes.Buffer) error { return png.Encode(b, m) })
		encode("TIFF, "+name, func(b *bytes.Buffer) error { return tiff.Encode(b, m, &tiff.Options{Compression: tiff.Deflate}) })
		encode("TIFF, plain, "+name, func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) })
	}
	all["PNG, grey with a transparent one"] = withTRNS(all["PNG, grey"], 2)
	all["PNG, grey of 16 bits with a transparent one"] = withTRNS(all["PNG, grey, 16 bits"], 2)
	encode("GIF", func(b *bytes.Buffer) error { return gif.Encode(b, palette, nil) })
	encode("GIF, smaller than its canvas", func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{corner}, Delay: []int{0}, Config: image.Config{ColorModel: corner.Palette, Width: side, Height: side}})
	})
	encode("BMP", func(b *bytes.Buffer) error { return bmp.Encode(b, blank) })
	all["PNG, interlaced"] = interlaced(t, noise(700, 700, 3))
	return all
}

// withTRNS puts a chunk that names a transparent colour behind a PNG's header.
func withTRNS(file []byte, n int) []byte {
	const header = 33
	chunk := append([]byte("tRNS"), make([]byte, n)...)
	out := binary.BigEndian.AppendUint32(bytes.Clone(file[:header]), uint32(n))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, file[header:]...)
}
