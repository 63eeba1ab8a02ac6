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

// A Case is a fusion to check. Keep it tiny, with sizes that are odd and distinct: the checks run
// it thousands of times.
type Case struct {
	// Inputs are the operands, one to four. An input with Channels, which a fusion.Modulator
	// modulates inside its encoder, has positions as wide as its Dim.
	Inputs []fusion.Input
	// Outputs and Decision are those of fusion.Setting.
	Outputs  int
	Decision fusion.Decision
	// New creates the fusion.
	New func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error)
	// Parameters is the expected number of trainable values; 0 skips this check.
	Parameters int
	// Subsets declares that, by definition, the result for a subset of the modalities equals that
	// of the same fusion applied to these alone, as for a sum or mean over those present, but not
	// for a concatenation. Subsets that the fusion rejects are skipped.
	Subsets bool
	// Most limits how many numbers of each input and parameter are perturbed to check gradients,
	// evenly spaced; 0 means all.
	Most int
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
	{"subsets", checkSubsets},
	{"padding", checkPadding},
	{"shares", checkShares},
	{"order", checkOrder},
	{"loads", checkLoads},
}

// Run checks that the fusion
//
//   - builds for training and evaluation, and returns what Shape reports: a pooled vector, optionally
//     with tokens, or scores,
//   - binds exactly the parameters created in its scope, in the expected number, each of which has a
//     gradient and is updated,
//   - has gradients that agree with finite differences, for every subset of modalities present,
//   - is deterministic, and draws the same numbers for the same training step,
//   - fuses a row independently of its neighbours, their order and the batch size,
//   - lets an absent modality contribute nothing, not even to gradients, whatever it holds, and returns
//     finite numbers if all are absent,
//   - ignores tokens whose mask is 0,
//   - reports shares, if any, for every modality: not negative, 0 if absent, with sum 1 if any is present,
//   - does not depend on the order in which modalities are listed,
//   - keeps all of its state in its parameters: saved, and loaded into one created from another seed,
//     it computes the same.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, x := range checks {
		t.Run(x.name, func(t *testing.T) { x.check(t, c) })
	}
}

// made is a fusion with its parameters, over some of the case's inputs in some order.
type made struct {
	Case
	fusion.Fusion
	scope *nn.Scope
	of    []int               // of the case's inputs
	evals map[int]*nn.Program // by rows
}

// make creates the fusion of inputs, given by their indices in the case.
func (c Case) make(t testing.TB, of ...int) *made {
	t.Helper()
	m, err := c.try(of...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// try is make for inputs that the fusion may reject.
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

// whole creates the fusion of all inputs, in order.
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

// fuse adds the fusion to a graph with b rows.
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

// modulated stands in for an encoder that is modulated inside, at positions as wide as its tokens.
func modulated(g *nn.Graph, e encoders.Encoding, by []encoders.Modulation) encoders.Encoding {
	for _, m := range by {
		e.Tokens = g.Activate(op.Tanh, m.Apply(g, e.Tokens, 2))
		e.Pooled = g.Activate(op.Tanh, m.Apply(g, e.Pooled, 1))
	}
	return e
}

// results lists what a model uses: the fused vector and the tokens that exist, or scores and, in
// rows that have the modality, every modality's own scores.
func results(g *nn.Graph, f fusion.Fused) []*gorgonia.Node {
	out := []*gorgonia.Node{result(g, f)}
	for _, s := range f.Scores {
		out = append(out, g.Mul(s.Logits, s.Present))
	}
	return out
}

// result is the fused vector, followed by all tokens that exist, or scores: (B, N).
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
