package export

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/internal/onnx"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// A step is a node of a model's graph: an operator applied to earlier steps, a
// parameter, or an input.
type step struct {
	node  *gorgonia.Node
	spec  op.Spec
	path  string // of the module that applied it
	in    []int
	shape []int
	param *nn.Param
	input string
}

// A trail is the graph of a model in evaluation, as far as it is needed for
// what is named, in an order in which it can be computed.
type trail struct {
	steps      []step
	named      []mark
	attentions []mark // steps whose weights can be looked at
}

// A mark is a name for a step.
type mark struct {
	name string
	at   int
}

// walk builds the model's graph for batches of b rows and follows it back from
// the logits and all that can be looked at.
func walk(m *model.Model, b int) (*trail, error) {
	var t *trail
	var bad error
	_, err := nn.Build(nn.Options{Mode: nn.Eval, Memory: m.Memory()}, func(g *nn.Graph) {
		t = &trail{} // a build may be repeated
		if bad = t.trace(g, m, b); bad == nil {
			g.Output(logits, t.steps[t.named[0].at].node)
		}
	})
	return t, errors.Join(bad, err)
}

// logits is the name of what every trail begins with.
const logits = "logits"

// trace adds the model to a graph and notes what it is made of.
func (t *trail) trace(g *nn.Graph, m *model.Model, b int) error {
	type named struct {
		name string
		node *gorgonia.Node
	}
	var pooled []named
	f := m.Trace(g, b, func(input string, e encoders.Encoding) { pooled = append(pooled, named{"pooled." + input, e.Pooled}) })
	all := append([]named{{logits, f.Logits}}, pooled...)
	if m.Tree() != nil && f.Pooled != nil {
		all = append(all, named{"pooled.fusion", f.Pooled})
	}
	for _, s := range f.Shares {
		all = append(all, named{"shares." + s.Name, s.Weight})
	}
	seen := map[*gorgonia.Node]int{}
	for _, n := range all {
		at, err := t.follow(g, seen, n.node)
		if err != nil {
			return err
		}
		t.named = append(t.named, mark{n.name, at})
	}
	times := map[string]int{} // a module may attend more than once
	for i, s := range t.steps {
		if _, ok := s.spec.(op.Attention); ok {
			name := "attention." + s.path
			if times[name]++; times[name] > 1 {
				name += "_" + strconv.Itoa(times[name])
			}
			t.attentions = append(t.attentions, mark{name, i})
		}
	}
	return nil
}

// look builds a program for batches of b rows whose outputs are some of what can
// be looked at.
func look(m *model.Model, b int, names []string) (*nn.Program, error) {
	var bad error
	p, err := nn.Build(nn.Options{Mode: nn.Eval, Memory: m.Memory()}, func(g *nn.Graph) {
		t := &trail{}
		if bad = t.trace(g, m, b); bad != nil {
			return
		}
		for _, k := range t.named {
			if slices.Contains(names, k.name) {
				g.Output(k.name, t.steps[k.at].node)
			}
		}
		for _, k := range t.attentions {
			if slices.Contains(names, k.name) {
				s := t.steps[k.at]
				in := []*gorgonia.Node{t.steps[s.in[0]].node, t.steps[s.in[1]].node}
				for _, mask := range s.in[3:] {
					in = append(in, t.steps[mask].node)
				}
				g.Output(k.name, g.At(s.path).Apply(op.AttentionWeights{Heads: s.spec.(op.Attention).Heads}, in...))
			}
		}
	})
	return p, errors.Join(bad, err)
}

// follow adds n and all that it depends on, and returns its place.
func (t *trail) follow(g *nn.Graph, seen map[*gorgonia.Node]int, n *gorgonia.Node) (int, error) {
	if at, ok := seen[n]; ok {
		return at, nil
	}
	s := step{node: n, shape: slices.Clone([]int(n.Shape()))}
	switch o := n.Op().(type) {
	case nil:
		if s.input, s.param = g.Leaf(n); s.input == "" && s.param == nil {
			return 0, fmt.Errorf("the graph has the leaf %v, which is no input and no parameter: it cannot be exported", n)
		}
	case op.Applied:
		s.spec, s.path = o.Spec(), o.Path()
		for _, c := range o.Inputs() {
			at, err := t.follow(g, seen, c)
			if err != nil {
				return 0, err
			}
			s.in = append(s.in, at)
		}
	default:
		return 0, fmt.Errorf("the graph has the operator %v of Gorgonia's own, which cannot be exported; use those of package op", o)
	}
	t.steps = append(t.steps, s)
	seen[n] = len(t.steps) - 1
	return len(t.steps) - 1, nil
}

// The two batch sizes at which a graph is looked at.
const (
	someRows = 2
	moreRows = 3
)

// batchAxis is the name of the axis of rows.
const batchAxis = "N"

// sized is the shape of a step whatever the batch: from its shapes at both batch
// sizes it is seen which axis is that of the rows.
func sized(a, b *step) ([]onnx.Dim, error) {
	if len(a.shape) != len(b.shape) {
		return nil, fmt.Errorf("its rank depends on the number of rows: %v for %d, %v for %d", a.shape, someRows, b.shape, moreRows)
	}
	out := make([]onnx.Dim, len(a.shape))
	for i := range out {
		switch x, y := a.shape[i], b.shape[i]; {
		case x == y:
			out[i].Size = x
		case i == 0 && x == someRows && y == moreRows:
			out[i].Name = batchAxis
		default:
			return nil, fmt.Errorf("axis %d of its shape depends on the number of rows: %v for %d, %v for %d", i, a.shape, someRows, b.shape, moreRows)
		}
	}
	return out, nil
}

// same reports what two steps of graphs for different batch sizes differ in, but
// for the number of rows.
func same(a, b *step) error {
	switch x, ok := a.spec.(op.Reshape); {
	case ok && reflect.TypeOf(b.spec) == reflect.TypeOf(x):
		return nil // its attribute is its shape, which sized looks at
	case reflect.TypeOf(a.spec) == reflect.TypeFor[op.Expand]() && reflect.TypeOf(b.spec) == reflect.TypeFor[op.Expand]():
		return nil
	}
	if a.path != b.path || a.param != b.param || a.input != b.input || !slices.Equal(a.in, b.in) || !reflect.DeepEqual(a.spec, b.spec) {
		return fmt.Errorf("it is another one for %d rows than for %d, and an exported graph is one for all", someRows, moreRows)
	}
	return nil
}
