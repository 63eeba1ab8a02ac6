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
	switch p := in.Preprocessor.(type) {
	case *data.Image:
		ts = e.image(p)
	case *data.Tabular:
		ts = e.tabular(p)
	default:
		for _, f := range in.Features() {
			ts = append(ts, e.feature(f))
		}
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

// image takes pixels as a decoder gives them, rows of pixels of channels, 0 to
// 255, and normalises them as package imaging does: x · 1/(255·std) - mean/std.
func (e *entry) image(p *data.Image) []Tensor {
	c := p.Config()
	shape := []int{c.Size[0], c.Size[1], c.Channels}
	name := e.name + ".pixels"
	x := e.declare(name, onnx.Uint8, shape...)
	x = e.with("Transpose", []string{e.float(x)}, onnx.IntList("perm", 0, 3, 1, 2))
	mean, std := p.MeanStd()
	scale, shift := make([]float32, c.Channels), make([]float32, c.Channels)
	for i := range scale {
		s := std[i]
		if s == 0 {
			s = 1
		}
		scale[i], shift[i] = 1/(255*s), -mean[i]/s
	}
	channel := []int{c.Channels, 1, 1}
	x = e.op("Add", e.op("Mul", x, e.floats(channel, scale...)), e.floats(channel, shift...))
	e.set("pixels", x, onnx.Float, 3)
	return []Tensor{tensor(name, onnx.Uint8, shape...)}
}

// tabular takes numbers in the units of their columns, NaN for a missing one,
// and the places of categories in their lists.
func (e *entry) tabular(p *data.Tabular) []Tensor {
	var ts []Tensor
	for _, f := range p.Features() {
		switch f.Name {
		case "numeric":
			n := f.Shape[0]
			name := e.name + ".numeric"
			x := e.declare(name, onnx.Double, n)
			missing := e.op("IsNaN", x)
			x = e.op("Where", missing, e.doubles([]int{}, 0), x)
			z := e.with("Cast", []string{e.standardise(x, p.Scalings())}, onnx.Int("to", int(onnx.Float)))
			e.set("numeric", e.op("Where", missing, e.number(0), z), onnx.Float, 1)
			if p.MayMiss() {
				e.set("numeric_missing", e.float(missing), onnx.Float, 1)
			}
			ts = append(ts, tensor(name, onnx.Double, n))
		case "categories":
			ts = append(ts, e.feature(f))
		}
	}
	return ts
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
