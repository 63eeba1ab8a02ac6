package fusiontest

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// A Case is a fusion to be checked. Keep it tiny, and its sizes odd and
// different from each other: the checks run it some thousand times.
type Case struct {
	// Inputs are what it joins, one to four. One of Channels, which a
	// fusion.Modulator changes inside its encoder, has places as wide as its Dim.
	Inputs []fusion.Input
	// Outputs and Decision are those of fusion.Setting.
	Outputs  int
	Decision fusion.Decision
	// New makes the fusion.
	New func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error)
	// Parameters is how many trainable numbers the fusion has by its formula; 0
	// does not check.
	Parameters int
	// Subsets says that, by its definition, the result for some of the
	// modalities is that of the same fusion of these alone: a sum or a mean over
	// what is present, unlike a concatenation. Those that it refuses alone are
	// left out.
	Subsets bool
	// Most is how many numbers of each input and parameter are moved to check
	// gradients, spread evenly; 0 is all of them.
	Most int
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
	{"subsets", checkSubsets},
	{"padding", checkPadding},
	{"shares", checkShares},
	{"order", checkOrder},
	{"loads", checkLoads},
}

// Run checks that the fusion
//
//   - builds for training and evaluation, and makes what Shape tells: a pooled
//     vector, perhaps with tokens beside it, or scores,
//   - binds exactly the parameters made in its scope, as many as its formula
//     says, each of which has a gradient and moves,
//   - has the gradients that finite differences give, for every subset of
//     modalities present,
//   - computes the same twice, and in training draws alike at the same step,
//   - fuses a row alike whatever rows stand beside it, in whatever order and in
//     whatever batch,
//   - lets no modality that a row lacks contribute anything, whatever it holds,
//     nor to gradients, and gives numbers where all are absent,
//   - does not look at tokens whose mask is 0,
//   - if it tells shares, tells one a modality, not negative, 0 where it is
//     absent, that sum to 1 where any is present,
//   - does not depend on the order in which modalities are named,
//   - computes with nothing but its parameters: saved, and loaded into one made
//     from another seed, it fuses as before.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, x := range checks {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
}

// made is a fusion with its parameters, over some of the case's inputs in some
// order.
type made struct {
	Case
	fusion.Fusion
	scope *nn.Scope
	of    []int               // of the case's inputs
	evals map[int]*nn.Program // by rows
}

// make makes the fusion of inputs, by their place in the case.
func (c Case) make(t testing.TB, of ...int) *made {
	t.Helper()
	m, err := c.try(of...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// try is make of inputs that the fusion may refuse.
func (c Case) try(of ...int) (*made, error) {
	set := fusion.Setting{Outputs: c.Outputs, Decision: c.Decision}
	for _, i := range of {
		set.Inputs = append(set.Inputs, c.Inputs[i])
	}
	root := nn.NewScope(c.Seed + 1)
	s := root.In("fusion")
	f, err := c.New(s, set)
	if err != nil {
		return nil, err
	}
	root.Pack()
	nntest.Jitter(s, c.Seed)
	return &made{c, f, s, of, map[int]*nn.Program{}}, nil
}

// whole makes the fusion of all inputs, in order.
func (c Case) whole(t testing.TB) *made {
	t.Helper()
	return c.make(t, c.all()...)
}

func (c Case) all() []int {
	of := make([]int, len(c.Inputs))
	for i := range of {
		of[i] = i
	}
	return of
}

// fuse adds the fusion to a graph of b rows.
func (m *made) fuse(g *nn.Graph, b int) fusion.Fused {
	var ms []fusion.Modality
	for _, i := range m.of {
		in := m.Inputs[i]
		x := fusion.Modality{Name: in.Name, Present: g.Constant(in.Name+".present", b, 1)}
		if in.Scores {
			x.Logits = g.Input(in.Name+".logits", b, m.Outputs)
		} else {
			x.Encoding = encoders.Encoding{
				Tokens: g.Input(in.Name+".tokens", b, in.Tokens, in.Dim),
				Mask:   g.Constant(in.Name+".mask", b, in.Tokens),
				Pooled: g.Input(in.Name+".pooled", b, in.Dim),
			}
			if f, ok := m.Fusion.(fusion.Modulator); ok && f.Modulates() == in.Name {
				given := x.Encoding
				x.Encoding, x.Encode = encoders.Encoding{}, func(g *nn.Graph, by []encoders.Modulation) encoders.Encoding {
					return modulated(g, given, by)
				}
			}
		}
		ms = append(ms, x)
	}
	return m.Fuse(g, ms)
}

// modulated stands in for an encoder that is modulated inside, in places as wide
// as its tokens.
func modulated(g *nn.Graph, e encoders.Encoding, by []encoders.Modulation) encoders.Encoding {
	for _, m := range by {
		e.Tokens = g.Activate(op.Tanh, m.Apply(g, e.Tokens, 2))
		e.Pooled = g.Activate(op.Tanh, m.Apply(g, e.Pooled, 1))
	}
	return e
}

// results are what a model makes use of: the fused vector and the tokens that
// exist, or scores, and every modality's own scores where the row has it.
func results(g *nn.Graph, f fusion.Fused) []*gorgonia.Node {
	out := []*gorgonia.Node{result(g, f)}
	for _, s := range f.Scores {
		out = append(out, g.Mul(s.Logits, s.Present))
	}
	return out
}

// result is the fused vector, with all tokens that exist beside it, or scores:
// (B, N).
func result(g *nn.Graph, f fusion.Fused) *gorgonia.Node {
	switch {
	case f.Logits != nil:
		return f.Logits
	case f.Tokens == nil:
		return f.Pooled
	}
	b, n, d := f.Tokens.Shape()[0], f.Tokens.Shape()[1], f.Tokens.Shape()[2]
	exist := g.Apply(op.PresentMean{M: 1, Zero: true}, g.Reshape(f.Tokens, b*n, d), g.Reshape(f.Mask, b*n, 1))
	return g.Concat(1, f.Pooled, g.Reshape(exist, b, n*d))
}

func (m *made) evaluation(t testing.TB, b int) *nn.Program {
	t.Helper()
	if m.evals[b] == nil {
		m.evals[b] = nntest.Build(t, nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
			g.Output("result", result(g, m.fuse(g, b)))
		})
	}
	return m.evals[b]
}

func (m *made) training(t testing.TB, b int) *nn.Program {
	t.Helper()
	return nntest.Build(t, nn.Options{Mode: nn.Train, Seed: m.Seed, InputGradients: true}, func(g *nn.Graph) {
		out := results(g, m.fuse(g, b))
		g.Output("result", out[0])
		g.Loss(nntest.Total(g, out...))
	})
}

// run fuses rows in evaluation, all in one batch: one result each.
func (m *made) run(t testing.TB, rows []row) [][]float32 {
	t.Helper()
	p := m.evaluation(t, len(rows))
	m.fill(p, rows)
	nntest.Run(t, p, 0)
	x := p.Output("result")
	n := len(x) / len(rows)
	out := make([][]float32, len(rows))
	for i := range rows {
		out[i] = slices.Clone(x[i*n : (i+1)*n])
	}
	return out
}
