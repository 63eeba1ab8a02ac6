package onnx_test

import (
	"fmt"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/internal/onnx/onnxtest"
)

func twice() *onnx.Model {
	rows := []onnx.Dim{{Name: "N"}, {Size: 2}}
	return &onnx.Model{Producer: "test", Graph: onnx.Graph{
		Name: "twice", Inputs: []onnx.Value{{Name: "x", Type: onnx.Float, Shape: rows}},
		Outputs: []onnx.Value{{Name: "y", Type: onnx.Float, Shape: rows}},
		Weights: []onnx.Tensor{onnx.Floats("two", []int{1}, []float32{2})},
		Nodes: []onnx.Node{
			{Op: "Mul", Name: "double", Inputs: []string{"x", "two"}, Outputs: []string{"double"}},
			{Op: "Softmax", Name: "y", Inputs: []string{"double"}, Outputs: []string{"y"}, Attributes: []onnx.Attribute{onnx.Int("axis", -1)}},
		},
	}}
}

// A model of two nodes, in bytes that any ONNX reader takes.
func Example() {
	b, err := twice().Marshal()
	fmt.Println(len(b), err)
	// Output: 166 <nil>
}

func TestMarshal(t *testing.T) {
	b, err := twice().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	onnxtest.Check(t, b)
	m, err := onnxtest.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := onnxtest.Parse(onnxtest.All(m, 7)[0])
	if err != nil {
		t.Fatal(err)
	}
	node, err := onnxtest.Parse(onnxtest.All(graph, 1)[1])
	if err != nil {
		t.Fatal(err)
	}
	attribute, err := onnxtest.Parse(onnxtest.All(node, 5)[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := string(onnxtest.All(attribute, 1)[0]); got != "axis" || int64(attribute[1].Varint) != -1 || attribute[2].Varint != 2 {
		t.Errorf("the attribute %s is %v", got, attribute)
	}
}

func TestTypes(t *testing.T) {
	for _, c := range []struct {
		tensor onnx.Tensor
		size   int
		name   string
	}{
		{onnx.Floats("", []int{2}, []float32{1, 2}), 8, "float32"},
		{onnx.Doubles("", []int{2}, []float64{1, 2}), 16, "float64"},
		{onnx.Ints("", []int{1}, []int{-1}), 8, "int64"},
	} {
		if len(c.tensor.Raw) != c.size || c.tensor.Type.String() != c.name {
			t.Errorf("%s: %d bytes of %s, want %d", c.name, len(c.tensor.Raw), c.tensor.Type, c.size)
		}
	}
}
