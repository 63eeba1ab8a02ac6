package nn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// Mode is the purpose of a program.
type Mode int

const (
	// Eval computes outputs: no dropout, running statistics, and no gradients unless requested.
	Eval Mode = iota
	// Train also computes the gradient of the loss.
	Train
)

// String is "train" or "eval".
func (m Mode) String() string {
	if m == Train {
		return "train"
	}
	return "eval"
}

// A BuildError reports an invalid graph, such as mismatched shapes or a duplicate name. Path is the
// module.
type BuildError struct {
	Path string
	Err  error
}

func (e *BuildError) Error() string {
	if e.Path == "" {
		return fmt.Sprint(e.Err)
	}
	return fmt.Sprint(e.Path, ": ", e.Err)
}

// Unwrap returns the cause.
func (e *BuildError) Unwrap() error { return e.Err }

// ExitCode is 2, since an invalid graph results from a config.
func (e *BuildError) ExitCode() int { return 2 }

// A Graph is a model being built for one mode and one batch size: nodes are added to a Gorgonia
// graph, and parameters are borrowed. A Graph value also carries the path of the current module;
// see At.
type Graph struct {
	*builder
	path string
}

// builder is the state shared by all Graphs of one build.
type builder struct {
	expr     *gorgonia.ExprGraph
	options  Options
	salt     uint64
	key      rng.Key
	clock    *op.Clock
	inputs   []*binding          // in order of creation
	byName   map[string]*binding // inputs
	params   []*binding
	byParam  map[*Param]*binding
	outputs  []output
	loss     *gorgonia.Node
	second   *gorgonia.Node // another loss; nil if there is none
	requires map[*gorgonia.Node]bool
	uses     map[string]int // number of random operators created at a path
	lookups  map[string]int // number of id lookups at a path
	space    space
}

// binding is a leaf of the graph and its data.
type binding struct {
	node  *gorgonia.Node
	param *Param
	name  string
	f32   []float32
	f64   []float64
	ints  []int
}

type output struct {
	name string
	node *gorgonia.Node
}

// Options configure a build.
type Options struct {
	Mode Mode
	// Seed is the seed of dropout, combined with the step and the module's path.
	Seed uint64
	// Float64 builds in double precision over copies of the parameters, for gradient checks.
	Float64 bool
	// InputGradients also computes the gradients of the loss with respect to float inputs, for
	// gradient checks. In Eval these are the only gradients, taken of what the network computes
	// when it predicts, for attributions.
	InputGradients bool
	// Lookups controls how the values looked up by embeddings are exposed.
	Lookups Lookups
	// Memory limits the bytes the program may use in addition to the parameters: inputs, values and
	// gradients. Exceeding it is a *MemoryError before anything is allocated. 0 means three
	// quarters of the machine's memory.
	Memory int64
	// Frozen are the paths of modules that training leaves unchanged. They run as in evaluation,
	// without dropout and with running statistics; their parameters have no gradient, and no values
	// are kept for one.
	Frozen []string
}

// Freezes reports whether the module or parameter at a path is inside one of Frozen.
func (o Options) Freezes(path string) bool {
	return slices.ContainsFunc(o.Frozen, func(f string) bool { return Within(path, f) })
}

// Within reports whether path equals other or lies inside it. Everything is within "".
func Within(path, other string) bool {
	return other == "" || path == other || strings.HasPrefix(path, other+".")
}

// Lookups controls how a build exposes the vectors that embeddings look up. Ids have no gradients;
// the vectors do if they are inputs.
type Lookups int

const (
	// Computed computes the lookup and does not expose it.
	Computed Lookups = iota
	// Told also makes the looked-up vectors an output, under the embedding's path.
	Told
	// Given makes them a float input under the embedding's path, to be filled before each run, and
	// ignores the ids.
	Given
)

// differentiates reports whether the program computes gradients.
func (o Options) differentiates() bool { return o.Mode == Train || o.InputGradients }

// building serialises builds: Gorgonia's graph construction shares state.
var building sync.Mutex

// maxSalts limits the rebuilds after hash collisions. With 1,000 nodes, one build in about 8,000
// collides.
const maxSalts = 8

// fail ends the build with an error at the current path; Build recovers it.
func (g *Graph) fail(format string, args ...any) {
	panic(&BuildError{Path: g.path, Err: fmt.Errorf(format, args...)})
}

// Fail ends the build with an error at the current module. Modules call it for problems that only a
// build can detect; Build returns the error.
func (g *Graph) Fail(format string, args ...any) { g.fail(format, args...) }

// made ends the build if the graph was not created by Build.
func (g *Graph) made() {
	if g == nil || g.builder == nil {
		panic(&BuildError{Err: errors.New("the Graph was not created by nn.Build")})
	}
}

// At returns the same graph as seen from the module at path: errors name that path, and random
// operators derive their keys from it.
func (g *Graph) At(path string) *Graph {
	g.made()
	return &Graph{builder: g.builder, path: path}
}

// Mode is the mode of the current module: that of the build, or Eval if the module is frozen.
func (g *Graph) Mode() Mode {
	g.made()
	if g.options.Freezes(g.path) {
		return Eval
	}
	return g.options.Mode
}

// Gorgonia returns the underlying graph, for use with Gorgonia's own operators. The program does
// not know about inputs created on it directly.
func (g *Graph) Gorgonia() *gorgonia.ExprGraph {
	g.made()
	return g.expr
}

func (g *Graph) float() tensor.Dtype {
	if g.options.Float64 {
		return tensor.Float64
	}
	return tensor.Float32
}

// Apply adds an operator to the graph.
func (g *Graph) Apply(spec op.Spec, in ...*gorgonia.Node) *gorgonia.Node {
	g.made()
	if spec == nil {
		g.fail("the operator is nil")
	}
	site := op.Site{Path: g.path, Salt: g.salt, Need: make([]bool, len(in))}
	need := false
	for i, n := range in {
		if n == nil {
			g.fail("%s: input %d is nil", spec.Name(), i)
		}
		site.Need[i] = g.needsGradient(n)
		need = need || site.Need[i]
	}
	apply := op.Apply[float32]
	if g.options.Float64 {
		apply = op.Apply[float64]
	}
	n, err := apply(spec, site, in...)
	if err != nil {
		panic(&BuildError{Path: g.path, Err: err})
	}
	g.takeNode(n)
	g.requires[n] = need
	return n
}

// needsGradient reports whether n depends on something trainable. Nodes of Gorgonia's own operators
// are examined through their children.
func (g *Graph) needsGradient(n *gorgonia.Node) bool {
	if !g.options.differentiates() {
		return false
	}
	if r, ok := g.requires[n]; ok {
		return r
	}
	r := false
	for _, c := range children(g.expr, n) {
		r = g.needsGradient(c) || r
	}
	g.requires[n] = r
	return r
}

func children(expr *gorgonia.ExprGraph, n *gorgonia.Node) gorgonia.Nodes {
	if a, ok := n.Op().(op.Applied); ok {
		return a.Inputs()
	}
	var ns gorgonia.Nodes
	for it := expr.From(n.ID()); it != nil && it.Next(); {
		ns = append(ns, it.Node().(*gorgonia.Node))
	}
	return ns
}

func (g *Graph) leaf(b *binding, dt tensor.Dtype, shape []int, backing any) {
	name := b.name
	if g.salt > 0 {
		name = fmt.Sprintf("%s#%d", name, g.salt)
	}
	opts := []gorgonia.NodeConsOpt{gorgonia.WithName(name)}
	before := len(g.expr.AllNodes())
	if len(shape) == 0 {
		b.node = gorgonia.NewScalar(g.expr, dt, opts...)
	} else {
		// Every graph has its own header over the shared numbers, since Gorgonia's own operators
		// transpose headers in place.
		opts = append(opts, gorgonia.WithShape(shape...))
		if !g.space.measure {
			opts = append(opts, gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))))
		}
		b.node = gorgonia.NewTensor(g.expr, dt, len(shape), opts...)
	}
	if len(g.expr.AllNodes()) != before+1 {
		panic(&BuildError{Path: g.path, Err: &op.Collision{Op: b.name}})
	}
	g.takeNode(b.node)
}

// Param borrows a parameter. Repeated calls return the same node.
func (g *Graph) Param(p *Param) *gorgonia.Node {
	g.made()
	if p == nil {
		g.fail("a parameter is nil: create the module with its constructor")
	}
	if b := g.byParam[p]; b != nil {
		return b.node
	}
	b := &binding{name: p.Name, param: p}
	var backing any = p.Data
	switch {
	case g.space.measure:
	case g.options.Float64:
		b.f64 = make([]float64, len(p.Data))
		for i, v := range p.Data {
			b.f64[i] = float64(v)
		}
		backing = b.f64
	default:
		b.f32 = p.Data
	}
	g.leaf(b, g.float(), p.Shape, backing)
	g.byParam[p] = b
	g.params = append(g.params, b)
	g.requires[b.node] = p.Trainable && g.options.Mode == Train && !g.options.Freezes(p.Name)
	return b.node
}

// Random returns the random key for the next random operator of the current module. The operator
// adds the clock's step to the key.
func (g *Graph) Random() (rng.Key, *op.Clock) {
	g.made()
	n := g.uses[g.path]
	g.uses[g.path]++
	return g.key.Name(g.path).Int(n), g.clock
}

// Output names a node whose value can be read after a run.
func (g *Graph) Output(name string, n *gorgonia.Node) {
	g.made()
	if n == nil {
		g.fail("the output %q is nil", name)
	}
	for _, o := range g.outputs {
		if o.name == name {
			g.fail("two outputs are called %q", name)
		}
	}
	g.outputs = append(g.outputs, output{name, n})
}

// Loss sets the scalar that training minimises. It is also an output, "loss".
func (g *Graph) Loss(n *gorgonia.Node) {
	g.made()
	if n == nil {
		g.fail("the loss is nil")
	}
	if len(n.Shape()) != 0 {
		g.fail("the loss has the shape %v, want a scalar", n.Shape())
	}
	if g.loss != nil {
		g.fail("the loss is set twice")
	}
	g.loss = n
	g.Output("loss", n)
}

// SecondLoss sets a scalar whose gradients training computes beside those of the loss, in a vector
// of their own: Program.SecondGradients. The forward pass is shared, and the backward pass runs
// twice where both losses reach. It is also an output, "second loss".
func (g *Graph) SecondLoss(n *gorgonia.Node) {
	g.made()
	switch {
	case n == nil:
		g.fail("the second loss is nil")
	case len(n.Shape()) != 0:
		g.fail("the second loss has the shape %v, want a scalar", n.Shape())
	case g.second != nil:
		g.fail("the second loss is set twice")
	}
	g.second = n
	g.Output("second loss", n)
}

// Build runs f on an empty graph and compiles the result. A module that finds mismatched shapes
// ends f; the error names the module.
func Build(o Options, f func(g *Graph)) (*Program, error) { return buildUnique(o, false, f) }

// buildUnique rebuilds until no two nodes have the same hash.
func buildUnique(o Options, measure bool, f func(g *Graph)) (*Program, error) {
	if f == nil {
		return nil, &BuildError{Err: errors.New("the build function is nil")}
	}
	building.Lock()
	defer building.Unlock()
	var err error
	for salt := range uint64(maxSalts) {
		var p *Program
		if p, err = build(o, salt, measure, f); err == nil {
			return p, nil
		}
		var c *op.Collision
		if !errors.As(err, &c) {
			break
		}
	}
	return nil, err
}

func build(o Options, salt uint64, measure bool, f func(g *Graph)) (p *Program, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *BuildError:
			p, err = nil, e
		case *MemoryError:
			p, err = nil, e
		default:
			panic(e)
		}
	}()
	g := &Graph{builder: &builder{
		expr: gorgonia.NewGraph(), options: o, salt: salt, key: rng.New(o.Seed).Name("dropout"), clock: &op.Clock{},
		byName: map[string]*binding{}, byParam: map[*Param]*binding{}, requires: map[*gorgonia.Node]bool{}, uses: map[string]int{}, lookups: map[string]int{},
		space: newSpace(o, measure),
	}}
	f(g)
	if o.differentiates() {
		if g.loss == nil {
			g.fail("gradients need a loss: call Graph.Loss")
		}
		if !g.needsGradient(g.loss) {
			g.fail("nothing that the loss depends on has a gradient")
		}
	}
	return compile(g)
}
