package checkpoints

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"unicode/utf8"
)

// bufferBytes is the number of bytes converted at a time, in both directions.
const bufferBytes = 64 << 10

// metadataKey is the header's key for the metadata, which is not a tensor.
const metadataKey = "__metadata__"

// Write writes tensors as a safetensors file: eight bytes of header length, the header (JSON,
// padded with spaces to a multiple of 8), and the data (little endian, no gaps).
//
// The bytes depend only on names, shapes, numbers and metadata, not on the order of the tensors:
// wide types come first, so that all numbers are aligned, and names are sorted within a type. The
// format's reference library uses the same order and writes the same bytes.
//
// Write needs no more memory than the header and a small buffer. It refuses what [Read] would
// refuse: a repeated name, a shape that does not match the numbers, exceeded limits, and non-finite
// numbers (exit code 5).
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	if w == nil {
		return invalid("the writer is nil")
	}
	order, err := writeOrder(tensors)
	if err != nil {
		return err
	}
	header, err := appendHeader(nil, tensors, order, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	buf := make([]byte, 0, bufferBytes)
	for _, i := range order {
		if err := writeNumbers(w, &tensors[i], buf); err != nil {
			return err
		}
	}
	return nil
}

// writeOrder checks the tensors and returns the order of their data.
func writeOrder(tensors []Tensor) ([]int, error) {
	if len(tensors) > MaxTensors {
		return nil, invalid("%d tensors, at most %d are supported", len(tensors), MaxTensors)
	}
	order := make([]int, len(tensors))
	for i := range tensors {
		if err := tensors[i].check(); err != nil {
			return nil, err
		}
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		ta, tb := &tensors[order[a]], &tensors[order[b]]
		sa, _ := dtypeSize(ta.dtype())
		sb, _ := dtypeSize(tb.dtype())
		if sa != sb {
			return sa > sb
		}
		return ta.Name < tb.Name
	})
	seen := make(map[string]bool, len(tensors))
	for i := range tensors {
		if seen[tensors[i].Name] {
			return nil, invalid("tensor %s is repeated", quote(tensors[i].Name))
		}
		seen[tensors[i].Name] = true
	}
	return order, nil
}

// appendHeader appends the length and the padded header to b.
func appendHeader(b []byte, tensors []Tensor, order []int, metadata map[string]string) ([]byte, error) {
	if len(metadata) > MaxMetadata {
		return nil, invalid("%d metadata entries, at most %d are supported", len(metadata), MaxMetadata)
	}
	b = append(b, make([]byte, 8)...)
	b = append(b, '{')
	if len(metadata) > 0 {
		b = appendString(b, metadataKey)
		b = append(b, ":{"...)
		for i, key := range slices.Sorted(maps.Keys(metadata)) {
			if !utf8.ValidString(key) || !utf8.ValidString(metadata[key]) {
				return nil, invalid("metadata %s is not UTF-8", quote(key))
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, key)
			b = append(b, ':')
			b = appendString(b, metadata[key])
		}
		b = append(b, '}')
	}
	var offset int64
	for n, i := range order {
		if n > 0 || len(metadata) > 0 {
			b = append(b, ',')
		}
		t := &tensors[i]
		size, _ := dtypeSize(t.dtype())
		end := offset + size*int64(t.len())
		b = appendEntry(b, t, offset, end)
		offset = end
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if len(b)-8 > MaxHeaderBytes {
		return nil, invalid("the header would take %d bytes, at most %d are supported", len(b)-8, MaxHeaderBytes)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

func appendEntry(b []byte, t *Tensor, begin, end int64) []byte {
	b = appendString(b, t.Name)
	b = append(b, `:{"dtype":"`...)
	b = append(b, t.dtype()...)
	b = append(b, `","shape":[`...)
	for i, d := range t.Shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	b = append(b, `],"data_offsets":[`...)
	b = strconv.AppendInt(b, begin, 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, end, 10)
	return append(b, `]}`...)
}

// appendString appends s as a JSON string with the minimum of escapes, like the format's reference
// library; encoding/json escapes more.
func appendString(b []byte, s string) []byte {
	const short = "\b\t\n\f\r"
	const letters = "btnfr"
	b = append(b, '"')
next:
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			for j := range len(short) {
				if short[j] == c {
					b = append(b, '\\', letters[j])
					continue next
				}
			}
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// writeNumbers writes the numbers of t, little endian, through buf.
func writeNumbers(w io.Writer, t *Tensor, buf []byte) error {
	switch t.dtype() {
	case dtypeU8:
		_, err := w.Write(t.U8)
		return err
	case dtypeI64:
		for chunk := range slices.Chunk(t.I64, cap(buf)/8) {
			buf = buf[:0]
			for _, v := range chunk {
				buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
			}
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
		return nil
	}
	done := 0
	for chunk := range slices.Chunk(t.F32, cap(buf)/4) {
		buf = buf[:4*len(chunk)]
		for i, v := range chunk {
			bits := math.Float32bits(v)
			if !finite(bits) {
				return nonFinite(t.Name, done+i, v)
			}
			binary.LittleEndian.PutUint32(buf[4*i:], bits)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		done += len(chunk)
	}
	return nil
}

func nonFinite(name string, index int, v float32) *Error {
	e := invalid("tensor %s: number %d is %v; only finite numbers are stored", quote(name), index, v)
	e.Code = exitNonFinite
	return e
}
