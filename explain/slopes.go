package explain

import (
	"context"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// stretch is how many points of the way from the baseline to the row are run at
// once.
const stretch = 16

// slopes is a program of stretch rows that gives the gradient of a chosen score
// by all that is continuous in the inputs: numbers, pixels, and what embeddings
// look up.
type slopes struct {
	program *nn.Program
	varying []varying
}

// varying is a float input of the program that moves from baseline to row.
type varying struct {
	name    string // in the program
	input   int    // among the model's; -1 for a lookup outside of all encoders
	feature int    // among the input's; -1 for a lookup
	n       int    // values a row
}

// fixed says of a feature that it tells what is there, and stays as it is in the
// row: masks, and flags of missing numbers.
func fixed(f data.Feature) bool { return f.Role != data.Values }

func newSlopes(m *model.Model, inputs []data.Input) (*slopes, error) {
	s := &slopes{}
	var err error
	if s.program, err = nn.Build(slopesGraph(m)); err != nil {
		return nil, err
	}
	known := map[string]bool{"chosen": true}
	for i, in := range inputs {
		known[in.Name+".present"] = true
		for j, f := range in.Features() {
			name := in.Name + "." + f.Name
			known[name] = true
			if !f.Int && !fixed(f) {
				s.varying = append(s.varying, varying{name: name, input: i, feature: j, n: f.Len()})
			}
		}
	}
	for _, name := range s.program.InputNames() {
		if known[name] {
			continue
		}
		of := func(in data.Input) bool { return strings.HasPrefix(name, "encoders."+in.Name+".") }
		s.varying = append(s.varying, varying{name: name, input: slices.IndexFunc(inputs, of), feature: -1, n: len(s.program.Float(name)) / stretch})
	}
	return s, nil
}

// slopesGraph is what the program computes.
func slopesGraph(m *model.Model) (nn.Options, func(g *nn.Graph)) {
	return nn.Options{Mode: nn.Eval, InputGradients: true, Lookups: nn.Given, Memory: m.Memory()}, func(g *nn.Graph) {
		f := m.Forward(g, stretch)
		g = g.At("output")
		g.Output("logits", f.Logits)
		n := stretch * m.Size()
		chosen := g.Constant("chosen", 1, n) // 1 at the score that is explained, of each row
		g.Loss(g.Reshape(g.Apply(op.Linear{}, g.Reshape(f.Logits, 1, n), chosen)))
	}
}

// A way leads from the baseline to the row.
type way struct {
	*slopes
	explainer     *Explainer
	score, scores int
	from, by      [][]float32 // of each varying: the baseline, and the row less the baseline
	sum           [][]float64 // of weighted gradients
	gradients     int         // that were computed
	start, end    float64     // the score at both ends
	points        [stretch]float64
}

// newWay reads both ends from the batch of two rows and from what the last look
// looked up.
func (e *Explainer) newWay(b *data.Batch, a answer) *way {
	w := &way{slopes: e.slopes, explainer: e, score: a.Score, scores: e.model.Size()}
	for _, v := range w.varying {
		both := e.look.program.Output
		var x []float32
		if v.feature < 0 {
			x = both(v.name)
		} else {
			x = b.Inputs[v.input][v.feature].F32
		}
		by := make([]float32, v.n)
		for i := range by {
			if v.input < 0 || b.Present[v.input][0] != 0 {
				by[i] = x[i] - x[v.n+i]
			}
		}
		w.from, w.by = append(w.from, x[v.n:2*v.n]), append(w.by, by)
		w.sum = append(w.sum, make([]float64, v.n))
	}
	logits := e.look.program.Output("logits")
	w.end, w.start = float64(logits[a.Score]), float64(logits[w.scores+a.Score])
	w.hold(e, b)
	return w
}

// hold fills in what stays the same on the way: presence, masks, flags.
func (w *way) hold(e *Explainer, b *data.Batch) {
	repeat := func(name string, x []float32) {
		dst := w.program.Float(name)
		for i := 0; i < len(dst); i += len(x) {
			copy(dst[i:], x)
		}
	}
	for i, in := range e.inputs {
		repeat(in.Name+".present", b.Present[i][:1])
		for j, f := range in.Features() {
			if !f.Int && fixed(f) {
				repeat(in.Name+"."+f.Name, b.Inputs[i][j].F32[:f.Len()])
			}
		}
	}
	chosen := w.program.Float("chosen")
	clear(chosen)
	for i := w.score; i < len(chosen); i += w.scores {
		chosen[i] = 1
	}
}

// run computes the score, and its gradient, at all points of the way.
func (w *way) run(ctx context.Context) error {
	for k, v := range w.varying {
		x := w.program.Float(v.name)
		for i, at := range w.points {
			row, at := x[i*v.n:(i+1)*v.n], float32(at)
			for j := range row {
				row[j] = w.from[k][j] + at*w.by[k][j]
			}
		}
	}
	return w.explainer.run(ctx, w.program)
}

// at is the score of the i-th point of the last run.
func (w *way) at(i int) float64 { return float64(w.program.Output("logits")[i*w.scores+w.score]) }

// slope is how fast the score rises along the way at the i-th point.
func (w *way) slope(i int) float64 {
	sum := 0.0
	for k := range w.varying {
		for j, g := range w.gradient(k, i) {
			sum += float64(g) * float64(w.by[k][j])
		}
	}
	return sum
}

// gradient is that by a varying at the i-th point; nil if nothing depends on it.
func (w *way) gradient(k, i int) []float32 {
	g, n := w.program.InputGradient(w.varying[k].name), w.varying[k].n
	if g == nil {
		return nil
	}
	return g[i*n : (i+1)*n]
}

// add counts the gradient at the i-th point with a weight.
func (w *way) add(i int, weight float64) {
	for k := range w.varying {
		for j, g := range w.gradient(k, i) {
			w.sum[k][j] += weight * float64(g)
		}
	}
}
