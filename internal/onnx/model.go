package onnx

import (
	"encoding/binary"
	"math"
)

// Opset is the operator set version of the written graphs.
const Opset = 17

// irVersion is the version of the file format that was released with Opset.
const irVersion = 8

// Type is the type of a tensor's elements (TensorProto.DataType).
type Type int

// The supported types.
const (
	Float  Type = 1
	Uint8  Type = 2
	Int64  Type = 7
	Bool   Type = 9
	Double Type = 11
)

// String returns NumPy's name of the type.
func (t Type) String() string {
	return map[Type]string{Float: "float32", Uint8: "uint8", Int64: "int64", Bool: "bool", Double: "float64"}[t]
}

// A Dim is the length of an axis: a number, or a name for one that is only known when the model
// runs.
type Dim struct {
	Size int
	Name string // if not empty, instead of Size
}

// A Value is an input or an output of a graph.
type Value struct {
	Name  string
	Type  Type
	Shape []Dim
}

// A Tensor holds numbers that are part of the model.
type Tensor struct {
	Name  string
	Type  Type
	Shape []int
	Raw   []byte // elements, little-endian, row-major
}

// Floats is a Tensor of float32.
func Floats(name string, shape []int, x []float32) Tensor {
	raw := make([]byte, 0, 4*len(x))
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return Tensor{name, Float, shape, raw}
}

// Doubles is a Tensor of float64.
func Doubles(name string, shape []int, x []float64) Tensor {
	raw := make([]byte, 0, 8*len(x))
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return Tensor{name, Double, shape, raw}
}

// Ints is a Tensor of int64.
func Ints(name string, shape []int, x []int) Tensor {
	raw := make([]byte, 0, 8*len(x))
	for _, v := range x {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(int64(v)))
	}
	return Tensor{name, Int64, shape, raw}
}

// An Attribute is a constant of a node; exactly one of the values is used.
type Attribute struct {
	Name string
	kind int
	i    int
	f    float32
	ints []int
}

// Kinds of attributes (AttributeProto.AttributeType).
const (
	kindFloat = 1
	kindInt   = 2
	kindInts  = 7
)

// Int is an integer attribute.
func Int(name string, v int) Attribute { return Attribute{Name: name, kind: kindInt, i: v} }

// Number is a float32 attribute.
func Number(name string, v float64) Attribute {
	return Attribute{Name: name, kind: kindFloat, f: float32(v)}
}

// IntList is a list of integers.
func IntList(name string, v ...int) Attribute { return Attribute{Name: name, kind: kindInts, ints: v} }

// A Node applies an operator of the standard set to values. An empty input is an omitted one.
type Node struct {
	Op, Name        string
	Inputs, Outputs []string
	Attributes      []Attribute
}

// A Graph computes Outputs from Inputs and Weights by Nodes, each of which follows those it reads.
type Graph struct {
	Name            string
	Inputs, Outputs []Value
	Weights         []Tensor
	Nodes           []Node
}

// A Model is a graph with its metadata.
type Model struct {
	Graph             Graph
	Producer, Version string
	Metadata          [][2]string // keys and values
}
