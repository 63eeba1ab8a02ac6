package export

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/onnx"
)

// An Array is numbers for a tensor of an exported graph. One of the slices is
// set.
type Array struct {
	Name  string
	Shape []int
	F32   []float32
	F64   []float64
	I64   []int
	U8    []uint8
}

// npy is the array in NumPy's file format, version 1.0.
func (a Array) npy() []byte {
	kind, raw := "<f4", []byte{}
	switch {
	case a.F64 != nil:
		kind = "<f8"
		for _, v := range a.F64 {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
		}
	case a.I64 != nil:
		kind = "<i8"
		for _, v := range a.I64 {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(int64(v)))
		}
	case a.U8 != nil:
		kind, raw = "|u1", a.U8
	default:
		for _, v := range a.F32 {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	}
	var dims strings.Builder
	for _, d := range a.Shape {
		fmt.Fprintf(&dims, "%d,", d)
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, dims.String())
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	out := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(out, header...), raw...)
}

// Numbers are the array's, whatever their type.
func (a Array) Numbers() []float64 {
	out := slices.Clone(a.F64)
	for _, v := range a.F32 {
		out = append(out, float64(v))
	}
	for _, v := range a.I64 {
		out = append(out, float64(v))
	}
	for _, v := range a.U8 {
		out = append(out, float64(v))
	}
	return out
}

// empty is an array of a tensor for n rows.
func (t Tensor) empty(n int) Array {
	a := Array{Name: t.Name, Shape: []int{n}}
	size := n
	for _, d := range t.Shape[1:] {
		a.Shape = append(a.Shape, d.(int))
		size *= d.(int)
	}
	switch t.Type {
	case onnx.Double.String():
		a.F64 = make([]float64, size)
	case onnx.Int64.String():
		a.I64 = make([]int, size)
	case onnx.Uint8.String():
		a.U8 = make([]uint8, size)
	default:
		a.F32 = make([]float32, size)
	}
	return a
}
