package imaging

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// orientationOf returns the EXIF orientation of a file, 1 if there is none.
func orientationOf(f format, b []byte) orientation {
	switch f {
	case formatJPEG:
		return tiffOrientation(jpegEXIF(b))
	case formatTIFF:
		return tiffOrientation(b)
	case formatPNG:
		return tiffOrientation(pngChunk(b, "eXIf"))
	case formatWebP:
		return tiffOrientation(bytes.TrimPrefix(riffChunk(b, "EXIF"), []byte("Exif\x00\x00")))
	}
	return 1
}

// tiffOrientation reads the orientation from a TIFF header, which EXIF uses too.
func tiffOrientation(b []byte) orientation {
	if o := readTIFF(b).value(tiffOrientationTag, 1); o >= 1 && o <= 8 {
		return orientation(o)
	}
	return 1
}

// jpegEXIF returns the TIFF part of the APP1 segment that contains EXIF.
func jpegEXIF(b []byte) []byte {
	for marker, body := range jpegSegments(b) {
		if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return exif
		}
	}
	return nil
}

// jpegSegments iterates over the segments before the pixels.
func jpegSegments(b []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for at := 2; at+4 <= len(b); {
			if b[at] != 0xff {
				return
			}
			marker := b[at+1]
			if marker == 0xff { // fill bytes may precede a marker
				at++
				continue
			}
			if marker == 0x01 || marker >= 0xd0 && marker <= 0xd8 { // no body
				at += 2
				continue
			}
			n := int(binary.BigEndian.Uint16(b[at+2:]))
			if marker == 0xd9 || marker == 0xda || n < 2 || at+2+n > len(b) {
				return
			}
			if !yield(marker, b[at+4:at+2+n]) {
				return
			}
			at += 2 + n
		}
	}
}

// pngChunk returns the body of the first chunk of the given type, nil if there is none.
func pngChunk(b []byte, name string) []byte {
	for at := 8; at+8 <= len(b); { // length, type, body, checksum
		n := int64(binary.BigEndian.Uint32(b[at:]))
		end := int64(at) + 8 + n
		if end > int64(len(b)) {
			return nil
		}
		if string(b[at+4:at+8]) == name {
			return b[at+8 : end]
		}
		at = int(end) + 4
	}
	return nil
}

// riffChunk returns the body of the first chunk of the given type, nil if there is none.
func riffChunk(b []byte, name string) []byte {
	for at := 12; at+8 <= len(b); { // type, length, body padded to even length
		n := int64(binary.LittleEndian.Uint32(b[at+4:]))
		end := int64(at) + 8 + n
		if end > int64(len(b)) {
			return nil
		}
		if string(b[at:at+4]) == name {
			return b[at+8 : end]
		}
		at = int(end + n&1)
	}
	return nil
}
