package nn_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// What cannot be is an error of the build, on one line, with exit code 2, that
// names the module and the shapes.
func TestBuildErrors(t *testing.T) {
	s := nn.NewScope(1)
	l := nn.NewLinear(s.In("encoders").In("facts"), 3, 2)
	s.Pack()
	for _, c := range []struct {
		name  string
		mode  nn.Mode
		build func(g *nn.Graph)
		want  []string
	}{
		{"shapes", nn.Eval, func(g *nn.Graph) { l.Forward(g, g.Input("x", 4, 5)) }, []string{"encoders.facts: linear: ", "(4, 5)", "(2, 3)"}},
		{"input twice", nn.Eval, func(g *nn.Graph) { g.Input("x", 1); g.IntInput("x", 1) }, []string{`two inputs are called "x"`}},
		{"output twice", nn.Eval, func(g *nn.Graph) { x := g.Input("x", 1); g.Output("y", x); g.Output("y", x) }, []string{`two outputs are called "y"`}},
		{"loss of a shape", nn.Train, func(g *nn.Graph) { g.Loss(g.Input("x", 2)) }, []string{"(2)", "want a scalar"}},
		{"loss twice", nn.Eval, func(g *nn.Graph) {
			x := nntest.Total(g, g.Input("x", 2))
			g.Loss(x)
			g.Loss(x)
		}, []string{"the loss is set twice"}},
		{"no loss", nn.Train, func(g *nn.Graph) { l.Forward(g, g.Input("x", 4, 3)) }, []string{"gradients need a loss"}},
		{"nothing to train", nn.Train, func(g *nn.Graph) { g.Loss(nntest.Total(g, g.Input("x", 2))) }, []string{"nothing that the loss depends on has a gradient"}},
		{"missing node", nn.Eval, func(g *nn.Graph) { g.At("fusion").Add(nil, g.Input("x", 2)) }, []string{"fusion: add: input 0 is nil"}},
		{"a module's own", nn.Eval, func(g *nn.Graph) { g.At("fusion").Fail("%d tokens are too few", 1) }, []string{"fusion: 1 tokens are too few"}},
		{"a foreign input", nn.Eval, func(g *nn.Graph) {
			x := gorgonia.NewMatrix(g.Gorgonia(), tensor.Float32, gorgonia.WithShape(2, 3), gorgonia.WithName("mine"))
			g.Output("y", l.Forward(g, x))
		}, []string{`"mine"`, "Graph.Input"}},
		{"a trainable mask", nn.Train, func(g *nn.Graph) {
			x := l.Forward(g, g.Input("x", 1, 2, 3)) // (1, 2, 2)
			g.Loss(nntest.Total(g, g.MaskedMean(x, g.Reshape(g.Slice(x, 2, 0, 1), 1, 2))))
		}, []string{"masked_mean"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := nn.Build(nn.Options{Mode: c.mode}, c.build)
			var e *nn.BuildError
			if !errors.As(err, &e) || e.ExitCode() != 2 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want one line of a BuildError", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v does not say %q", err, w)
				}
			}
		})
	}
}

// A panic that is no build error is a fault of a module, and is not taken for
// a config's.
func TestFaultsAreNotHidden(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a fault in a module was swallowed")
		}
		// and later builds are not locked out
		nntest.Build(t, nn.Options{}, func(g *nn.Graph) { g.Output("y", g.Input("x", 1)) })
	}()
	nn.Build(nn.Options{}, func(*nn.Graph) { panic("index out of range") })
}

// What only a mistake in a constructor explains panics.
func TestScopePanics(t *testing.T) {
	for name, f := range map[string]func(s *nn.Scope){
		"name twice":  func(s *nn.Scope) { s.Param("w", []int{1}, nn.Zeros); s.Param("w", []int{1}, nn.Zeros) },
		"same path":   func(s *nn.Scope) { s.In("a").Param("w", []int{1}, nn.Zeros); s.In("a").Buffer("w", []int{1}, nn.Zeros) },
		"empty name":  func(s *nn.Scope) { s.Param("", []int{1}, nn.Zeros) },
		"blank":       func(s *nn.Scope) { s.In("a b") },
		"no elements": func(s *nn.Scope) { s.Param("w", []int{3, 0}, nn.Zeros) },
		"after Pack":  func(s *nn.Scope) { s.Pack(); s.Param("w", []int{1}, nn.Zeros) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f(nn.NewScope(1))
		}()
	}
}

// Initial values depend on the seed and a parameter's own path, so that adding
// a module changes no other.
func TestInitialValues(t *testing.T) {
	draw := func(seed uint64, more bool) []float32 {
		s := nn.NewScope(seed)
		if more {
			nn.NewLinear(s.In("first"), 4, 4)
		}
		l := nn.NewLinear(s.In("second"), 3, 5)
		if more {
			nn.NewLinear(s.In("third"), 4, 4)
		}
		s.Pack()
		return slices.Clone(l.Weight.Data)
	}
	if !slices.Equal(draw(1, false), draw(1, true)) {
		t.Error("another module changes initial values")
	}
	if slices.Equal(draw(1, false), draw(2, false)) {
		t.Error("another seed draws the same")
	}
}

// The moments of initialisers, over a large parameter.
func TestInitializers(t *testing.T) {
	shape := []int{200, 50, 2, 1} // 100 in, 400 out
	for name, c := range map[string]struct {
		init nn.Initializer
		std  float64
		most float64 // 0: unbounded
	}{
		"normal":        {nn.Normal(0.3), 0.3, 0},
		"uniform":       {nn.Uniform(0.3), 0.3 / math.Sqrt(3), 0.3},
		"kaiming":       {nn.KaimingNormal, math.Sqrt(2.0 / 100), 0},
		"xavier":        {nn.XavierUniform, math.Sqrt(6.0/500) / math.Sqrt(3), math.Sqrt(6.0 / 500)},
		"lecun uniform": {nn.LeCunUniform, 0.1 / math.Sqrt(3), 0.1},
	} {
		x := make([]float32, 200*50*2)
		c.init(x, shape, rng.New(1))
		sum, squares, most := 0.0, 0.0, 0.0
		for _, v := range x {
			sum += float64(v)
			squares += float64(v) * float64(v)
			most = max(most, math.Abs(float64(v)))
		}
		n := float64(len(x))
		mean, std := sum/n, math.Sqrt(squares/n)
		if math.Abs(mean) > 4*c.std/math.Sqrt(n) || math.Abs(std/c.std-1) > 0.03 || c.most > 0 && most > c.most {
			t.Errorf("%s: mean %.4f, deviation %.4f, largest %.4f; want 0, %.4f, at most %.4f", name, mean, std, most, c.std, c.most)
		}
	}
}

// Parameters are listed in the order of making, by scope, and packed in it.
func TestParamsAndPack(t *testing.T) {
	s := nn.NewScope(1)
	nn.NewLinear(s.In("a"), 2, 3)
	nn.NewBatchNorm2D(s.In("ab"), 2)
	var names []string
	for _, p := range s.Params() {
		names = append(names, p.Name)
	}
	want := []string{"a.weight", "a.bias", "ab.weight", "ab.bias", "ab.running_mean", "ab.running_var"}
	if !slices.Equal(names, want) || len(s.In("a").Params()) != 2 {
		t.Errorf("parameters %v, and %d in scope a", names, len(s.In("a").Params()))
	}
	for _, p := range s.Params() {
		for i := range p.Data {
			p.Data[i] = float32(i) + 0.5
		}
	}
	flat := s.Pack()
	at := 0
	for _, p := range s.Params() {
		if !p.Trainable {
			continue
		}
		if p.Offset() != at || flat[at+p.Size()-1] != float32(p.Size())-0.5 {
			t.Errorf("%s is at %d, want %d", p.Name, p.Offset(), at)
		}
		flat[at] = 9
		if p.Data[0] != 9 {
			t.Errorf("%s is not in the flat vector", p.Name)
		}
		if p.Decay != (p.Name == "a.weight") {
			t.Errorf("%s decays: %v", p.Name, p.Decay)
		}
		at += p.Size()
	}
	if at != len(flat) || &s.Pack()[0] != &flat[0] {
		t.Errorf("%d numbers packed, want %d, once", len(flat), at)
	}
}

// Dropout is a function of seed, step and path: it repeats, differs from site
// to site, and drops as often as it says.
func TestDropoutIsAFunction(t *testing.T) {
	const n, p = 4000, 0.3
	run := func(seed uint64, step int, path string) (first, second []float32) {
		prog := nntest.Build(t, nn.Options{Mode: nn.Train, Seed: seed, InputGradients: true}, func(g *nn.Graph) {
			g = g.At(path)
			x := g.Input("x", n)
			a, b := g.Dropout(x, p), g.Dropout(x, p)
			g.Output("a", a)
			g.Output("b", b)
			g.Loss(nntest.Total(g, a, b))
		})
		for i := range prog.Float("x") {
			prog.Float("x")[i] = 1
		}
		nntest.Run(t, prog, step)
		return slices.Clone(prog.Output("a")), slices.Clone(prog.Output("b"))
	}
	a, b := run(1, 5, "m")
	if slices.Equal(a, b) {
		t.Error("two dropouts of a module drop the same")
	}
	if again, _ := run(1, 5, "m"); !slices.Equal(a, again) {
		t.Error("the same step drops otherwise")
	}
	for what, f := range map[string]func() ([]float32, []float32){
		"seed": func() ([]float32, []float32) { return run(2, 5, "m") },
		"step": func() ([]float32, []float32) { return run(1, 6, "m") },
		"path": func() ([]float32, []float32) { return run(1, 5, "n") },
	} {
		if other, _ := f(); slices.Equal(a, other) {
			t.Errorf("another %s drops the same", what)
		}
	}
	gone := 0
	for _, v := range a {
		if v == 0 {
			gone++
		} else if math.Abs(float64(v)-1/(1-p)) > 1e-6 {
			t.Fatalf("what is kept is %v", v)
		}
	}
	if share := float64(gone) / n; math.Abs(share-p) > 4*math.Sqrt(p*(1-p)/n) {
		t.Errorf("%.3f are dropped", share)
	}
}

// Graphs are built by several goroutines, and programs over the same
// parameters run side by side.
func TestConcurrentUse(t *testing.T) {
	s := nn.NewScope(1)
	m := nn.NewMLP(s, op.ReLU, 0, 3, 16, 2)
	s.Pack()
	want := make([]float32, 8)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for worker := range 4 {
		wg.Go(func() {
			p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) { g.Output("y", m.Forward(g, g.Input("x", 4, 3))) })
			if err != nil {
				t.Error(err)
				return
			}
			for i := range p.Float("x") {
				p.Float("x")[i] = float32(rng.New(1).Normal(i))
			}
			for range 50 {
				if err := p.Run(0); err != nil {
					t.Error(err)
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if worker == 0 || want[0] == 0 {
				copy(want, p.Output("y"))
			} else if !slices.Equal(want, p.Output("y")) {
				t.Errorf("goroutine %d computes %v, another %v", worker, p.Output("y"), want)
			}
		})
	}
	wg.Wait()
}

// An operator's error at run time names the module.
func TestRunErrors(t *testing.T) {
	s := nn.NewScope(1)
	e := nn.NewEmbedding(s.In("encoders").In("caption"), 4, 2, -1, 1)
	p := nntest.Build(t, nn.Options{}, func(g *nn.Graph) { g.Output("y", e.Forward(g, g.IntInput("ids", 2))) })
	copy(p.Int("ids"), []int{1, 9})
	if err := p.Run(0); err == nil || !strings.Contains(err.Error(), "encoders.caption: embedding: id 9") {
		t.Errorf("error %v", err)
	}
}

// In evaluation gradients by inputs are those of what the network computes when
// it predicts, and parameters have none.
func TestGradientsOfEvaluation(t *testing.T) {
	s := nn.NewScope(1)
	l := nn.NewLinearNoBias(s.In("linear"), 3, 1)
	norm := nn.NewBatchNorm2D(s.In("norm"), 3)
	s.Pack()
	copy(l.Weight.Data, []float32{2, -1, 3})
	for _, p := range s.Params() {
		if strings.HasSuffix(p.Name, "running_var") {
			copy(p.Data, []float32{4, 4, 4})
		}
	}
	p := nntest.Build(t, nn.Options{InputGradients: true}, func(g *nn.Graph) {
		x := g.Input("x", 2, 3)
		y := l.Forward(g, g.Dropout(norm.Forward(g, x, nil), 0.5))
		g.Loss(g.Reshape(g.Slice(y, 0, 1, 2)))
	})
	nntest.Run(t, p, 0)
	for i, want := range []float64{0, 0, 0, 1, -0.5, 1.5} { // the weights over the deviation
		if got := float64(p.InputGradient("x")[i]); math.Abs(got-want) > 1e-5 {
			t.Errorf("the gradient by x[%d] is %g, want %g", i, got, want)
		}
	}
	if p.Gradients() != nil {
		t.Error("parameters have gradients")
	}
}

// They are those of training, where the two do not differ: kernels of evaluation
// that keep nothing for a backward pass are not used.
func TestGradientsOfBothModes(t *testing.T) {
	s := nn.NewScope(1)
	layers := nn.NewMLP(s, op.GELU, 0, 3, 4, 2)
	s.Pack()
	nntest.Jitter(s, 1)
	var got [2][]float32
	for i, mode := range []nn.Mode{nn.Train, nn.Eval} {
		p := nntest.Build(t, nn.Options{Mode: mode, InputGradients: true}, func(g *nn.Graph) { g.Loss(nntest.Total(g, layers.Forward(g, g.Input("x", 5, 3)))) })
		for j := range p.Float("x") {
			p.Float("x")[j] = float32(j%4) - 1.5
		}
		nntest.Run(t, p, 0)
		got[i] = slices.Clone(p.InputGradient("x"))
	}
	nntest.Equal(t, "the gradient", got[1], got[0])
}

// What embeddings look up can be told, and given back in place of the ids.
func TestLookups(t *testing.T) {
	s := nn.NewScope(1)
	e, bag := nn.NewEmbedding(s.In("word"), 4, 2, 0, 1), nn.NewEmbeddingBag(s.In("bag"), 5, 3, 1)
	s.Pack()
	build := func(o nn.Options) *nn.Program {
		return nntest.Build(t, o, func(g *nn.Graph) {
			ids, bags := g.IntInput("ids", 1, 3), g.IntInput("bags", 1, 2, 2)
			y := g.Add(e.Forward(g, ids), e.Forward(g, ids))
			g.Output("y", y)
			g.Output("z", bag.Forward(g, bags))
			g.Loss(nntest.Total(g, y))
		})
	}
	told := build(nn.Options{Lookups: nn.Told})
	copy(told.Int("ids"), []int{3, 0, 1})
	copy(told.Int("bags"), []int{1, 2, 4, 0})
	nntest.Run(t, told, 0)
	if got := told.Output("word"); !slices.Equal(got[:2], e.Weight.Data[6:]) || len(got) != 6 || len(told.Output("bag")) != 6 {
		t.Errorf("looked up %v", got)
	}
	given := build(nn.Options{Lookups: nn.Given, InputGradients: true})
	for _, name := range []string{"word", "word.1", "bag"} {
		copy(given.Float(name), told.Output(name))
	}
	nntest.Run(t, given, 0)
	for _, name := range []string{"y", "z"} {
		nntest.Equal(t, name, given.Output(name), told.Output(name))
	}
	if g := given.InputGradient("word.1"); len(g) != 6 || g[0] == 0 {
		t.Errorf("the gradient by what was looked up is %v", g)
	}
	if given.InputGradient("bag") != nil {
		t.Error("a gradient by what the loss does not depend on")
	}
}
