package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Limits on one image. A small file may claim any size, so they are checked on its header, before a
// decoder allocates.
const (
	MaxFileBytes = 32 << 20   // bytes of the file
	MaxPixels    = 64_000_000 // width × height
	MaxSide      = 65_535     // of width and height
	MaxMemory    = 256 << 20  // estimated memory of the decoder; lower than MaxPixels allows for 16 bits per channel and progressive JPEG
)

// decoded is an image as stored in its file.
type decoded struct {
	img         image.Image
	canvas      image.Rectangle // img may cover a part of it
	orientation orientation
	video       bool // its YCbCr has the video range, 16 to 235, instead of JPEG's
}

var codecs = map[format]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	formatPNG:  {png.DecodeConfig, png.Decode},
	formatJPEG: {jpeg.DecodeConfig, jpeg.Decode},
	formatGIF:  {gif.DecodeConfig, gif.Decode},
	formatBMP:  {bmp.DecodeConfig, bmp.Decode},
	formatWebP: {webp.DecodeConfig, webp.Decode},
	formatTIFF: {tiff.DecodeConfig, tiff.Decode},
}

// decode checks the limits and decodes b. A panic of a decoder is reported as an error of the
// image.
func decode(b []byte) (d decoded, err error) {
	if len(b) > MaxFileBytes {
		return d, tooLargeFile("image", int64(len(b)))
	}
	f, bad := sniff(b)
	if bad != nil {
		return d, bad
	}
	defer func() {
		if r := recover(); r != nil {
			d, err = decoded{}, damaged(f, fmt.Sprintf("its decoder failed: %v", r), nil)
		}
	}()
	if f == formatTIFF {
		if b, bad = prepareTIFF(b); bad != nil {
			return d, bad
		}
	}
	config, err := codecs[f].config(bytes.NewReader(b))
	if err != nil {
		return d, explain(f, b, err)
	}
	if err := checkSize(f, b, config); err != nil {
		return d, err
	}
	img, err := codecs[f].decode(bytes.NewReader(b))
	if err != nil {
		return d, explain(f, b, err)
	}
	canvas := img.Bounds()
	if f == formatGIF {
		canvas = image.Rect(0, 0, config.Width, config.Height)
	}
	if canvas.Empty() || !img.Bounds().In(canvas) {
		return d, damaged(f, "it has no pixels", nil)
	}
	switch f {
	case formatTIFF:
		fixFax(img, b)
	case formatBMP:
		fixAlpha(img, b)
	case formatGIF:
		img = onCanvas(img, canvas)
	}
	return decoded{img, canvas, orientationOf(f, b), f == formatWebP}, nil
}

// fixFax inverts a fax-compressed TIFF whose zeros are black: x/image v0.47.0 treats a white run as
// white even then.
func fixFax(img image.Image, b []byte) {
	d := readTIFF(b)
	c := d.value(tiffCompression, 1)
	if grey, ok := img.(*image.Gray); ok && (c == tiffFax3 || c == tiffFax4) && d.value(tiffPhotometric, -1) == tiffBlackIsZero {
		for i := range grey.Pix {
			grey.Pix[i] = ^grey.Pix[i]
		}
	}
}

// fixAlpha makes a BMP opaque if the fourth byte of its pixels is unused, as it is unless the
// header has masks: x/image v0.47.0 interprets it as transparency.
func fixAlpha(img image.Image, b []byte) {
	const compression, none = 30, 0
	if m, ok := img.(*image.NRGBA); ok && binary.LittleEndian.Uint32(b[compression:]) == none {
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 255
		}
	}
}

// onCanvas handles a GIF whose first frame covers only part of the canvas: without a transparent
// colour, the rest has the first colour of its palette, as in Pillow.
func onCanvas(img image.Image, canvas image.Rectangle) image.Image {
	m, ok := img.(*image.Paletted)
	if !ok || m.Rect == canvas || slices.ContainsFunc(m.Palette, transparent) {
		return img
	}
	whole := image.NewPaletted(canvas, m.Palette)
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		copy(whole.Pix[whole.PixOffset(m.Rect.Min.X, y):], m.Pix[m.PixOffset(m.Rect.Min.X, y):][:m.Rect.Dx()])
	}
	return whole
}

func transparent(c color.Color) bool {
	_, _, _, a := c.RGBA()
	return a == 0
}

// checkSize checks the header against the limits.
func checkSize(f format, b []byte, c image.Config) error {
	if c.Width < 1 || c.Height < 1 {
		return damaged(f, fmt.Sprintf("it claims %d × %d pixels", c.Width, c.Height), nil)
	}
	large := func(why string) error {
		return &Error{Kind: TooLarge, What: string(f) + " image", Why: why, Hint: "save it smaller; no model uses this many pixels"}
	}
	pixels := int64(c.Width) * int64(c.Height) // at most 32 bits each
	if c.Width > MaxSide || c.Height > MaxSide {
		return large(fmt.Sprintf("%d × %d pixels, at most %d per side", c.Width, c.Height, MaxSide))
	}
	if pixels > MaxPixels {
		return large(fmt.Sprintf("%d × %d pixels are %d, at most %d are supported", c.Width, c.Height, pixels, MaxPixels))
	}
	if need := pixels * memoryPerPixel(f, b, c) / 4; need > MaxMemory {
		return large(fmt.Sprintf("decoding %d × %d pixels of this kind takes %d MiB, at most %d are allowed", c.Width, c.Height, need>>20, MaxMemory>>20))
	}
	if f == formatPNG && pixels/8 > 1032*int64(len(b)) { // the maximum ratio of Deflate, at one bit per pixel
		return damaged(f, fmt.Sprintf("%d bytes cannot hold its %d × %d pixels", len(b), c.Width, c.Height), nil)
	}
	return nil
}

func tooLargeFile(what string, size int64) *Error {
	return &Error{Kind: TooLarge, What: what, Why: fmt.Sprintf("%d bytes, at most %d are supported", size, MaxFileBytes), Hint: "save it smaller"}
}

// explain turns a decoder's error into a readable one.
func explain(f format, b []byte, err error) *Error {
	var (
		pngUnsupported  png.UnsupportedError
		jpegUnsupported jpeg.UnsupportedError
		tiffUnsupported tiff.UnsupportedError
	)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged(f, fmt.Sprintf("it is truncated after %d bytes", len(b)), err)
	case errors.As(err, &pngUnsupported), errors.As(err, &jpegUnsupported), errors.As(err, &tiffUnsupported), errors.Is(err, bmp.ErrUnsupported):
		return &Error{Kind: Unsupported, What: string(f) + " image", Why: err.Error(), Hint: "save it as PNG", Err: err}
	case f == formatWebP && riffChunk(b, "ANMF") != nil:
		return &Error{Kind: Unsupported, What: "animated WebP image", Why: "only still images are supported", Hint: "save its first frame as PNG", Err: err}
	case f == formatWebP && len(b) >= 12 && int64(binary.LittleEndian.Uint32(b[4:]))+8 > int64(len(b)):
		return damaged(f, fmt.Sprintf("it is truncated after %d bytes", len(b)), err)
	}
	return damaged(f, err.Error(), err)
}
