package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
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
		d.Output.Tensors = append(d.Output.Tensors, described(name, onnx.Float, v.shape))
	}
	g.prune()
	m := onnx.Model{Graph: g.Graph, Producer: "chiasm", Version: version.String(), Metadata: [][2]string{
		{"name", b.Config.Name}, {"output", d.Output.Type}, {"labels", strings.Join(d.Output.Labels, "\n")},
	}}
	file, err := m.Marshal()
	return file, d, err
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
// prediction (N), and logits (N, scores).
func (g *graph) answer(b *bundle.Bundle, d *Description, inputs map[string]string) error {
	k := &block{graph: g, path: "output"}
	scores := g.marks[logits]
	name, t, y := "probabilities", onnx.Float, value{shape: scores.shape}
	prior := b.Target.Prior()
	switch d.Output.Type {
	case data.Multiclass:
		y.name = k.with("Softmax", []string{scores.name}, onnx.Int("axis", -1))
	case data.Multilabel:
		y.name = k.op("Sigmoid", scores.name)
	case data.Binary:
		p := k.op("Sigmoid", scores.name)
		y.name = k.concat(1, k.op("Sub", k.number(1), p), p)
		y.shape = []onnx.Dim{scores.shape[0], {Size: 2}}
		prior = []float32{1 - prior[0], prior[0]}
	case data.Regression:
		name, t, y.shape = "prediction", onnx.Double, scores.shape[:1]
		y.name = scores.name
	}
	if d.MissingAll == "prior" {
		y.name = k.orPrior(y.name, prior, b.Inputs, inputs)
	}
	if d.Output.Type == data.Regression {
		y.name = k.restore(k.squeeze(y.name, 1), b.Target.(*data.RegressionTarget))
	}
	d.Output.Tensors = []Tensor{described(name, t, y.shape), described(logits, onnx.Float, scores.shape)}
	if err := g.output(name, t, y); err != nil {
		return err
	}
	return g.output(logits, onnx.Float, scores)
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
