package nn_test

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// chain is an input of n numbers and some sums of it.
func chain(n, length int) func(g *nn.Graph) {
	return func(g *nn.Graph) {
		x := g.Input("x", 1, n)
		for range length {
			x = g.At("layer").Scale(x, 2)
		}
		g.Output("y", x)
	}
}

// What a program is measured at is what it takes.
func TestM3_MeasureIsWhatBuildTakes(t *testing.T) {
	for name, f := range map[string]func(g *nn.Graph){
		"chain": chain(1000, 7),
		"attention": func(g *nn.Graph) {
			x := g.Input("x", 3, 20, 8)
			g.Output("y", g.At("a").Apply(op.Attention{Heads: 2}, x, x, x))
		},
	} {
		t.Run(name, func(t *testing.T) {
			measured, err := nn.Measure(nn.Options{}, f)
			if err != nil {
				t.Fatal(err)
			}
			p, err := nn.Build(nn.Options{}, f)
			if err != nil {
				t.Fatal(err)
			}
			built := p.Stats()
			built.Steps = 0
			if measured != built {
				t.Errorf("measured %+v, built %+v", measured, built)
			}
			if name == "attention" && measured.Scratch != 6*20*20*4 {
				t.Errorf("scratch of %d bytes", measured.Scratch)
			}
			if _, err := nn.Build(nn.Options{Memory: measured.Bytes()}, f); err != nil {
				t.Error(err)
			}
			var large *nn.MemoryError
			if _, err := nn.Build(nn.Options{Memory: measured.Bytes() - 1}, f); !errors.As(err, &large) {
				t.Errorf("%v, want too much memory", err)
			}
		})
	}
}

// What is too much is refused before it is allocated, whatever its size.
func TestM3_TooMuchIsNotAllocated(t *testing.T) {
	huge := func(d ...int) func(g *nn.Graph) {
		return func(g *nn.Graph) { g.Output("y", g.At("layer").Scale(g.Input("x", d...), 2)) }
	}
	wide := func(g *nn.Graph) { // small inputs, a large product
		x := g.At("layer").Apply(op.Linear{}, g.Input("x", 1<<15, 1), g.Input("w", 1<<15, 1))
		g.Output("y", x)
	}
	attention := func(g *nn.Graph) {
		x := g.Input("x", 4, 1<<14, 4)
		g.Output("y", g.At("layer").Apply(op.Attention{Heads: 4}, x, x, x))
	}
	for name, f := range map[string]func(g *nn.Graph){
		"input": huge(1 << 28), "overflow": huge(math.MaxInt/2, 4, 8), "wide": wide, "attention": attention,
		"whole numbers": func(g *nn.Graph) { g.IntInput("x", 1<<40) },
	} {
		for _, build := range []bool{true, false} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			var err error
			if o := (nn.Options{Memory: 64 << 20}); build {
				_, err = nn.Build(o, f)
			} else {
				_, err = nn.Measure(o, f)
			}
			runtime.ReadMemStats(&after)
			var large *nn.MemoryError
			if !errors.As(err, &large) || large.ExitCode() != 2 || !strings.Contains(err.Error(), "CHIASM_MEMORY") {
				t.Errorf("%s: %v", name, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%s: %d bytes were allocated", name, n)
			}
		}
	}
}

// A network of more operations than can be planned in time is refused.
func TestM3_OperationsAreBounded(t *testing.T) {
	made := 0
	_, err := nn.Measure(nn.Options{}, func(g *nn.Graph) {
		var x *gorgonia.Node = g.Input("x", 1, 1)
		for ; made < 1<<20; made++ {
			x = g.Scale(x, 2)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "operations") || made > 1<<15 {
		t.Errorf("%d operations: %v", made, err)
	}
}
