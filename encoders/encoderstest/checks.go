package encoderstest

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/rng"
)

func checkBuilds(t testing.TB, c Case) {
	m := c.make(t)
	s := m.Shape()
	for _, mode := range []nn.Mode{nn.Train, nn.Eval} {
		nntest.Build(t, nn.Options{Mode: mode}, func(g *nn.Graph) {
			e, _ := m.encode(g, batch)
			for _, x := range []struct {
				what string
				node *gorgonia.Node
				want []int
			}{
				{"tokens", e.Tokens, []int{batch, s.Tokens, s.Dim}},
				{"mask", e.Mask, []int{batch, s.Tokens}},
				{"pooled vector", e.Pooled, []int{batch, s.Dim}},
			} {
				switch {
				case x.node == nil:
					t.Fatalf("%s: there is no %s", mode, x.what)
				case !slices.Equal([]int(x.node.Shape()), x.want):
					t.Errorf("%s: the %s is %v, Shape says %v", mode, x.what, x.node.Shape(), x.want)
				}
			}
			if mode == nn.Train {
				g.Loss(nntest.Total(g, e.Tokens, e.Pooled))
			}
		})
	}
}

func checkParameters(t testing.TB, c Case) {
	m := c.make(t)
	if c.Parameters > 0 {
		nntest.CheckCount(t, m.scope, c.Parameters)
	}
	train := m.training(t, batch)
	nntest.CheckNames(t, m.scope, m.evaluation(t, batch), train)
	c.fill(train, with(c.rows(batch), absentRow, c.filled(3)))
	nntest.CheckLearns(t, m.scope, train)
}

// checkGradients uses few rows, since each number is perturbed separately: short and long texts,
// and one row that has content but is absent.
func checkGradients(t testing.TB, c Case) {
	m := c.make(t)
	rows := []row{c.row(0), c.row(2), c.filled(0.5)}
	n := nntest.Case{
		Build:  func(g *nn.Graph) []*gorgonia.Node { return m.visible(g, len(rows)) },
		Floats: map[string][]float64{"present": {1, 1, 0}},
		Ints:   map[string][]int{},
		Skip:   []string{"present", "mask"},
		Seed:   c.Seed,
	}
	for _, r := range rows {
		for k, f := range c.Features {
			n.Ints[f.Name] = append(n.Ints[f.Name], r.slots[k].Int...)
			for _, v := range r.slots[k].F32 {
				n.Floats[f.Name] = append(n.Floats[f.Name], float64(v))
			}
		}
	}
	nntest.CheckGradients(t, n)
}

func checkRepeats(t testing.TB, c Case) {
	m := c.make(t)
	rows := c.rows(batch)
	first := m.run(t, rows)
	for i, e := range m.run(t, rows) {
		if !slices.Equal(e.tokens, first[i].tokens) || !slices.Equal(e.pooled, first[i].pooled) {
			t.Errorf("row %d is not encoded the same in a second evaluation", i)
		}
	}
	p := m.training(t, batch)
	c.fill(p, rows)
	nntest.Run(t, p, 1)
	pooled, grads := slices.Clone(p.Output("pooled")), slices.Clone(p.Gradients())
	nntest.Run(t, p, 2)
	nntest.Run(t, p, 1)
	if !slices.Equal(pooled, p.Output("pooled")) || !slices.Equal(grads, p.Gradients()) {
		t.Errorf("step 1 is not the same after step 2: randomness has a state")
	}
}

func checkRows(t testing.TB, c Case) {
	m := c.make(t)
	rows := c.rows(batch)
	whole := m.run(t, rows)
	for i, r := range rows {
		nntest.Finite(t, "pooled vector", whole[i].pooled)
		nntest.Finite(t, "tokens", whole[i].tokens)
		m.same(t, "a row alone and in a batch", m.run(t, []row{r})[0], whole[i])
	}
	for i, e := range append(m.run(t, rows[:2]), m.run(t, rows[2:])...) {
		m.same(t, "a batch split in two and whole", e, whole[i])
	}
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	for i, e := range m.run(t, reversed) {
		m.same(t, "rows in reverse order and in order", e, whole[batch-1-i])
	}
	other := make([]row, batch)
	for i := range other {
		other[i] = c.row(batch + i)
	}
	m.same(t, "a row among other neighbours", m.run(t, with(other, 1, rows[1]))[1], whole[1])
}

func checkAbsent(t testing.TB, c Case) {
	m := c.make(t)
	rows := with(c.rows(batch), absentRow, c.lacking())
	want := m.run(t, rows)
	nntest.Equal(t, "mask of a row that lacks the input", want[absentRow].mask, make([]float32, m.Shape().Tokens))
	nntest.Finite(t, "pooled vector of a row that lacks the input", want[absentRow].pooled)
	nntest.Finite(t, "tokens of a row that lacks the input", want[absentRow].tokens)
	for _, v := range []float64{1, 1e30, nan} {
		got := m.run(t, with(rows, absentRow, c.filled(v)))
		for i := range rows {
			if i != absentRow {
				m.same(t, "a row beside an absent one", got[i], want[i])
			}
		}
	}
	none := make([]row, batch)
	for i := range none {
		none[i] = c.lacking()
	}
	for _, e := range m.run(t, none) {
		nntest.Finite(t, "pooled vector of a batch that lacks the input", e.pooled)
	}
	checkAbsentTraining(t, m, rows, none)
}

// checkAbsentTraining checks that the contents of an absent row change no gradient, including
// through batch statistics.
func checkAbsentTraining(t testing.TB, m *made, rows, none []row) {
	p := m.training(t, batch)
	m.fill(p, rows)
	nntest.Run(t, p, 1)
	grads, pooled := slices.Clone(p.Gradients()), slices.Clone(p.Output("pooled"))
	m.fill(p, with(rows, absentRow, m.filled(7)))
	nntest.Run(t, p, 1)
	nntest.Equal(t, "gradient with something in an absent row", p.Gradients(), grads)
	nntest.Equal(t, "pooled vectors in training with something in an absent row", p.Output("pooled"), pooled)
	m.fill(p, none)
	nntest.Run(t, p, 1)
	nntest.Finite(t, "gradient of a batch that lacks the input", p.Gradients())
}

func checkPadding(t testing.TB, c Case) {
	mask := slices.IndexFunc(c.Features, func(f data.Feature) bool { return f.Role == data.Mask })
	if mask < 0 {
		return
	}
	m := c.make(t)
	rows := c.rows(batch)
	want := m.run(t, rows)
	changed := make([]row, batch)
	for i, r := range rows {
		changed[i] = r.clone()
		for k, f := range c.Features {
			ids := changed[i].slots[k].Int
			per := len(ids) / max(1, c.Features[mask].Len())
			for j := range ids {
				if r.slots[mask].F32[j/per] == 0 {
					ids[j] = rng.New(5).Int(i).IntN(j, f.Sizes[0])
				}
			}
		}
	}
	for i, e := range m.run(t, changed) {
		m.same(t, "a row with other padding", e, want[i])
	}
}
