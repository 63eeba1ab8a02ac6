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

// A Case is an encoder to check. Keep it tiny, with sizes that are odd and distinct: the checks run
// it thousands of times.
type Case struct {
	// Features of the input, as a preprocessor describes them. A feature with Role data.Mask states
	// which tokens exist; all others must have no influence where it is 0.
	Features []data.Feature
	// Attended is encoders.Input.Attended.
	Attended bool
	// New creates the encoder.
	New func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error)
	// Parameters is the expected number of trainable values; 0 skips this check.
	Parameters int
	// Seed of the parameters and rows. Change it if a check hits a kink of the function, where
	// finite differences are wrong.
	Seed uint64
}

// checks are ordered by dependency.
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
//   - builds for training and evaluation, with the shapes that Shape reports,
//   - binds exactly the parameters created in its scope, in the expected number, each of which has a
//     gradient and is updated,
//   - has gradients that agree with finite differences,
//   - is deterministic, and draws the same numbers for the same training step,
//   - encodes a row independently of its neighbours, their order and the batch size,
//   - lets a row that lacks the input affect no other row, whatever it holds,
//   - ignores tokens that its mask excludes.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, x := range checks {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
}

// batch is the number of rows in most checks.
const batch = 5

// absentRow lacks the input in checks that need such a row.
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

// encode adds the encoder to a graph with b rows.
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

// visible returns tokens and pooled vector with zeros where a fusion does not read: everything a
// loss can depend on.
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
