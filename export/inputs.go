package export

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/onnx"
)

// An entry is one input of a model, where it enters the graph: raw tensors come
// in, and the features that its encoder reads are written.
type entry struct {
	*block
	name    string
	present string            // bool (N, 1)
	inputs  map[string]string // values of the model's inputs, by their names
}

// enter declares the presence and the tensors of an input and returns them. What
// a preprocessor does to cells that is but arithmetic is done here; what is left
// for a caller is in the Description.
func (g *graph) enter(in data.Input, inputs map[string]string) []Tensor {
	e := &entry{block: &block{graph: g, path: in.Name}, name: in.Name, inputs: inputs}
	presence := Tensor{Name: in.Name + ".present", Type: onnx.Float.String(), Shape: []any{batchAxis, 1}}
	raw := e.declare(presence.Name, onnx.Float, 1)
	if g.first == "" {
		g.first = raw
	}
	e.present = e.has(raw)
	inputs[presence.Name] = e.float(e.present)
	var ts []Tensor
	p, portable := in.Preprocessor.(data.Portable)
	missing := "" // where the Values before a Flag are NaN
	for _, f := range in.Features() {
		if f.Role == data.Flag && missing != "" {
			e.set(f.Name, e.float(missing), onnx.Float, len(f.Shape))
			continue
		}
		if portable && f.Role == data.Values {
			if prelude, ok := p.Prelude(f); ok {
				var t Tensor
				t, missing = e.begin(f, prelude)
				ts = append(ts, t)
				continue
			}
		}
		ts = append(ts, e.feature(f))
	}
	return append(ts, presence)
}

// declare makes an input of the graph, (N, shape...).
func (e *entry) declare(name string, t onnx.Type, shape ...int) string {
	dims := []onnx.Dim{{Name: batchAxis}}
	for _, d := range shape {
		dims = append(dims, onnx.Dim{Size: d})
	}
	e.Inputs = append(e.Inputs, onnx.Value{Name: name, Type: t, Shape: dims})
	e.taken[name]++
	return name
}

func tensor(name string, t onnx.Type, shape ...int) Tensor {
	out := Tensor{Name: name, Type: t.String(), Shape: []any{batchAxis}}
	for _, d := range shape {
		out.Shape = append(out.Shape, d)
	}
	return out
}

// set is a feature of rank 1+rank; rows that lack the input get zeros, whatever
// the caller left there.
func (e *entry) set(feature, x string, t onnx.Type, rank int) {
	present := e.present
	if rank > 1 {
		var axes []int
		for i := 1; i < rank; i++ {
			axes = append(axes, i+1)
		}
		present = e.unsqueeze(present, axes...)
	}
	zero := e.number(0)
	if t == onnx.Int64 {
		zero = e.constant(onnx.Ints("", []int{}, []int{0}))
	}
	e.inputs[e.name+"."+feature] = e.op("Where", present, x, zero)
}

// feature takes a feature as it is: ids, masks, and what a preprocessor of
// another package writes.
func (e *entry) feature(f data.Feature) Tensor {
	t := onnx.Float
	if f.Int {
		t = onnx.Int64
	}
	name := e.name + "." + f.Name
	e.set(f.Name, e.declare(name, t, f.Shape...), t, len(f.Shape))
	return tensor(name, t, f.Shape...)
}

// begin takes what a Prelude begins with and makes the feature of it. Of doubles it
// says where they are missing.
func (e *entry) begin(f data.Feature, p data.Prelude) (Tensor, string) {
	name := e.name + "." + f.Name
	if p.Type == data.Uint8 {
		x := e.float(e.declare(name, onnx.Uint8, p.Shape...))
		e.set(f.Name, e.steps(x, p, onnx.Float), onnx.Float, len(f.Shape))
		return tensor(name, onnx.Uint8, p.Shape...), ""
	}
	x := e.declare(name, onnx.Double, p.Shape...)
	missing := e.op("IsNaN", x)
	x = e.op("Where", missing, e.doubles([]int{}, 0), x)
	z := e.with("Cast", []string{e.steps(x, p, onnx.Double)}, onnx.Int("to", int(onnx.Float)))
	e.set(f.Name, e.op("Where", missing, e.number(0), z), onnx.Float, len(f.Shape))
	return tensor(name, onnx.Double, p.Shape...), missing
}

// steps does those of a Prelude, in a type of numbers.
func (e *entry) steps(x string, p data.Prelude, t onnx.Type) string {
	numbers := func(shape []int, v []float32) string {
		if t == onnx.Float {
			return e.floats(shape, v...)
		}
		wide := make([]float64, len(v))
		for i := range v {
			wide[i] = float64(v[i])
		}
		return e.doubles(shape, wide...)
	}
	for _, s := range p.Steps {
		switch s := s.(type) {
		case data.Transpose:
			perm := []int{0}
			for _, axis := range s.Axes {
				perm = append(perm, axis+1)
			}
			x = e.with("Transpose", []string{x}, onnx.IntList("perm", perm...))
		case data.Affine:
			x = e.op("Mul", x, numbers(s.Shape, s.Mul))
			x = e.op("Add", x, numbers(s.Shape, s.Add))
		case data.Standardise:
			x = e.standardise(x, s)
		case data.UnitLength:
			x = e.unit(x, numbers)
		}
	}
	return x
}

// unit divides rows (N, n) by their lengths; rows of zeros stay.
func (e *entry) unit(x string, numbers func(shape []int, v []float32) string) string {
	length := e.op("Sqrt", e.sum(e.op("Mul", x, x), true, 1)) // (N, 1)
	one, zero := numbers([]int{}, []float32{1}), numbers([]int{}, []float32{0})
	return e.op("Div", x, e.op("Where", e.op("Greater", length, zero), length, one))
}

func (b *block) doubles(shape []int, v ...float64) string {
	return b.constant(onnx.Doubles("", shape, v))
}

// output declares an output of the graph: a value under a name of its own.
func (g *graph) output(name string, t onnx.Type, v value) error {
	for _, o := range g.Outputs {
		if o.Name == name {
			return fmt.Errorf("the output %s is asked for twice", name)
		}
	}
	g.taken[name]++
	g.Nodes = append(g.Nodes, onnx.Node{Op: "Identity", Name: "output/" + name, Inputs: []string{v.name}, Outputs: []string{name}})
	g.Outputs = append(g.Outputs, onnx.Value{Name: name, Type: t, Shape: v.shape})
	return nil
}
