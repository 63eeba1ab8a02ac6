package encoderstest

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// A Case is an encoder to be checked. Keep it tiny, and its sizes odd and
// different from each other: the checks run it some thousand times.
type Case struct {
	// Features of the input, as a preprocessor describes them. One whose Role is
	// data.Mask tells which tokens exist; all others must not matter where it is 0.
	Features []data.Feature
	// Attended is encoders.Input.Attended.
	Attended bool
	// New makes the encoder.
	New func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error)
	// Parameters is how many trainable numbers the encoder has by its formula; 0
	// does not check.
	Parameters int
	// Seed of the parameters and rows; another one if a check stands on a kink of
	// the function, where finite differences are wrong.
	Seed uint64
}

// checks in the order of what depends on what.
var checks = []struct {
	name  string
	check func(testing.TB, Case)
}{
	{"builds", checkBuilds},
	{"parameters", checkParameters},
	{"gradients", checkGradients},
	{"repeats", checkRepeats},
	{"rows", checkRows},
	{"absent", checkAbsent},
	{"padding", checkPadding},
}

// Run checks that the encoder
//
//   - builds for training and evaluation, with the shapes that Shape tells,
//   - binds exactly the parameters made in its scope, as many as its formula
//     says, each of which has a gradient and moves,
//   - has the gradients that finite differences give,
//   - computes the same twice, and in training draws alike at the same step,
//   - encodes a row alike whatever rows stand beside it, in whatever order and
//     in whatever batch,
//   - keeps a row that lacks the input from touching others, whatever it holds,
//   - does not look at what its tokens' mask says is not there.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, x := range checks {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
}

// batch is how many rows most checks run.
const batch = 5

// absentRow lacks the input in those checks that say so.
const absentRow = 2

// made is an encoder with its parameters.
type made struct {
	Case
	encoders.Encoder
	scope *nn.Scope
}

func (c Case) make(t testing.TB) *made {
	t.Helper()
	root := nn.NewScope(c.Seed + 1)
	s := root.In("encoders").In("input")
	e, err := c.New(s, encoders.Input{Name: "input", Features: c.Features, Attended: c.Attended})
	if err != nil {
		t.Fatal(err)
	}
	root.Pack()
	nntest.Jitter(s, c.Seed)
	return &made{c, e, s}
}

// encode adds the encoder to a graph of b rows.
func (m *made) encode(g *nn.Graph, b int) (encoders.Encoding, *gorgonia.Node) {
	given := encoders.Given{Present: g.Constant("present", b, 1)}
	for _, f := range m.Features {
		shape := append([]int{b}, f.Shape...)
		switch {
		case f.Int:
			given.Features = append(given.Features, g.IntInput(f.Name, shape...))
		case f.Role == data.Mask:
			given.Features = append(given.Features, g.Constant(f.Name, shape...))
		default:
			given.Features = append(given.Features, g.Input(f.Name, shape...))
		}
	}
	return m.Encode(g, given), given.Present
}

// visible are tokens and pooled vector with zeros where a fusion does not look:
// what a loss can depend on.
func (m *made) visible(g *nn.Graph, b int) []*gorgonia.Node {
	e, present := m.encode(g, b)
	t := e.Tokens.Shape()[1]
	mask := g.Mul(e.Mask, g.Apply(op.Repeat{N: t}, present))
	return []*gorgonia.Node{g.Mul(e.Tokens, g.Reshape(mask, b, t, 1)), g.Mul(e.Pooled, present)}
}

func (m *made) evaluation(t testing.TB, b int) *nn.Program {
	t.Helper()
	return nntest.Build(t, nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		e, _ := m.encode(g, b)
		g.Output("tokens", e.Tokens)
		g.Output("mask", e.Mask)
		g.Output("pooled", e.Pooled)
	})
}

func (m *made) training(t testing.TB, b int) *nn.Program {
	t.Helper()
	return nntest.Build(t, nn.Options{Mode: nn.Train, Seed: m.Seed}, func(g *nn.Graph) {
		v := m.visible(g, b)
		g.Output("tokens", v[0])
		g.Output("pooled", v[1])
		g.Loss(nntest.Total(g, v...))
	})
}
