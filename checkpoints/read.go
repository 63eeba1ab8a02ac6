package checkpoints

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
)

// Read reads the safetensors file in the first size bytes of r: the tensors in the order of their
// data, and the metadata. Everything that [Write] would not write is refused. Read allocates the
// data only after the header has passed every check, so never more than about size bytes plus the
// header.
func Read(r io.ReaderAt, size int64) ([]Tensor, map[string]string, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, nil, err
	}
	tensors := make([]Tensor, len(h.Tensors))
	for i, info := range h.Tensors {
		tensors[i] = info.alloc()
	}
	if err := h.fill(r, func(i int) *Tensor { return &tensors[i] }); err != nil {
		return nil, nil, err
	}
	return tensors, h.Metadata, nil
}

// alloc allocates the tensor that t describes.
func (t *Info) alloc() Tensor {
	n, _ := elements(t.Shape) // layout has checked this
	out := Tensor{Name: t.Name, Shape: t.Shape}
	switch t.DType {
	case dtypeI64:
		out.I64 = make([]int64, n)
	case dtypeU8:
		out.U8 = make([]byte, n)
	default:
		out.F32 = make([]float32, n)
	}
	return out
}

// LoadInto reads the safetensors file in the first size bytes of r into the slices of dst, and
// returns the metadata. The file and dst must have the same names, types and shapes: a name that
// only one of them has is an error, as is a different shape, and dst is then unchanged. After a
// read error, or a non-finite number, dst is partly filled and must not be used.
func LoadInto(r io.ReaderAt, size int64, dst []Tensor) (map[string]string, error) {
	h, err := ReadHeader(r, size)
	if err != nil {
		return nil, err
	}
	place, err := match(h, dst)
	if err != nil {
		return nil, err
	}
	if err := h.fill(r, func(i int) *Tensor { return &dst[place[i]] }); err != nil {
		return nil, err
	}
	return h.Metadata, nil
}

// fill reads the data of the i-th tensor of the header into target(i).
func (h *Header) fill(r io.ReaderAt, target func(i int) *Tensor) error {
	buf := make([]byte, bufferBytes)
	for i := range h.Tensors {
		if err := readNumbers(r, h.data+h.Tensors[i].begin, target(i), buf); err != nil {
			return err
		}
	}
	return nil
}

// readNumbers fills t with the data at an offset of r, through buf.
func readNumbers(r io.ReaderAt, at int64, t *Tensor, buf []byte) error {
	switch t.dtype() {
	case dtypeU8:
		if len(t.U8) == 0 {
			return nil
		}
		return readFullAt(r, t.U8, at)
	case dtypeI64:
		for chunk := range slices.Chunk(t.I64, len(buf)/8) {
			b := buf[:8*len(chunk)]
			if err := readFullAt(r, b, at); err != nil {
				return err
			}
			for i := range chunk {
				chunk[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
			}
			at += int64(len(b))
		}
		return nil
	}
	done := 0
	for chunk := range slices.Chunk(t.F32, len(buf)/4) {
		b := buf[:4*len(chunk)]
		if err := readFullAt(r, b, at); err != nil {
			return err
		}
		for i := range chunk {
			bits := binary.LittleEndian.Uint32(b[4*i:])
			if !finite(bits) {
				e := nonFinite(t.Name, done+i, math.Float32frombits(bits))
				e.Code = exitCheckpoint // the file is at fault, not this run
				return e
			}
			chunk[i] = math.Float32frombits(bits)
		}
		at += int64(len(b))
		done += len(chunk)
	}
	return nil
}
