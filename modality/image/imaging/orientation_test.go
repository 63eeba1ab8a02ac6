package imaging

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestOrientations(t *testing.T) {
	//  0 1 2
	//  3 4 5
	stored := &Raster{C: 1, H: 2, W: 3, Pix: []uint8{0, 1, 2, 3, 4, 5}}
	for o, want := range map[orientation][]uint8{
		0: {0, 1, 2, 3, 4, 5},
		1: {0, 1, 2, 3, 4, 5},
		2: {2, 1, 0, 5, 4, 3},
		3: {5, 4, 3, 2, 1, 0},
		4: {3, 4, 5, 0, 1, 2},
		5: {0, 3, 1, 4, 2, 5},
		6: {3, 0, 4, 1, 5, 2},
		7: {5, 2, 4, 1, 3, 0},
		8: {2, 5, 1, 4, 0, 3},
		9: {0, 1, 2, 3, 4, 5},
	} {
		got := o.apply(stored)
		if wide := !o.swapsSides(); !bytes.Equal(got.Pix, want) || wide != (got.W == 3) {
			t.Errorf("orientation %d gives %d × %d %v, want %v", o, got.H, got.W, got.Pix, want)
		}
	}
}

// directory is a TIFF header with one tag.
func directory(order binary.AppendByteOrder, mark string, tag, kind, value uint16) []byte {
	b := append([]byte(mark), order.AppendUint32(nil, 8)...)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, kind)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, value)
	return append(b, 0, 0, 0, 0, 0, 0)
}

func TestTIFFOrientation(t *testing.T) {
	little := directory(binary.LittleEndian, "II*\x00", 0x0112, 3, 6)
	for name, c := range map[string]struct {
		data []byte
		want orientation
	}{
		"little-endian": {little, 6},
		"big-endian":    {directory(binary.BigEndian, "MM\x00*", 0x0112, 3, 8), 8},
		"another tag":   {directory(binary.BigEndian, "MM\x00*", 0x0113, 3, 8), 1},
		"another type":  {directory(binary.BigEndian, "MM\x00*", 0x0112, 4, 8), 1},
		"value 0":       {directory(binary.BigEndian, "MM\x00*", 0x0112, 3, 0), 1},
		"value 9":       {directory(binary.BigEndian, "MM\x00*", 0x0112, 3, 9), 1},
		"nothing":       {nil, 1},
		"no header":     {[]byte("Exif"), 1},
		"far offset":    {[]byte("II*\x00\xff\xff\xff\xff"), 1},
	} {
		if got := tiffOrientation(c.data); got != c.want {
			t.Errorf("%s: orientation %d, want %d", name, got, c.want)
		}
	}
	for n := range little {
		if got := tiffOrientation(little[:n]); got != 1 && n < 20 {
			t.Errorf("cut at %d: orientation %d", n, got)
		}
	}
}

func TestJPEGSegments(t *testing.T) {
	exif := append([]byte("Exif\x00\x00"), directory(binary.BigEndian, "MM\x00*", 0x0112, 3, 3)...)
	segment := func(marker byte, body []byte) []byte {
		return append([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
	}
	join := func(parts ...[]byte) []byte { return append([]byte{0xff, 0xd8}, bytes.Join(parts, nil)...) }
	for name, c := range map[string]struct {
		data []byte
		want orientation
	}{
		"first":                {join(segment(0xe1, exif)), 3},
		"after JFIF":           {join(segment(0xe0, []byte("JFIF\x00")), segment(0xe1, exif)), 3},
		"after fill bytes":     {join([]byte{0xff, 0xff}, segment(0xe1, exif)), 3},
		"after XMP":            {join(segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00")), segment(0xe1, exif)), 3},
		"in another segment":   {join(segment(0xe2, exif)), 1},
		"behind the pixels":    {join(segment(0xda, nil), segment(0xe1, exif)), 1},
		"length past the end":  {join(segment(0xe1, exif)[:20]), 1},
		"length below its own": {join([]byte{0xff, 0xe1, 0, 1}, exif), 1},
		"not a marker":         {join([]byte{0}, segment(0xe1, exif)), 1},
	} {
		if got := orientationOf(formatJPEG, c.data); got != c.want {
			t.Errorf("%s: orientation %d, want %d", name, got, c.want)
		}
	}
}
