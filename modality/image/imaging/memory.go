package imaging

import (
	"bytes"
	"image"
	"image/color"
)

// Cost returns upper bounds, determined from the headers of an image file, for the bytes that Load
// allocates in addition to the file and the raster, and for the pixels it decodes: a file of one
// kilobyte may take 256 MiB. Both are 0 for files that Load refuses before decoding. Reserve the
// bytes before calling Load when several images are decoded concurrently.
func Cost(b []byte) (bytes, pixels int64) {
	f, bad := sniff(b)
	if bad != nil || len(b) > MaxFileBytes {
		return 0, 0
	}
	c, err := configOf(f, b)
	if err != nil || checkSize(f, b, c) != nil {
		return 0, 0
	}
	pixels = int64(c.Width) * int64(c.Height)
	bytes = pixels*memoryPerPixel(f, b, c)/4 + rowMemory(c)
	switch f {
	case formatGIF: // its frame, and the canvas
		bytes += pixels
	case formatTIFF:
		bytes += tiffMemory(b, c)
	case formatWebP:
		bytes += webpTrees(b)
	}
	return bytes, pixels
}

// configOf returns the header of a file; a panic of a decoder is an error.
func configOf(f format, b []byte) (c image.Config, err error) {
	defer func() {
		if recover() != nil {
			err = damaged(f, "its decoder failed", nil)
		}
	}()
	return codecs[f].config(bytes.NewReader(b))
}

// rowMemory is the memory for resizing the longest row and column: a row of four channels, and
// filter weights for each.
func rowMemory(c image.Config) int64 { return 24*int64(c.Width+c.Height) + 64<<10 }

// tiffMemory is the size of the block, a strip or a tile, that is decompressed at a time. It may
// have eight bytes per pixel, or as much as Deflate can pack into a file, and grows by doubling.
// The file is copied if its bit order is reversed.
func tiffMemory(b []byte, c image.Config) int64 {
	const grow, best = 3, 1032
	d := readTIFF(b)
	w, h := int64(c.Width), int64(c.Height)
	if d.values(tiffTileOffsets) != nil {
		w, h = d.value(tiffTileWidth, w), d.value(tiffTileLength, h)
	} else if n := d.value(tiffRowsPerStrip, h); n > 0 {
		h = min(h, n)
	}
	const side = 1 << 20 // the decoder refuses this
	block := min(8*min(w, side)*min(h, side), best*int64(len(b)))
	if d.value(tiffCompression, 1) == 1 {
		block = min(block, int64(len(b)))
	}
	return grow*block + int64(len(b))
}

// webpTrees is the size of the Huffman trees of a lossless WebP: its decoder holds at most 2,600
// groups (x/image v0.47.0) of five tables, and nodes of about 400 bytes for each byte of the file
// that describes them.
func webpTrees(b []byte) int64 {
	if !bytes.Contains(b, []byte("VP8L")) && !bytes.Contains(b, []byte("ALPH")) {
		return 0
	}
	const groups, tables, nodes = 2600, 3 << 10, 60 << 10
	n := int64(len(b))
	return min(groups*(tables+nodes), groups*tables+400*n, 1100*n)
}

func isPalette(m color.Model) bool {
	_, ok := m.(color.Palette)
	return ok
}

// memoryPerPixel estimates the decoder's allocations, in quarters of a byte per pixel.
func memoryPerPixel(f format, b []byte, c image.Config) int64 {
	switch f {
	case formatJPEG:
		return jpegMemory(b)
	case formatWebP: // its decoder reports the same colour model for lossy and lossless; this is the maximum
		return 4 * 8
	}
	var size int64
	switch c.ColorModel {
	case color.GrayModel:
		size = 1
	case color.Gray16Model:
		size = 2
	case color.RGBA64Model, color.NRGBA64Model:
		size = 8
	default:
		size = 4
		if isPalette(c.ColorModel) {
			size = 1
		}
	}
	if f == formatPNG {
		if size < 4 && c.ColorModel != nil && !isPalette(c.ColorModel) && bytes.Contains(b, []byte("tRNS")) {
			size *= 4 // a transparent grey level expands it to red, green, blue and alpha
		}
		if len(b) > 28 && b[28] == 1 { // interlaced: each pass is a separate image
			size *= 2
		}
	}
	return 4 * size
}

// jpegMemory is memoryPerPixel for a JPEG: a byte per sample, four more bytes per coefficient in
// progressive files, and a converted copy for CMYK and RGB.
func jpegMemory(b []byte) int64 {
	quarters, converted := int64(4*4*5), false
	for marker, body := range jpegSegments(b) {
		switch {
		case marker == 0xee && len(body) >= 12 && string(body[:5]) == "Adobe":
			converted = body[11] == 0
		case marker >= 0xc0 && marker <= 0xc2 && len(body) >= 6:
			// Precision, height (2), width (2), count; then three bytes per component, the second
			// of which holds its sampling factors.
			var samples, most int64 = 0, 1
			for c := body[6:]; len(c) >= 3; c = c[3:] {
				n := int64(c[1]>>4) * int64(c[1]&15)
				samples, most = samples+n, max(most, n)
			}
			quarters = 4 * samples / most
			if marker == 0xc2 {
				quarters *= 5
			}
			converted = converted || body[5] == 4
		}
	}
	if converted {
		quarters += 4 * 4
	}
	return quarters
}
