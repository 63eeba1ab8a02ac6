package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// An OutputError is an output that was asked for and that the model does not
// have.
type OutputError struct {
	Name  string
	Known []string
}

func (e *OutputError) Error() string {
	return fmt.Sprintf("the model has no output %q; beside its answers there are %s", e.Name, strings.Join(e.Known, ", "))
}

// ExitCode is 2: the caller asked for it.
func (e *OutputError) ExitCode() int { return 2 }

// ONNX returns a model as the bytes of an ONNX file, a graph from raw inputs to probabilities, or to
// a number in the target's units, and describes its inputs and outputs. The
// number of rows is left open. More outputs can be asked for by name, or all of
// a group: "attention" are the weights of every attention (N, H, Tq, Tk),
// "pooled" the vectors of inputs and of what they are fused to (N, D), "shares"
// how much a fusion counted each input (N, 1).
//
// A model with an operator that has no counterpart is an error that names the
// operator and the module.
func ONNX(b *bundle.Bundle, outputs []string) ([]byte, *Description, error) {
	if err := b.Check(); err != nil {
		return nil, nil, err
	}
	d := describe(b)
	g := newGraph(b.Config.Name)
	inputs := map[string]string{}
	for i, in := range b.Inputs {
		d.Inputs[i].Tensors = g.enter(in, inputs)
	}
	if err := g.lower(b.Model, inputs); err != nil {
		return nil, nil, err
	}
	if err := g.answer(b, d, inputs); err != nil {
		return nil, nil, err
	}
	names, err := g.choose(outputs)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		v := g.marks[name]
		if err := g.output(name, onnx.Float, v); err != nil {
			return nil, nil, err
		}
		d.add(described(name, onnx.Float, v.shape))
	}
	g.prune()
	m := onnx.Model{Graph: g.Graph, Producer: "chiasm", Version: version.String(), Metadata: metadata(b, d)}
	file, err := m.Marshal()
	return file, d, err
}

// metadata names the model and, of each output, its type and labels.
func metadata(b *bundle.Bundle, d *Description) [][2]string {
	all := [][2]string{{"name", b.Config.Name}}
	for _, o := range d.Answers() {
		all = append(all, [2]string{of("output", o.Name), o.Type}, [2]string{of("labels", o.Name), strings.Join(o.Labels, "\n")})
	}
	return all
}

// of is a name for one of several outputs.
func of(what, output string) string {
	if output == "" {
		return what
	}
	return what + "." + output
}

func described(name string, t onnx.Type, shape []onnx.Dim) Tensor {
	out := Tensor{Name: name, Type: t.String()}
	for _, d := range shape {
		if d.Name != "" {
			out.Shape = append(out.Shape, d.Name)
		} else {
			out.Shape = append(out.Shape, d.Size)
		}
	}
	return out
}

// choose resolves names and groups of outputs.
func (g *graph) choose(wanted []string) ([]string, error) {
	var known []string
	for _, name := range slices.Sorted(maps.Keys(g.marks)) {
		if name != logits {
			known = append(known, name)
		}
	}
	var out []string
	for _, w := range wanted {
		n := len(out)
		for _, name := range known {
			if name == w || strings.HasPrefix(name, w+".") && !strings.Contains(w, ".") {
				out = append(out, name)
			}
		}
		if len(out) == n {
			return nil, &OutputError{w, known}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// answer adds the outputs that every graph has: probabilities (N, labels) or
// prediction (N), and logits (N, scores); of several outputs those of each, with a point
// and its name behind.
func (g *graph) answer(b *bundle.Bundle, d *Description, inputs map[string]string) error {
	all := g.marks[logits]
	for i, x := range b.Outputs() {
		k := &block{graph: g, path: of("output", x.Name)}
		scores := all
		if x.To-x.From < b.Model.Size() {
			scores = value{name: k.op("Slice", all.name, k.ints(x.From), k.ints(x.To), k.ints(1)), shape: []onnx.Dim{all.shape[0], {Size: x.To - x.From}}}
		}
		o := d.Answers()[i]
		y, t, err := k.predict(x, scores, func(y string, prior ...float32) string {
			if d.MissingAll != "prior" {
				return y
			}
			return k.orPrior(y, prior, b.Inputs, inputs)
		})
		if err != nil {
			return err
		}
		name := of(answerName(x), x.Name)
		o.Tensors = []Tensor{described(name, t, y.shape), described(of(logits, x.Name), onnx.Float, scores.shape)}
		if err := g.output(name, t, y); err != nil {
			return err
		}
		if err := g.output(of(logits, x.Name), onnx.Float, scores); err != nil {
			return err
		}
	}
	return nil
}

// answerName is that of the tensor of an output's answers.
func answerName(x head.One) string {
	if head.FormOf(x.Head) == head.Number {
		return "prediction"
	}
	return "probabilities"
}

// predict maps the logits of an output to its answers, which orPrior replaces where the
// row has no input.
func (b *block) predict(x head.One, scores value, orPrior func(y string, prior ...float32) string) (value, onnx.Type, error) {
	y, prior := value{shape: scores.shape}, x.Target.Prior()
	switch head.FormOf(x.Head) {
	case head.OneOf:
		y.name = orPrior(b.with("Softmax", []string{scores.name}, onnx.Int("axis", -1)), prior...)
	case head.AnyOf:
		y.name = orPrior(b.op("Sigmoid", scores.name), prior...)
	case head.OneOfTwo:
		p := b.op("Sigmoid", scores.name)
		y.shape = []onnx.Dim{scores.shape[0], {Size: 2}}
		y.name = orPrior(b.concat(1, b.op("Sub", b.number(1), p), p), 1-prior[0], prior[0])
	case head.Number:
		t, ok := x.Target.(*data.RegressionTarget)
		if !ok {
			return y, onnx.Double, fmt.Errorf("export: a target of type %T has no counterpart in a graph", x.Target)
		}
		y.shape = scores.shape[:1]
		y.name = b.restore(b.squeeze(orPrior(scores.name, prior...), 1), t)
		return y, onnx.Double, nil
	default:
		return y, onnx.Float, fmt.Errorf("export: a head of the kind %s does not say how its predictions follow from logits (it has no method Form)", x.Head.Kind())
	}
	return y, onnx.Float, nil
}

// orPrior answers rows that lack every input with the prior.
func (b *block) orPrior(y string, prior []float32, ins []data.Input, inputs map[string]string) string {
	var present []string
	for _, in := range ins {
		present = append(present, inputs[in.Name+".present"])
	}
	some := b.with("ReduceMax", []string{b.concat(1, present...)}, onnx.IntList("axes", 1), onnx.Int("keepdims", 1))
	return b.op("Where", b.has(some), y, b.floats([]int{len(prior)}, prior...))
}

// prune drops nodes and weights that no output depends on, such as presences
// that nothing reads. Inputs stay, so that callers need not know.
func (g *graph) prune() {
	needed := map[string]bool{}
	for _, o := range g.Outputs {
		needed[o.Name] = true
	}
	for _, n := range slices.Backward(g.Nodes) {
		if needed[n.Outputs[0]] {
			for _, in := range n.Inputs {
				needed[in] = true
			}
		}
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n onnx.Node) bool { return !needed[n.Outputs[0]] })
	g.Weights = slices.DeleteFunc(g.Weights, func(t onnx.Tensor) bool { return !needed[t.Name] })
}
