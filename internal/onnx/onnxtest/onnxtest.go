// Package onnxtest reads ONNX files, and computes what they say, for tests. It
// shares no code with the writer, and follows the definitions of the operators
// in float64, slowly.
package onnxtest

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// A Field is one field of a protocol buffer.
type Field struct {
	Number int
	Varint uint64
	Bytes  []byte
}

// Parse reads the fields of a message.
func Parse(b []byte) ([]Field, error) {
	var out []Field
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, errors.New("a tag is cut off")
		}
		b = b[n:]
		f := Field{Number: int(tag >> 3)}
		switch tag & 7 {
		case 0:
			if f.Varint, n = binary.Uvarint(b); n <= 0 {
				return nil, errors.New("a number is cut off")
			}
		case 2:
			size, m := binary.Uvarint(b)
			if m <= 0 || size > uint64(len(b)-m) {
				return nil, errors.New("bytes are cut off")
			}
			f.Bytes, n = b[m:m+int(size)], m+int(size)
		case 5:
			if n = 4; len(b) < n {
				return nil, errors.New("a float is cut off")
			}
			f.Varint = uint64(binary.LittleEndian.Uint32(b))
		default:
			return nil, errors.New("a field has a type that ONNX does not use")
		}
		out, b = append(out, f), b[n:]
	}
	return out, nil
}

// All are the bytes of every field of a number.
func All(fields []Field, number int) [][]byte {
	var out [][]byte
	for _, f := range fields {
		if f.Number == number {
			out = append(out, f.Bytes)
		}
	}
	return out
}

// operators are those of the standard set that exports use.
var operators = []string{
	"Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Conv", "Cos", "Div", "Equal", "Erf", "Exp", "Expand",
	"Gather", "Gemm", "Greater", "Identity", "InstanceNormalization", "IsNaN", "LayerNormalization", "Less", "LessOrEqual", "Log",
	"LogSoftmax", "MatMul", "Max", "MaxPool", "Min", "Mul", "Neg", "Not", "Pad", "ReduceMax", "ReduceMean", "ReduceSum", "Relu",
	"Reshape", "Round", "Shape", "Sigmoid", "Sign", "Sin", "Slice", "Softmax", "Softplus", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose",
	"Unsqueeze", "Where",
}

// Check reports what is wrong with a model: a message that cannot be read, an
// operator that is unknown, a value that is read before it is computed or
// written twice, weights whose numbers do not fill their shape, an output that
// nothing computes, an axis of rows that is not left open.
func Check(t *testing.T, model []byte) {
	t.Helper()
	parse := func(b []byte) []Field {
		t.Helper()
		f, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	m := parse(model)
	graphs := All(m, 7)
	if len(graphs) != 1 {
		t.Fatalf("the model has %d graphs", len(graphs))
	}
	g := parse(graphs[0])
	have := map[string]bool{}
	define := func(name string) {
		t.Helper()
		if name == "" || have[name] {
			t.Errorf("the value %q is written twice, or has no name", name)
		}
		have[name] = true
	}
	for _, b := range All(g, 11) {
		v := parse(b)
		define(string(All(v, 1)[0]))
		checkRows(t, parse, string(All(v, 1)[0]), All(v, 2)[0])
	}
	for _, b := range All(g, 5) {
		w := parse(b)
		define(string(All(w, 8)[0]))
		checkSize(t, string(All(w, 8)[0]), w)
	}
	for _, b := range All(g, 1) {
		n := parse(b)
		op := string(All(n, 4)[0])
		if !slices.Contains(operators, op) {
			t.Errorf("the operator %q is not among those that are known", op)
		}
		for _, in := range All(n, 1) {
			if !have[string(in)] {
				t.Errorf("%s reads %q before it is there", All(n, 3)[0], in)
			}
		}
		for _, out := range All(n, 2) {
			define(string(out))
		}
	}
	outs := All(g, 12)
	if len(outs) == 0 {
		t.Error("the graph has no output")
	}
	for _, b := range outs {
		v := parse(b)
		name := string(All(v, 1)[0])
		if !have[name] {
			t.Errorf("nothing computes the output %q", name)
		}
		checkRows(t, parse, name, All(v, 2)[0])
	}
}

// checkRows wants the first axis of a tensor to have a name, and no other.
func checkRows(t *testing.T, parse func([]byte) []Field, name string, kind []byte) {
	t.Helper()
	shape := All(parse(All(parse(kind), 1)[0]), 2)[0]
	for i, b := range All(parse(shape), 1) {
		if dim := parse(b); (dim[0].Number == 2) != (i == 0) {
			t.Errorf("axis %d of %s: only the first may be left open", i, name)
		}
	}
}

// widths are the bytes of an element of each type.
var widths = map[uint64]int{1: 4, 2: 1, 7: 8, 9: 1, 11: 8}

func checkSize(t *testing.T, name string, w []Field) {
	t.Helper()
	n := 1
	for dims := All(w, 1)[0]; len(dims) > 0; {
		d, m := binary.Uvarint(dims)
		n, dims = n*int(d), dims[m:]
	}
	for _, f := range w {
		if f.Number == 2 {
			n *= widths[f.Varint]
		}
	}
	if got := len(All(w, 9)[0]); got != n {
		t.Errorf("the weight %s has %d bytes, want %d", name, got, n)
	}
}
