package fusiontest

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
)

func checkBuilds(t testing.TB, c Case) {
	const b = 3
	m := c.whole(t)
	s := m.Shape()
	for _, mode := range []nn.Mode{nn.Train, nn.Eval} {
		nntest.Build(t, nn.Options{Mode: mode}, func(g *nn.Graph) {
			f := m.fuse(g, b)
			result, want := f.Pooled, []int{b, s.Dim}
			if s.Dim == 0 {
				result, want = f.Logits, []int{b, c.Outputs}
			}
			switch {
			case (f.Pooled == nil) == (f.Logits == nil):
				t.Fatalf("%s: Fuse returns pooled %v and logits %v, want one of them", mode, f.Pooled, f.Logits)
			case result == nil:
				t.Fatalf("%s: Shape reports %+v, but there is no such result", mode, s)
			case !slices.Equal([]int(result.Shape()), want):
				t.Errorf("%s: the result is %v, Shape says %v", mode, result.Shape(), want)
			}
			checkTokens(t, f, s, b)
			checkScores(t, f, m.Case, b)
			if mode == nn.Train {
				g.Loss(nntest.Total(g, results(g, f)...))
			}
		})
	}
}

// checkTokens checks that Shape announces the number of tokens correctly to an enclosing operator.
func checkTokens(t testing.TB, f fusion.Fused, s encoders.Shape, b int) {
	switch {
	case (f.Tokens == nil) != (f.Mask == nil):
		t.Errorf("it makes tokens %v and their mask %v, want both or none", f.Tokens, f.Mask)
	case f.Tokens == nil && s.Tokens > 1:
		t.Errorf("Shape says %d tokens, and there are none", s.Tokens)
	case f.Tokens != nil && !(slices.Equal([]int(f.Tokens.Shape()), []int{b, s.Tokens, s.Dim}) && slices.Equal([]int(f.Mask.Shape()), []int{b, s.Tokens})):
		t.Errorf("tokens are %v and their mask %v, Shape says %d of width %d", f.Tokens.Shape(), f.Mask.Shape(), s.Tokens, s.Dim)
	}
	if f.Present != nil && !slices.Equal([]int(f.Present.Shape()), []int{b, 1}) {
		t.Errorf("the presence is %v, want (%d, 1)", f.Present.Shape(), b)
	}
}

func checkScores(t testing.TB, f fusion.Fused, c Case, b int) {
	for _, s := range f.Scores {
		if !slices.Equal([]int(s.Logits.Shape()), []int{b, c.Outputs}) {
			t.Errorf("the scores of %q are %v, want (%d, %d)", s.Name, s.Logits.Shape(), b, c.Outputs)
		}
		if !slices.ContainsFunc(c.Inputs, func(in fusion.Input) bool { return in.Name == s.Name }) {
			t.Errorf("there are scores of %q, which is no modality", s.Name)
		}
	}
}

func checkParameters(t testing.TB, c Case) {
	m := c.whole(t)
	if c.Parameters > 0 {
		nntest.CheckCount(t, m.scope, c.Parameters)
	}
	rows := c.subsets()
	train := m.training(t, len(rows))
	nntest.CheckNames(t, m.scope, m.evaluation(t, len(rows)), train)
	m.fill(train, rows)
	nntest.CheckLearns(t, m.scope, train)
}

func checkGradients(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	n := nntest.Case{
		Build:  func(g *nn.Graph) []*gorgonia.Node { return results(g, m.fuse(g, len(rows))) },
		Floats: map[string][]float64{},
		Skip:   unread(t, m, len(rows)),
		Seed:   c.Seed,
		Most:   c.Most,
	}
	add := func(name string, x []float32) {
		for _, v := range x {
			n.Floats[name] = append(n.Floats[name], float64(v))
		}
	}
	for _, r := range rows {
		for i, in := range c.Inputs {
			add(in.Name+".present", []float32{r[i].present})
			add(in.Name+".mask", r[i].mask)
			add(in.Name+".tokens", r[i].tokens)
			add(in.Name+".pooled", r[i].pooled)
			add(in.Name+".logits", r[i].logits)
		}
	}
	nntest.CheckGradients(t, n)
}

// unread lists the inputs without a gradient: presence and masks, and the tokens or the pooled
// vector of a modality, whichever the fusion does not read. A fusion that reads neither is an
// error.
func unread(t testing.TB, m *made, b int) []string {
	t.Helper()
	p := m.training(t, b)
	var skip []string
	for _, in := range m.Inputs {
		skip = append(skip, in.Name+".present", in.Name+".mask")
		read := false
		for _, what := range []string{".tokens", ".pooled", ".logits"} {
			switch name := in.Name + what; {
			case !p.HasInput(name):
			case p.InputGradient(name) == nil:
				skip = append(skip, name)
			default:
				read = true
			}
		}
		if !read {
			t.Errorf("the result does not depend on %q", in.Name)
		}
	}
	return skip
}

func checkRepeats(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	first := m.run(t, rows)
	for i, x := range m.run(t, rows) {
		if !slices.Equal(x, first[i]) {
			t.Errorf("row %d is not fused the same in a second evaluation", i)
		}
	}
	p := m.training(t, len(rows))
	m.fill(p, rows)
	nntest.Run(t, p, 1)
	result, grads := slices.Clone(p.Output("result")), slices.Clone(p.Gradients())
	nntest.Run(t, p, 2)
	nntest.Run(t, p, 1)
	if !slices.Equal(result, p.Output("result")) || !slices.Equal(grads, p.Gradients()) {
		t.Errorf("step 1 is not the same after step 2: randomness has a state")
	}
}

func checkRows(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	whole := m.run(t, rows)
	for i, r := range rows {
		nntest.Finite(t, fmt.Sprintf("row %d", i), whole[i])
		nntest.Equal(t, "a row alone and in a batch", m.run(t, []row{r})[0], whole[i])
	}
	for i, x := range append(m.run(t, rows[:2]), m.run(t, rows[2:])...) {
		nntest.Equal(t, "a batch split in two and whole", x, whole[i])
	}
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	for i, x := range m.run(t, reversed) {
		nntest.Equal(t, "rows in reverse order and in order", x, whole[len(rows)-1-i])
	}
	others := slices.Clone(rows)
	for i := range others {
		if i != 1 {
			others[i] = c.row(100+i, 1<<len(c.Inputs)-1)
		}
	}
	nntest.Equal(t, "a row among other neighbours", m.run(t, others)[1], whole[1])
}

// checkAbsent checks that the contents of an absent modality, even NaN, change neither results nor
// gradients, and that it has no gradient itself.
func checkAbsent(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	want := m.run(t, rows)
	for _, v := range []float64{0, 1e30, math.NaN()} {
		for i, x := range m.run(t, stuffed(rows, float32(v), false)) {
			nntest.Equal(t, fmt.Sprintf("row %d with %g in what it lacks", i, v), x, want[i])
		}
	}
	p := m.training(t, len(rows))
	m.fill(p, rows)
	nntest.Run(t, p, 1)
	grads := slices.Clone(p.Gradients())
	for _, in := range c.Inputs {
		for _, what := range []string{".tokens", ".pooled", ".logits"} {
			if !p.HasInput(in.Name + what) {
				continue
			}
			g := p.InputGradient(in.Name + what)
			for i, present := range p.Float(in.Name + ".present") {
				n := len(g) / len(rows)
				if present == 0 && slices.ContainsFunc(g[i*n:(i+1)*n], func(v float32) bool { return v != 0 }) {
					t.Errorf("%s has a gradient in row %d, which lacks it", in.Name+what, i)
				}
			}
		}
	}
	m.fill(p, stuffed(rows, 7, false))
	nntest.Run(t, p, 1)
	nntest.Equal(t, "gradient with something in absent modalities", p.Gradients(), grads)
}

// checkSubsets compares a row with some of the modalities to a fusion of these alone. Parameters
// are drawn by name, so they are the same in both.
func checkSubsets(t testing.TB, c Case) {
	if !c.Subsets {
		return
	}
	rows := c.subsets()
	m := c.whole(t)
	whole := m.run(t, rows)
	n := m.Shape().Dim // tokens are excluded, since fewer modalities have fewer
	if n == 0 {
		n = c.Outputs
	}
	for i, r := range rows[:len(rows)-1] {
		var of []int
		for k := range r {
			if r[k].present != 0 {
				of = append(of, k)
			}
		}
		few, err := c.try(of...)
		if err != nil {
			continue
		}
		alone := few.run(t, []row{r})[0]
		nntest.Equal(t, fmt.Sprintf("row %d, which has modalities %v, and the fusion of these alone", i, of), whole[i][:n], alone[:n])
	}
}

func checkPadding(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	want := m.run(t, rows)
	for i, x := range m.run(t, stuffed(rows, 5, true)) {
		nntest.Equal(t, fmt.Sprintf("row %d with other padding", i), x, want[i])
	}
}

// checkOrder lists the modalities in reverse, and rotated by one.
func checkOrder(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	want := m.run(t, rows)
	reversed := c.all()
	slices.Reverse(reversed)
	rotated := append(c.all()[1:], 0)
	for _, of := range [][]int{reversed, rotated} {
		other := c.make(t, of...)
		for i, p := range m.scope.Params() {
			q := other.scope.Params()
			if i >= len(q) || q[i].Name != p.Name || !slices.Equal(q[i].Data, p.Data) {
				t.Errorf("with the modalities in the order %v parameter %d is not %q with the same values", of, i, p.Name)
				return
			}
		}
		for i, x := range other.run(t, rows) {
			nntest.Equal(t, fmt.Sprintf("row %d with the modalities in the order %v", i, of), x, want[i])
		}
	}
}

// checkShares checks that shares sum to 1 over the modalities present, and do not depend on the
// contents of absent ones.
func checkShares(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	var names []string
	p := nntest.Build(t, nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		f := m.fuse(g, len(rows))
		for _, s := range f.Shares {
			if !slices.Equal([]int(s.Weight.Shape()), []int{len(rows), 1}) {
				t.Fatalf("the shares of %q are %v, want (%d, 1)", s.Name, s.Weight.Shape(), len(rows))
			}
			names = append(names, s.Name)
			g.Output("share of "+s.Name, s.Weight)
		}
		g.Output("result", results(g, f)[0])
	})
	if names == nil {
		return
	}
	for _, v := range []float32{0, float32(math.NaN())} {
		m.fill(p, stuffed(rows, v, false))
		nntest.Run(t, p, 0)
		for i, r := range rows {
			sum, any := 0.0, false
			for k, in := range c.Inputs {
				if !slices.Contains(names, in.Name) {
					t.Fatalf("there are shares of %q, and none of %q", names, in.Name)
				}
				w := float64(p.Output("share of " + in.Name)[i])
				if !(w >= 0) || math.IsInf(w, 0) || r[k].present == 0 && w != 0 {
					t.Errorf("row %d with %g in what it lacks: the share of %q is %g, present %g", i, v, in.Name, w, r[k].present)
				}
				sum, any = sum+w, any || r[k].present != 0
			}
			if want := map[bool]float64{true: 1}[any]; math.Abs(sum-want) > 1e-5 {
				t.Errorf("row %d with %g in what it lacks: shares sum to %g, want %g", i, v, sum, want)
			}
		}
	}
	if len(names) != len(c.Inputs) {
		t.Errorf("there are shares of %q, want one for each modality", names)
	}
}

// checkLoads checks that a fusion created from another seed, after loading the parameters saved by
// the first, is equivalent to it: all of its state is among its parameters.
func checkLoads(t testing.TB, c Case) {
	m := c.whole(t)
	rows := c.subsets()
	var file bytes.Buffer
	if err := checkpoints.Tensors(tensors(m), nil)(&file); err != nil {
		t.Fatal(err)
	}
	another := c
	another.Seed += 100
	other := another.whole(t)
	if _, err := checkpoints.LoadInto(bytes.NewReader(file.Bytes()), int64(file.Len()), tensors(other)); err != nil {
		t.Fatal(err)
	}
	want := m.run(t, rows)
	for i, x := range other.run(t, rows) {
		nntest.Equal(t, fmt.Sprintf("row %d, saved and loaded", i), x, want[i])
	}
}

// tensors returns the parameters of a fusion in the form in which they are saved and loaded.
func tensors(m *made) []checkpoints.Tensor {
	var ts []checkpoints.Tensor
	for _, p := range m.scope.Params() {
		ts = append(ts, checkpoints.Tensor{Name: p.Name, Shape: p.Shape, F32: p.Data})
	}
	return ts
}
