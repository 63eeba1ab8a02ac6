package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
)

// maxBytes is the maximum size of a protocol buffer.
const maxBytes = math.MaxInt32

// A message is a protocol buffer being written, field by field.
type message []byte

// Wire types.
const (
	varint = 0
	bytes  = 2
	fixed4 = 5
)

func (m *message) tag(field, wire int) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|uint64(wire))
}

func (m *message) int(field, v int) {
	m.tag(field, varint)
	*m = binary.AppendUvarint(*m, uint64(int64(v)))
}

func (m *message) float(field int, v float32) {
	m.tag(field, fixed4)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(v))
}

func (m *message) bytes(field int, b []byte) {
	m.tag(field, bytes)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) string(field int, s string) { m.bytes(field, []byte(s)) }

// ints writes a packed list.
func (m *message) ints(field int, vs []int) {
	var list message
	for _, v := range vs {
		list = binary.AppendUvarint(list, uint64(int64(v)))
	}
	m.bytes(field, list)
}

// Marshal returns the model as a file. A model of 2 GiB or more is an error, since it does not fit
// in one file.
func (m *Model) Marshal() ([]byte, error) {
	size := 0
	for _, t := range m.Graph.Weights {
		size += len(t.Raw)
	}
	if size > maxBytes {
		return nil, fmt.Errorf("the weights take %d bytes, but an ONNX file can hold at most 2 GiB", size)
	}
	var out, opset message
	out.int(1, irVersion)
	out.string(2, m.Producer)
	out.string(3, m.Version)
	out.bytes(7, m.Graph.marshal())
	opset.string(1, "")
	opset.int(2, Opset)
	out.bytes(8, opset)
	for _, e := range m.Metadata {
		var entry message
		entry.string(1, e[0])
		entry.string(2, e[1])
		out.bytes(14, entry)
	}
	if len(out) > maxBytes {
		return nil, fmt.Errorf("the model takes %d bytes, but an ONNX file can hold at most 2 GiB", len(out))
	}
	return out, nil
}

func (g *Graph) marshal() message {
	var m message
	for _, n := range g.Nodes {
		m.bytes(1, n.marshal())
	}
	m.string(2, g.Name)
	for _, t := range g.Weights {
		m.bytes(5, t.marshal())
	}
	for _, v := range g.Inputs {
		m.bytes(11, v.marshal())
	}
	for _, v := range g.Outputs {
		m.bytes(12, v.marshal())
	}
	return m
}

func (n *Node) marshal() message {
	var m message
	for _, s := range n.Inputs {
		m.string(1, s)
	}
	for _, s := range n.Outputs {
		m.string(2, s)
	}
	m.string(3, n.Name)
	m.string(4, n.Op)
	for _, a := range n.Attributes {
		m.bytes(5, a.marshal())
	}
	return m
}

func (a *Attribute) marshal() message {
	var m message
	m.string(1, a.Name)
	switch a.kind {
	case kindFloat:
		m.float(2, a.f)
	case kindInt:
		m.int(3, a.i)
	case kindInts:
		m.ints(8, a.ints)
	}
	m.int(20, a.kind)
	return m
}

func (t *Tensor) marshal() message {
	var m message
	m.ints(1, t.Shape)
	m.int(2, int(t.Type))
	m.string(8, t.Name)
	m.bytes(9, t.Raw)
	return m
}

func (v *Value) marshal() message {
	var shape, tensor, kind, m message
	for _, d := range v.Shape {
		var dim message
		if d.Name != "" {
			dim.string(2, d.Name)
		} else {
			dim.int(1, d.Size)
		}
		shape.bytes(1, dim)
	}
	tensor.int(1, int(v.Type))
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	m.string(1, v.Name)
	m.bytes(2, kind)
	return m
}
