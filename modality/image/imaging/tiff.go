package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// Tags of a TIFF file, by their names in the specification (TIFF 6.0, 1992).
const (
	tiffBitsPerSample   = 0x0102
	tiffCompression     = 0x0103
	tiffPhotometric     = 0x0106
	tiffFillOrder       = 0x010a
	tiffStripOffsets    = 0x0111
	tiffOrientationTag  = 0x0112
	tiffSamplesPerPixel = 0x0115
	tiffRowsPerStrip    = 0x0116
	tiffStripBytes      = 0x0117
	tiffPlanar          = 0x011c
	tiffPredictor       = 0x013d
	tiffTileWidth       = 0x0142
	tiffTileLength      = 0x0143
	tiffTileOffsets     = 0x0144
	tiffTileBytes       = 0x0145
	tiffExtraSamples    = 0x0152
	tiffSampleFormat    = 0x0153
)

// tiffMostValues is the maximum number of values of a tag. A file of one-row strips has MaxSide
// values.
const tiffMostValues = 1 << 20

// A tiffDirectory is the first directory of a TIFF file: its page.
type tiffDirectory struct {
	file    []byte
	order   binary.ByteOrder
	entries []byte // 12 bytes each
}

// readTIFF returns the first directory, which is empty if b has none.
func readTIFF(b []byte) (d tiffDirectory) {
	switch {
	case len(b) < 8:
		return d
	case bytes.HasPrefix(b, []byte("II*\x00")):
		d.order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		d.order = binary.BigEndian
	default:
		return d
	}
	at := int64(d.order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return d
	}
	n := 12 * int(d.order.Uint16(b[at:]))
	d.file, d.entries = b, b[at+2:]
	d.entries = d.entries[:min(n, len(d.entries)/12*12)]
	return d
}

// values returns the integer values of a tag, or nil if the file has no such tag, too many values,
// or ends before them.
func (d tiffDirectory) values(tag uint16) (v []int64) {
	for e := range slices.Chunk(d.entries, 12) {
		if d.order.Uint16(e) != tag {
			continue
		}
		// An entry: tag, type (8-, 16- or 32-bit numbers), count, and the values or, if these take
		// more than 4 bytes, their offset.
		size, ok := map[uint16]int64{1: 1, 3: 2, 4: 4}[d.order.Uint16(e[2:])]
		count, raw := int64(d.order.Uint32(e[4:])), e[8:12]
		if at := int64(d.order.Uint32(e[8:])); ok && size*count > 4 {
			if count > tiffMostValues || at+size*count > int64(len(d.file)) {
				return nil
			}
			raw = d.file[at:]
		}
		for i := int64(0); ok && i < count; i++ {
			switch x := raw[size*i:]; size {
			case 1:
				v = append(v, int64(x[0]))
			case 2:
				v = append(v, int64(d.order.Uint16(x)))
			case 4:
				v = append(v, int64(d.order.Uint32(x)))
			}
		}
		return v
	}
	return nil
}

// value returns the first value of a tag, or the specification's default if the tag is absent.
func (d tiffDirectory) value(tag uint16, missing int64) int64 {
	if v := d.values(tag); len(v) > 0 {
		return v[0]
	}
	return missing
}

// Compression schemes of TIFF files, and the meaning of their values.
const (
	tiffFax2, tiffFax3, tiffFax4       = 2, 3, 4
	tiffLZW, tiffDeflate, tiffDeflate0 = 5, 8, 32946

	tiffWhiteIsZero, tiffBlackIsZero, tiffRGB, tiffPalette = 0, 1, 2, 3
)

var (
	tiffCompressions = map[int64]string{
		tiffFax2: "CCITT run lengths", 6: "old JPEG", 7: "JPEG", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP",
	}
	tiffColours = map[int64]string{
		4: "a transparency mask", 5: "CMYK", 6: "YCbCr", 8: "CIELab", 9: "ICCLab", 10: "ITULab", 32844: "LogL", 32845: "LogLuv",
	}
)

// refusal names a feature of a TIFF file that its decoder would misread, or refuse without
// explanation; "" if it is supported, or the decoder's own error is clear.
func (d tiffDirectory) refusal() string {
	depths := d.values(tiffBitsPerSample)
	if len(depths) == 0 {
		depths = []int64{1}
	}
	samples, colour, compression := d.value(tiffSamplesPerPixel, 1), d.value(tiffPhotometric, -1), d.value(tiffCompression, 1)
	extra, predictor := d.value(tiffExtraSamples, 0), d.value(tiffPredictor, 1)
	coded := compression == tiffLZW || compression == tiffDeflate || compression == tiffDeflate0
	switch {
	case tiffCompressions[compression] != "":
		return "it is compressed by " + tiffCompressions[compression]
	case tiffColours[colour] != "":
		return "its pixels are " + tiffColours[colour]
	case d.value(tiffSampleFormat, 1) != 1:
		return "its pixels are signed or floating-point numbers"
	case d.value(tiffPlanar, 1) != 1 && samples > 1:
		return "its channels are stored separately (planar configuration 2)"
	case samples != int64(len(depths)):
		return fmt.Sprintf("it has %d channels, but bit depths for %d", samples, len(depths))
	case colour == tiffRGB && (samples > 4 || samples == 4 && extra != 1 && extra != 2):
		return fmt.Sprintf("it has %d channels, one of which is neither a colour nor declared as transparency", samples)
	case colour != tiffRGB && samples > 1:
		return fmt.Sprintf("it is greyscale or has a palette, but has %d channels", samples)
	case depths[0] != 1 && depths[0] != 8 && depths[0] != 16:
		return fmt.Sprintf("it has %d bits per channel", depths[0])
	case colour == tiffPalette && depths[0] > 8:
		return fmt.Sprintf("it has a palette and %d bits per pixel", depths[0])
	case colour == tiffWhiteIsZero && depths[0] == 16:
		return "it has 16 bits per pixel with zero as white, which programs interpret differently"
	case predictor != 1 && !coded, predictor > 2:
		return fmt.Sprintf("it has predictor %d with compression %d", predictor, compression)
	}
	return ""
}

// prepareTIFF refuses files that the decoder would misread, and otherwise returns a file that it
// reads correctly: x/image v0.47.0 ignores FillOrder except in faxes.
func prepareTIFF(b []byte) ([]byte, *Error) {
	d := readTIFF(b)
	if why := d.refusal(); why != "" {
		return nil, &Error{Kind: Unsupported, What: "TIFF image", Why: why, Hint: "save it as PNG"}
	}
	compression := d.value(tiffCompression, 1)
	if d.value(tiffFillOrder, 1) != 2 || compression >= tiffFax2 && compression <= tiffFax4 {
		return b, nil
	}
	if d.values(tiffStripOffsets) == nil && d.values(tiffTileOffsets) == nil {
		return nil, damaged(formatTIFF, "it does not state where its pixels are", nil)
	}
	turned, done := slices.Clone(b), make([]bool, len(b))
	for _, tags := range [][2]uint16{{tiffStripOffsets, tiffStripBytes}, {tiffTileOffsets, tiffTileBytes}} {
		offsets, sizes := d.values(tags[0]), d.values(tags[1])
		for i, at := range offsets[:min(len(offsets), len(sizes))] {
			for k := min(at, int64(len(b))); k < min(at+sizes[i], int64(len(b))); k++ {
				if !done[k] { // parts may overlap
					turned[k], done[k] = bits.Reverse8(b[k]), true
				}
			}
		}
	}
	return turned, nil
}
