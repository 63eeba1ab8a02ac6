package nntest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

// Same is how far two numbers that should be equal may lie apart, relative to
// 1 + their size: what another order of float32 additions changes.
const Same = 1e-5

// Build is nn.Build, for graphs that must build.
func Build(t testing.TB, o nn.Options, f func(g *nn.Graph)) *nn.Program {
	t.Helper()
	p, err := nn.Build(o, f)
	if err != nil {
		t.Fatalf("%s: %v", o.Mode, err)
	}
	return p
}

// Run runs a program that must run.
func Run(t testing.TB, p *nn.Program, step int) {
	t.Helper()
	if err := p.Run(step); err != nil {
		t.Fatalf("%s: %v", p.Mode(), err)
	}
}

// Equal reports the first of two lists of numbers that differ by more than
// Same, or are not numbers.
func Equal(t testing.TB, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d numbers, want %d", what, len(got), len(want))
		return
	}
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= Same*(1+math.Abs(float64(w)))) {
			t.Errorf("%s: number %d is %v, want %v", what, i, got[i], w)
			return
		}
	}
}

// Finite reports the first of a list of numbers that is none.
func Finite(t testing.TB, what string, x []float32) {
	t.Helper()
	i := slices.IndexFunc(x, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) })
	if i >= 0 {
		t.Errorf("%s: number %d is %v", what, i, x[i])
	}
}

// Jitter moves every trainable parameter of the scope a little, by a draw that
// depends on the seed and its name. Initial values are special: biases of 0 put
// rectifiers on their kink, and a last layer of zeros has no gradient to pass on.
func Jitter(s *nn.Scope, seed uint64) {
	for _, p := range s.Params() {
		if !p.Trainable {
			continue
		}
		key := rng.New(seed).Name(p.Name)
		for i := range p.Data {
			p.Data[i] += float32(0.1 * key.Normal(i))
		}
	}
}

// CheckNames compares what a module made in its scope with what its graphs
// bind: an evaluation graph all of it, a training graph what is trained.
func CheckNames(t testing.TB, s *nn.Scope, eval, train *nn.Program) {
	t.Helper()
	made := map[string]bool{}
	for _, p := range s.Params() {
		made[p.Name] = true
	}
	for _, p := range []*nn.Program{eval, train} {
		bound := map[string]bool{}
		for _, q := range p.Params() {
			bound[q.Name] = true
			if !made[q.Name] {
				t.Errorf("%s: the graph binds %q, which was not made in the module's scope", p.Mode(), q.Name)
			}
		}
		for _, q := range s.Params() {
			if !bound[q.Name] && (q.Trainable || p.Mode() == nn.Eval) {
				t.Errorf("%s: %q was made and never used", p.Mode(), q.Name)
			}
		}
	}
}

// CheckCount compares the number of trainable numbers with a formula's.
func CheckCount(t testing.TB, s *nn.Scope, want int) {
	t.Helper()
	if got := len(s.Pack()); got != want {
		t.Errorf("%d trainable numbers, the formula gives %d", got, want)
		for _, p := range s.Params() {
			t.Logf("%s %v", p.Name, p.Shape)
		}
	}
}

// keyBias is the one parameter that cannot learn: it adds the same to a query's
// scores of all keys, and their softmax stays as it is. PyTorch has it too.
const keyBias = ".key.bias"

// CheckLearns runs a training program and reports every trainable parameter of
// the scope that has no gradient, or that a step along it does not move. It
// leaves the parameters as they were.
func CheckLearns(t testing.TB, s *nn.Scope, p *nn.Program) {
	t.Helper()
	weights := s.Pack()
	before := slices.Clone(weights)
	Run(t, p, 1)
	Finite(t, "gradient", p.Gradients())
	for i, g := range p.Gradients() {
		weights[i] -= 0.1 * g
	}
	for _, q := range s.Params() {
		if strings.HasSuffix(q.Name, keyBias) {
			continue
		}
		if q.Trainable && slices.Equal(q.Data, before[q.Offset():q.Offset()+q.Size()]) {
			t.Errorf("%s has no gradient: a step does not move it", q.Name)
		}
	}
	copy(weights, before)
}
