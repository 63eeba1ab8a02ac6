package checkpoints

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"sort"
)

// A Header is the header of a safetensors file.
type Header struct {
	Metadata map[string]string // nil when there is none
	Tensors  []Info            // in the order of their data in the file

	data int64 // offset of the data
}

// An Info describes one tensor of a file.
type Info struct {
	Name  string
	DType string // F32, I64 or U8
	Shape []int

	begin, end int64 // of the data, relative to the end of the header
}

// ReadHeader reads and checks the header of the safetensors file in the first size bytes of r: all
// limits hold, and the tensors fill the rest of the file without gaps, overlaps or excess bytes. It
// does not read the data. It allocates at most what the header's size allows, and never memory that
// the file merely claims to need.
func ReadHeader(r io.ReaderAt, size int64) (*Header, error) { return readHeader(r, size, dtypeSize) }

// readHeader is ReadHeader for dtypes with the given widths.
func readHeader(r io.ReaderAt, size int64, width func(dtype string) (bytes int64, known bool)) (*Header, error) {
	length, err := headerLength(r, size)
	if err != nil {
		return nil, err
	}
	b := make([]byte, length)
	if err := readFullAt(r, b, 8); err != nil {
		return nil, err
	}
	h, err := parseHeader(b)
	if err != nil {
		return nil, err
	}
	h.data = 8 + length
	if err := h.layout(size-h.data, width); err != nil {
		return nil, err
	}
	return h, nil
}

func headerLength(r io.ReaderAt, size int64) (int64, error) {
	if size == 0 {
		return 0, invalid("the file is empty").hinted("it was never written, or lost its contents; use another copy")
	}
	if size < 8 {
		return 0, invalid("the file has %d bytes, too few for a safetensors file", size)
	}
	var b [8]byte
	if err := readFullAt(r, b[:], 0); err != nil {
		return 0, err
	}
	length := binary.LittleEndian.Uint64(b[:])
	switch {
	case length > math.MaxInt64:
		return 0, invalid("the header's length is negative or beyond 63 bits").hinted("this is not a safetensors file")
	case length > MaxHeaderBytes:
		return 0, invalid("the header claims %d bytes, at most %d are read", length, MaxHeaderBytes).hinted("this is not a safetensors file, or a damaged one")
	case int64(length) > size-8:
		return 0, invalid("the header claims %d bytes, the file ends after %d", length, size-8).hinted("the file is truncated; use another copy")
	case length < 2:
		return 0, invalid("the header has %d bytes, the shortest possible is {}", length)
	}
	return int64(length), nil
}

// readFullAt fills b.
func readFullAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return unreadable("", err)
}

// parseHeader decodes the JSON without checking offsets.
func parseHeader(b []byte) (*Header, error) {
	p := &headerParser{b: b}
	h := &Header{}
	if b[0] != '{' {
		return nil, p.fail("it does not start with {")
	}
	seen := make(map[string]bool)
	err := p.object("the header", func(key string) error {
		if seen[key] {
			return p.fail("the key %s is repeated", quote(key))
		}
		seen[key] = true
		if key == metadataKey {
			return p.metadata(h)
		}
		if len(h.Tensors) == MaxTensors {
			return p.fail("it has more than %d tensors", MaxTensors)
		}
		if key == "" {
			return p.fail("a tensor has an empty name")
		}
		t, err := p.entry(key)
		h.Tensors = append(h.Tensors, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.peek(); p.i < len(b) {
		return nil, p.fail("something follows the closing brace")
	}
	return h, nil
}

func (p *headerParser) metadata(h *Header) error {
	h.Metadata = make(map[string]string)
	return p.object(metadataKey, func(key string) error {
		if _, ok := h.Metadata[key]; ok {
			return p.fail("the metadata key %s is repeated", quote(key))
		}
		if len(h.Metadata) == MaxMetadata {
			return p.fail("it has more than %d metadata entries", MaxMetadata)
		}
		value, err := p.text("a value of", metadataKey)
		h.Metadata[key] = value
		return err
	})
}

// entry reads the description of one tensor.
func (p *headerParser) entry(name string) (Info, error) {
	p.tensor = name
	t := Info{Name: name}
	var dtype, shape, offsets bool // whether each was seen
	once := func(seen *bool, key string) error {
		if *seen {
			return p.fail("the field %s is repeated", key)
		}
		*seen = true
		return nil
	}
	err := p.object("the entry", func(key string) (err error) {
		switch key {
		case "dtype":
			if err = once(&dtype, key); err == nil {
				t.DType, err = p.text("the field", "dtype")
			}
		case "shape":
			if err = once(&shape, key); err == nil {
				t.Shape, err = p.shape()
			}
		case "data_offsets":
			if err = once(&offsets, key); err == nil {
				t.begin, t.end, err = p.offsets()
			}
		default:
			err = p.fail("the field %s is unknown", quote(key))
		}
		return err
	})
	switch {
	case err != nil:
	case !dtype:
		err = p.fail("the field dtype is missing")
	case !shape:
		err = p.fail("the field shape is missing")
	case !offsets:
		err = p.fail("the field data_offsets is missing")
	}
	p.tensor = ""
	return t, err
}

func (p *headerParser) shape() ([]int, error) {
	dims, err := p.wholes("shape", MaxRank)
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(dims))
	for i, d := range dims {
		if d > math.MaxInt {
			return nil, p.fail("dimension %d is too large for this machine", d)
		}
		shape[i] = int(d)
	}
	return shape, nil
}

func (p *headerParser) offsets() (begin, end int64, err error) {
	pair, err := p.wholes("data_offsets", 2)
	if err != nil {
		return 0, 0, err
	}
	if len(pair) != 2 {
		return 0, 0, p.fail("data_offsets has %d numbers, 2 are expected", len(pair))
	}
	return pair[0], pair[1], nil
}

// layout checks the tensors one by one and against each other: together they fill the size bytes
// after the header.
func (h *Header) layout(size int64, width func(string) (int64, bool)) error {
	for i := range h.Tensors {
		if err := h.Tensors[i].check(size, width); err != nil {
			return err
		}
	}
	sort.SliceStable(h.Tensors, func(i, j int) bool {
		a, b := &h.Tensors[i], &h.Tensors[j]
		if a.begin != b.begin {
			return a.begin < b.begin
		}
		if a.end != b.end {
			return a.end < b.end // an empty tensor precedes the one that starts at the same offset
		}
		return a.Name < b.Name
	})
	var at int64
	for i := range h.Tensors {
		t := &h.Tensors[i]
		if t.begin > at {
			return invalid("there is a gap of %d bytes before tensor %s", t.begin-at, quote(t.Name))
		}
		if t.begin < at {
			return invalid("tensors %s and %s overlap by %d bytes", quote(h.Tensors[i-1].Name), quote(t.Name), at-t.begin)
		}
		at = t.end
	}
	if at < size {
		return invalid("%d bytes follow the last tensor", size-at)
	}
	return nil
}

// check checks one tensor against the size of the data.
func (t *Info) check(size int64, widthOf func(string) (int64, bool)) error {
	width, ok := widthOf(t.DType)
	if !ok && foreignDtype(t.DType) {
		return invalid("tensor %s has dtype %s; F32, I64 and U8 are supported", quote(t.Name), t.DType).hinted("convert the file to F32")
	}
	if !ok {
		return invalid("tensor %s has the unknown dtype %s", quote(t.Name), quote(t.DType))
	}
	n, ok := elements(t.Shape)
	if !ok || n > math.MaxInt64/width {
		return invalid("tensor %s: the size of shape %s overflows", quote(t.Name), shapeString(t.Shape))
	}
	if t.end < t.begin {
		return invalid("tensor %s ends at %d before it starts at %d", quote(t.Name), t.end, t.begin)
	}
	if t.end-t.begin != n*width {
		return invalid("tensor %s: shape %s of %s takes %d bytes, the offsets give %d", quote(t.Name), shapeString(t.Shape), t.DType, n*width, t.end-t.begin)
	}
	if t.end > size {
		return invalid("tensor %s ends at byte %d of the data, the file holds %d", quote(t.Name), t.end, size).hinted("the file is truncated; use another copy")
	}
	return nil
}
