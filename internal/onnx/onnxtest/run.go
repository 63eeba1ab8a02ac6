package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
)

// A Value is numbers of any type, in row-major order.
type Value struct {
	Shape []int
	Data  []float64
}

// node is an operator that is being run.
type node struct {
	op      string
	in      []Value
	numbers map[string]float64 // attributes
	lists   map[string][]int
}

// Run computes the outputs of a graph, in float64, by the definitions of the
// operators: slowly, for small models. It knows what exports use of them.
func Run(model []byte, inputs map[string]Value) (out map[string]Value, err error) {
	defer func() { // of a shape that does not fit
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	values := map[string]Value{"": {}}
	for name, v := range inputs {
		values[name] = v
	}
	g := message(All(message(model), 7)[0])
	for _, b := range All(g, 5) {
		w := message(b)
		values[string(All(w, 8)[0])] = weight(w)
	}
	for _, b := range All(g, 1) {
		m := message(b)
		n := node{op: string(All(m, 4)[0]), numbers: map[string]float64{}, lists: map[string][]int{}}
		for _, name := range All(m, 1) {
			v, ok := values[string(name)]
			if !ok {
				return nil, fmt.Errorf("%s reads %q, which is not there", All(m, 3)[0], name)
			}
			n.in = append(n.in, v)
		}
		for _, a := range All(m, 5) {
			n.attribute(message(a))
		}
		v, err := n.run()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", All(m, 3)[0], err)
		}
		values[string(All(m, 2)[0])] = v
	}
	out = map[string]Value{}
	for _, b := range All(g, 12) {
		name := string(All(message(b), 1)[0])
		out[name] = values[name]
	}
	return out, nil
}

// tolerance is what float32 may differ by from float64; of large numbers in
// proportion.
const tolerance = 1e-4

// Compare runs a graph and wants some of its outputs.
func Compare(t *testing.T, name string, model []byte, inputs, want map[string]Value) {
	t.Helper()
	got, err := Run(model, inputs)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for output, w := range want {
		g := got[output]
		if !slices.Equal(g.Shape, w.Shape) {
			t.Errorf("%s: %s has the shape %v, want %v", name, output, g.Shape, w.Shape)
			continue
		}
		for i, x := range g.Data {
			if !(math.Abs(x-w.Data[i]) <= tolerance*max(1, math.Abs(w.Data[i]))) {
				t.Errorf("%s: %s is %v at %d, want %v", name, output, x, i, w.Data[i])
				break
			}
		}
	}
}

func message(b []byte) []Field {
	f, err := Parse(b)
	if err != nil {
		panic(err)
	}
	return f
}

func list(b []byte) []int {
	var out []int
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		out, b = append(out, int(int64(v))), b[n:]
	}
	return out
}

func weight(w []Field) Value {
	v, raw := Value{Shape: list(All(w, 1)[0])}, All(w, 9)[0]
	var kind uint64
	for _, f := range w {
		if f.Number == 2 {
			kind = f.Varint
		}
	}
	width := widths[kind]
	for i := 0; i < len(raw); i += width {
		var x float64
		switch kind {
		case 1:
			x = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
		case 7:
			x = float64(int64(binary.LittleEndian.Uint64(raw[i:])))
		case 11:
			x = math.Float64frombits(binary.LittleEndian.Uint64(raw[i:]))
		default:
			x = float64(raw[i])
		}
		v.Data = append(v.Data, x)
	}
	return v
}

func (n *node) attribute(a []Field) {
	name := string(All(a, 1)[0])
	for _, f := range a {
		switch f.Number {
		case 2:
			n.numbers[name] = float64(math.Float32frombits(uint32(f.Varint)))
		case 3:
			n.numbers[name] = float64(int64(f.Varint))
		case 8:
			n.lists[name] = list(f.Bytes)
		}
	}
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func made(shape []int) Value { return Value{slices.Clone(shape), make([]float64, size(shape))} }

// ints are the numbers of the i-th input.
func (n *node) ints(i int) []int {
	var out []int
	for _, v := range n.in[i].Data {
		out = append(out, int(v))
	}
	return out
}

func bit(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

var unary = map[string]func(x float64) float64{
	"Abs": math.Abs, "Cos": math.Cos, "Sin": math.Sin, "Round": math.RoundToEven, "Erf": math.Erf, "Exp": math.Exp, "Log": math.Log, "Sqrt": math.Sqrt, "Tanh": math.Tanh, "Sigmoid": sigmoid,
	"Identity": func(x float64) float64 { return x },
	"Neg":      func(x float64) float64 { return -x },
	"Not":      func(x float64) float64 { return 1 - x },
	"IsNaN":    func(x float64) float64 { return bit(math.IsNaN(x)) },
	"Relu":     func(x float64) float64 { return max(x, 0) },
	"Sign":     func(x float64) float64 { return bit(x > 0) - bit(x < 0) },
	"Softplus": func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
}

var binary2 = map[string]func(x, y float64) float64{
	"Add": func(x, y float64) float64 { return x + y }, "Sum": func(x, y float64) float64 { return x + y },
	"Sub": func(x, y float64) float64 { return x - y }, "Mul": func(x, y float64) float64 { return x * y },
	"Div": func(x, y float64) float64 { return x / y },
	"Max": func(x, y float64) float64 { return max(x, y) }, "Min": func(x, y float64) float64 { return min(x, y) },
	"Equal":       func(x, y float64) float64 { return bit(x == y) },
	"Greater":     func(x, y float64) float64 { return bit(x > y) },
	"Less":        func(x, y float64) float64 { return bit(x < y) },
	"LessOrEqual": func(x, y float64) float64 { return bit(x <= y) },
}

func (n *node) run() (Value, error) {
	if f := unary[n.op]; f != nil {
		out := made(n.in[0].Shape)
		for i, x := range n.in[0].Data {
			out.Data[i] = f(x)
		}
		return out, nil
	}
	if f := binary2[n.op]; f != nil {
		out := n.in[0]
		for _, y := range n.in[1:] {
			out = broadcast(f, out, y)
		}
		return out, nil
	}
	switch n.op {
	case "Where":
		picked := broadcast(func(c, x float64) float64 { // NaN stands for what is not picked
			if c != 0 {
				return x
			}
			return math.NaN()
		}, n.in[0], n.in[1])
		return broadcast(func(x, y float64) float64 {
			if math.IsNaN(x) {
				return y
			}
			return x
		}, picked, n.in[2]), nil
	case "Clip":
		return broadcast(math.Min, broadcast(math.Max, n.in[0], n.in[1]), n.in[2]), nil
	case "Cast":
		return n.cast(), nil
	case "ReduceSum", "ReduceMax", "ReduceMean":
		return n.reduce(), nil
	case "Softmax", "LogSoftmax":
		return n.softmax(), nil
	case "MatMul", "Gemm":
		return n.product(), nil
	case "Conv", "MaxPool", "AveragePool":
		return n.window(), nil
	case "BatchNormalization", "InstanceNormalization", "LayerNormalization":
		return n.normalise(), nil
	}
	return n.layout()
}

// cast rounds what becomes whole, and what becomes float32.
func (n *node) cast() Value {
	out := made(n.in[0].Shape)
	for i, x := range n.in[0].Data {
		switch n.numbers["to"] {
		case 7:
			x = math.Trunc(x)
		case 1:
			x = float64(float32(x))
		}
		out.Data[i] = x
	}
	return out
}

// broadcast aligns shapes at their last axes.
func broadcast(f func(x, y float64) float64, a, b Value) Value {
	shape := make([]int, max(len(a.Shape), len(b.Shape)))
	dim := func(v Value, i int) int {
		if j := i - len(shape) + len(v.Shape); j >= 0 {
			return v.Shape[j]
		}
		return 1
	}
	for i := range shape {
		x, y := dim(a, i), dim(b, i)
		if x != y && x != 1 && y != 1 {
			panic(fmt.Sprintf("shapes %v and %v do not broadcast", a.Shape, b.Shape))
		}
		shape[i] = max(x, y)
	}
	out := made(shape)
	at := func(v Value, index []int) float64 {
		k := 0
		for i, x := range index {
			if d := dim(v, i); d > 1 {
				k = k*d + x
			}
		}
		return v.Data[k]
	}
	each(shape, func(i int, index []int) { out.Data[i] = f(at(a, index), at(b, index)) })
	return out
}

// each goes over the places of a shape.
func each(shape []int, f func(i int, index []int)) {
	index := make([]int, len(shape))
	for i := range size(shape) {
		for a, k := len(shape)-1, i; a >= 0; a-- {
			index[a], k = k%shape[a], k/shape[a]
		}
		f(i, index)
	}
}

// place is the flat position of an index.
func place(shape, index []int) int {
	k := 0
	for i, d := range shape {
		k = k*d + index[i]
	}
	return k
}

func (n *node) reduce() Value {
	x, axes := n.in[0], n.lists["axes"]
	if len(n.in) > 1 {
		axes = n.ints(1)
	}
	kept := slices.Clone(x.Shape)
	for _, a := range axes {
		kept[a] = 1
	}
	out, count := made(kept), float64(size(x.Shape)/size(kept))
	if n.op == "ReduceMax" {
		for i := range out.Data {
			out.Data[i] = math.Inf(-1)
		}
	}
	each(x.Shape, func(i int, index []int) {
		at := slices.Clone(index)
		for _, a := range axes {
			at[a] = 0
		}
		y := &out.Data[place(kept, at)]
		switch n.op {
		case "ReduceMax":
			*y = max(*y, x.Data[i])
		case "ReduceSum":
			*y += x.Data[i]
		default:
			*y += x.Data[i] / count
		}
	})
	if n.numbers["keepdims"] == 0 {
		out.Shape = without(kept, axes)
	}
	return out
}

// without leaves axes out.
func without(shape, axes []int) []int {
	var out []int
	for i, d := range shape {
		if !slices.Contains(axes, i) {
			out = append(out, d)
		}
	}
	return out
}
