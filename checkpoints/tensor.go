package checkpoints

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Limits of a safetensors file, enforced when writing and reading. They are far above any model of
// this project, and exclude files that make their reader allocate without bound.
const (
	MaxHeaderBytes = 16 << 20
	MaxTensors     = 100_000
	MaxRank        = 8
	MaxMetadata    = 1_000 // entries
)

// A Tensor is a name, a shape and numbers in row-major order. The numbers are float32 (F32), unless
// I64 or U8 is set; at most one of the three is. The shape of a scalar is empty; a dimension may be
// 0.
type Tensor struct {
	Name  string
	Shape []int
	F32   []float32 // finite: NaN and infinities are neither written nor read
	I64   []int64
	U8    []byte
}

// dtypes that are stored, by their names in the format, with their widths in bytes.
const (
	dtypeF32 = "F32"
	dtypeI64 = "I64"
	dtypeU8  = "U8"
)

func dtypeSize(dtype string) (int64, bool) {
	switch dtype {
	case dtypeF32:
		return 4, true
	case dtypeI64:
		return 8, true
	case dtypeU8:
		return 1, true
	}
	return 0, false
}

// foreignDtype reports whether the format defines dtype although it is not supported here: the file
// is intact, and a conversion helps.
func foreignDtype(dtype string) bool {
	switch dtype {
	case "BOOL", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F64", "U64", "C64",
		"F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4":
		return true
	}
	return false
}

// dtype is the format's name for t's number type.
func (t *Tensor) dtype() string {
	switch {
	case t.I64 != nil:
		return dtypeI64
	case t.U8 != nil:
		return dtypeU8
	}
	return dtypeF32
}

func (t *Tensor) len() int {
	switch t.dtype() {
	case dtypeI64:
		return len(t.I64)
	case dtypeU8:
		return len(t.U8)
	}
	return len(t.F32)
}

// check reports why t cannot be stored.
func (t *Tensor) check() error {
	switch {
	case t.Name == "":
		return invalid("a tensor has an empty name")
	case t.Name == metadataKey:
		return invalid("a tensor is named %s, which the format reserves", metadataKey)
	case !utf8.ValidString(t.Name):
		return invalid("tensor %s: the name is not UTF-8", quote(t.Name))
	case len(t.Shape) > MaxRank:
		return invalid("tensor %s: rank %d, at most %d is supported", quote(t.Name), len(t.Shape), MaxRank)
	}
	set := 0
	for _, is := range []bool{t.F32 != nil, t.I64 != nil, t.U8 != nil} {
		if is {
			set++
		}
	}
	if set > 1 {
		return invalid("tensor %s: more than one of F32, I64 and U8 is set", quote(t.Name))
	}
	n, ok := elements(t.Shape)
	if !ok {
		return invalid("tensor %s: shape %s is negative or overflows", quote(t.Name), shapeString(t.Shape))
	}
	if n != int64(t.len()) {
		return invalid("tensor %s: shape %s has %d numbers, got %d", quote(t.Name), shapeString(t.Shape), n, t.len())
	}
	return nil
}

// elements is the product of shape; ok is false if a dimension is negative or the product
// overflows.
func elements(shape []int) (n int64, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || (d > 0 && n > math.MaxInt64/int64(d)) {
			return 0, false
		}
		n *= int64(d)
	}
	return n, true
}

// shapeString formats a shape as "(2, 3)".
func shapeString(shape []int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i, d := range shape {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, d)
	}
	b.WriteByte(')')
	return b.String()
}

// finite reports whether the float32 with these bits is finite: NaN and the infinities have an
// exponent of all ones.
func finite(bits uint32) bool { return bits&0x7f800000 != 0x7f800000 }
