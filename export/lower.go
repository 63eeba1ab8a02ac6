package export

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/op"
)

// A value is something computed in the ONNX graph.
type value struct {
	name  string
	shape []onnx.Dim
}

func (v value) rank() int { return len(v.shape) }

// size is the length of an axis that is not the rows'.
func (v value) size(axis int) int { return v.shape[axis].Size }

// A rule says how an operator is written in ONNX: it adds nodes to the block and
// returns the name of the result.
type rule func(b *block, spec op.Spec) string

// rules maps the types of operators to how they are written.
type rules map[reflect.Type]rule

// write sets the rule of an operator.
func write[S op.Spec](r rules, f func(b *block, s S) string) {
	r[reflect.TypeFor[S]()] = func(b *block, s op.Spec) string { return f(b, s.(S)) }
}

// table is the rules of all operators that evaluation uses. A new operator of
// package op goes into the file of its group.
var table = func() rules {
	r := rules{}
	elementwise(r)
	layouts(r)
	layers(r)
	images(r)
	sequences(r)
	presences(r)
	decisions(r)
	return r
}()

// graph is an ONNX graph being written.
type graph struct {
	onnx.Graph
	taken   map[string]int // names of nodes and values, with how often they were asked for
	consts  map[string]string
	rows    string           // the value of the number of rows, once it was needed
	byParam map[string]bool  // parameters that are weights already
	first   string           // an input whose first axis is the rows
	marks   map[string]value // what can be an output
	weights map[int]value    // of attentions, by step
}

func newGraph(name string) *graph {
	return &graph{Graph: onnx.Graph{Name: name}, taken: map[string]int{}, consts: map[string]string{}, byParam: map[string]bool{}, marks: map[string]value{}, weights: map[int]value{}}
}

// unique is a name that no other value has.
func (g *graph) unique(name string) string {
	g.taken[name]++
	if n := g.taken[name]; n > 1 {
		return g.unique(name + "_" + strconv.Itoa(n))
	}
	return name
}

// node adds a node of one output, which is named after it.
func (g *graph) node(at, kind string, in []string, attributes ...onnx.Attribute) string {
	name := g.unique(at + "/" + kind)
	g.Nodes = append(g.Nodes, onnx.Node{Op: kind, Name: name, Inputs: in, Outputs: []string{name}, Attributes: attributes})
	return name
}

// constant adds numbers; equal ones are one weight.
func (g *graph) constant(t onnx.Tensor) string {
	key := fmt.Sprint(t.Type, t.Shape, string(t.Raw))
	if name, ok := g.consts[key]; ok {
		return name
	}
	t.Name = g.unique("constant/" + strconv.Itoa(len(g.consts)))
	g.Weights = append(g.Weights, t)
	g.consts[key] = t.Name
	return t.Name
}

// count is the number of rows, a list of one.
func (g *graph) count() string {
	if g.rows == "" {
		g.rows = g.node("rows", "Shape", []string{g.first}, onnx.Int("start", 0), onnx.Int("end", 1))
	}
	return g.rows
}

// A block is one operator being written.
type block struct {
	*graph
	at   int // the step
	path string
	in   []value
	out  []onnx.Dim
}

// op adds an ONNX node.
func (b *block) op(kind string, in ...string) string { return b.node(b.path, kind, in) }

// with adds an ONNX node that has attributes.
func (b *block) with(kind string, in []string, attributes ...onnx.Attribute) string {
	return b.node(b.path, kind, in, attributes...)
}

// names are those of the inputs from lo to hi.
func (b *block) names(lo, hi int) []string {
	var out []string
	for _, v := range b.in[lo:hi] {
		out = append(out, v.name)
	}
	return out
}

func (b *block) x() string { return b.in[0].name }

// number is a float constant of one element.
func (b *block) number(v float64) string { return b.floats([]int{}, float32(v)) }

func (b *block) floats(shape []int, v ...float32) string {
	return b.constant(onnx.Floats("", shape, v))
}

// ints is a list of whole numbers.
func (b *block) ints(v ...int) string { return b.constant(onnx.Ints("", []int{len(v)}, v)) }

// unsqueeze adds axes of length 1.
func (b *block) unsqueeze(x string, axes ...int) string { return b.op("Unsqueeze", x, b.ints(axes...)) }

func (b *block) squeeze(x string, axes ...int) string { return b.op("Squeeze", x, b.ints(axes...)) }

// sum adds up over axes, which stay as axes of length 1 or go.
func (b *block) sum(x string, keep bool, axes ...int) string {
	return b.with("ReduceSum", []string{x, b.ints(axes...)}, onnx.Int("keepdims", bit(keep)))
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}

func (b *block) concat(axis int, xs ...string) string {
	if len(xs) == 1 {
		return xs[0]
	}
	return b.with("Concat", xs, onnx.Int("axis", axis))
}

// reshape gives x a shape in which -1 is the rows, and 0 an axis that stays.
func (b *block) reshape(x string, shape ...int) string { return b.op("Reshape", x, b.ints(shape...)) }

// toShape is the shape of the result for reshape.
func toShape(dims []onnx.Dim) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		out[i] = d.Size
		if d.Name != "" {
			out[i] = -1
		}
	}
	return out
}

// has is whether a presence or a mask is not 0.
func (b *block) has(x string) string { return b.op("Not", b.op("Equal", x, b.number(0))) }

// float is 1 for true and 0 for false.
func (b *block) float(x string) string {
	return b.with("Cast", []string{x}, onnx.Int("to", int(onnx.Float)))
}

// lower writes the model's graph, whose inputs are already values, by name.
func (g *graph) lower(m *model.Model, inputs map[string]string) error {
	some, err := walk(m, someRows)
	if err != nil {
		return err
	}
	more, err := walk(m, moreRows)
	if err != nil {
		return err
	}
	if len(some.steps) != len(more.steps) || !slices.Equal(some.named, more.named) {
		return fmt.Errorf("the graph is another one for %d rows than for %d, and an exported one is for all", someRows, moreRows)
	}
	values := make([]value, len(some.steps))
	for i := range some.steps {
		s := &some.steps[i]
		if err := same(s, &more.steps[i]); err != nil {
			return s.explain(err)
		}
		shape, err := sized(s, &more.steps[i])
		if err != nil {
			return s.explain(err)
		}
		if values[i].name, err = g.step(i, s, values, shape, inputs); err != nil {
			return s.explain(err)
		}
		values[i].shape = shape
	}
	for _, k := range some.named {
		g.marks[k.name] = values[k.at]
	}
	for _, k := range some.attentions {
		g.marks[k.name] = g.weights[k.at]
	}
	return nil
}

func (s *step) explain(err error) error {
	if s.spec == nil {
		return err
	}
	path := s.path
	if path == "" {
		path = "model"
	}
	return fmt.Errorf("%s: %s: %w", path, s.spec.Name(), err)
}

// step writes one step and returns its value's name.
func (g *graph) step(at int, s *step, values []value, shape []onnx.Dim, inputs map[string]string) (string, error) {
	switch {
	case s.param != nil:
		if !g.byParam[s.param.Name] {
			g.byParam[s.param.Name] = true
			g.taken[s.param.Name]++
			g.Weights = append(g.Weights, onnx.Floats(s.param.Name, s.param.Shape, s.param.Data))
		}
		return s.param.Name, nil
	case s.input != "":
		name, ok := inputs[s.input]
		if !ok {
			return "", fmt.Errorf("the graph has the input %s, which no input of the model writes", s.input)
		}
		return name, nil
	}
	rule, ok := table[reflect.TypeOf(s.spec)]
	if !ok {
		return "", fmt.Errorf("there is no counterpart of this operator in ONNX, so the model cannot be exported; known are %s", strings.Join(known(), ", "))
	}
	b := &block{graph: g, at: at, path: s.path, out: shape}
	for _, i := range s.in {
		b.in = append(b.in, values[i])
	}
	return rule(b, s.spec), nil
}

// known lists the operators that have a rule.
func known() []string {
	var names []string
	for t := range maps.Keys(table) {
		names = append(names, t.Name())
	}
	slices.Sort(names)
	return names
}
