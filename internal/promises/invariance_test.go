package promises_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

// subject is a model of random weights, with a batch of rows of which some lack
// inputs.
type subject struct {
	t      *testing.T
	key    rng.Key // of what is drawn
	yaml   string
	bundle *bundle.Bundle
	batch  *data.Batch
}

const batchRows = 6

// subjects are of random fusions, encoders, weights and rows.
func newSubject(t *testing.T, i int) *subject {
	t.Helper()
	key := rng.New(41).Int(i)
	pick := func(n int, of ...string) string { return of[key.IntN(n, len(of))] }
	c := sample.Default()
	c.Picture = pick(0, c.Picture, "{type: cnn, channels: [8], norm: group, kernel: 1, residual: true}", "{type: cnn, channels: [2], dropout: 0.3, pool: average}")
	c.Caption = pick(1, c.Caption, "{type: ngrams, dim: 3}", "{type: transformer, dim: 4, layers: 2, heads: 2, hidden: 3, positions: sinusoidal}")
	c.Facts = pick(2, c.Facts, "{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 3}", "{type: mlp, hidden: [4], bins: 3}")
	fusions := []string{
		c.Fusion, "{type: sum, dim: 4}", "{type: max, dim: 4}", "{type: gated, dim: 4}", "{type: attention_pool, dim: 4}", "{type: score_average}", "{type: mixture}",
		"{type: cross_attention, dim: 4, heads: 2}", "{type: early, dim: 4, heads: 2}", "{type: concat, dim: 3, of: [facts, {type: cross_attention, of: [picture, caption], dim: 4, heads: 2}]}",
	}
	c.Fusion = fusions[i%len(fusions)]
	c.Output = pick(3, c.Output, "{type: binary, column: pass}", "{type: multilabel, column: tags}", "{type: regression, column: price}")
	s := &subject{t: t, key: key, yaml: c.YAML()}
	s.bundle = s.make(s.yaml)
	for j, w := range s.bundle.Model.Weights() {
		s.bundle.Model.Weights()[j] = w + 0.3*float32(key.Name("weights").Normal(j))
	}
	s.batch = s.read(s.bundle)
	return s
}

// make is the model of a config, with its initial weights.
func (s *subject) make(yaml string) *bundle.Bundle {
	s.t.Helper()
	must := func(err error) {
		if err != nil {
			s.t.Fatal(err)
		}
	}
	c, err := config.Parse("train.yaml", []byte(yaml), config.Builtin())
	must(err)
	b := &bundle.Bundle{Config: c}
	b.Inputs, err = c.NewInputs(sample.Source(sample.Images()))
	must(err)
	b.Target, err = c.NewTarget()
	must(err)
	table := sample.Table(30)
	splits, err := c.Data.Split.Rows(table)
	must(err)
	must(data.Fit(context.Background(), table, splits, b.Inputs, b.Target, nil))
	b.Model, err = c.NewModel(b.Inputs, b.Target, len(splits.Train))
	must(err)
	return b
}

// read is a batch of rows of the sample.
func (s *subject) read(b *bundle.Bundle) *data.Batch {
	s.t.Helper()
	d, err := data.NewDataset(sample.Table(30), b.Inputs, b.Target, data.DatasetOptions{MissingAll: true})
	if err != nil {
		s.t.Fatal(err)
	}
	rows := s.key.Name("rows").Perm(30)[:batchRows]
	l, err := data.NewLoader(d, rows, data.LoaderOptions{BatchSize: batchRows})
	if err != nil {
		s.t.Fatal(err)
	}
	for batch, err := range l.Epoch(context.Background(), 0, 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		return s.rows(b, batch, []int{0, 1, 2, 3, 4, 5})
	}
	return nil
}

// rows is a batch of some rows of another; -1 is one that lacks every input.
func (s *subject) rows(b *bundle.Bundle, from *data.Batch, rows []int) *data.Batch {
	out := &data.Batch{Rows: rows, Weight: make([]float32, len(rows))}
	for k, in := range b.Inputs {
		present := make([]float32, len(rows))
		var slots []data.Slot
		for f, feature := range in.Features() {
			n := feature.Len()
			slot := data.Slot{F32: make([]float32, n*len(rows))}
			if feature.Int {
				slot = data.Slot{Int: make([]int, n*len(rows))}
			}
			for i, row := range rows {
				if row < 0 {
					continue
				}
				if feature.Int {
					copy(slot.Int[i*n:], from.Inputs[k][f].Int[row*n:(row+1)*n])
				} else {
					copy(slot.F32[i*n:], from.Inputs[k][f].F32[row*n:(row+1)*n])
				}
			}
			slots = append(slots, slot)
		}
		for i, row := range rows {
			if row >= 0 {
				present[i] = from.Present[k][row]
			}
		}
		out.Inputs, out.Present = append(out.Inputs, slots), append(out.Present, present)
	}
	return out
}

// predict runs a batch: a row of predictions a row.
func (s *subject) predict(b *bundle.Bundle, batch *data.Batch) [][]float32 {
	s.t.Helper()
	p, err := b.Model.Program(nn.Eval, len(batch.Rows), false)
	if err != nil {
		s.t.Fatal(err)
	}
	b.Model.Fill(p, batch)
	if err := p.Run(0); err != nil {
		s.t.Fatal(err)
	}
	var out [][]float32
	for row := range slices.Chunk(slices.Clone(p.Output("predictions")), b.Model.Size()) {
		out = append(out, row)
	}
	return out
}

// some is a batch of some rows of the subject's, predicted.
func (s *subject) some(rows ...int) [][]float32 {
	s.t.Helper()
	return s.predict(s.bundle, s.rows(s.bundle, s.batch, rows))
}

// rounding is what batches of other sizes, whose sums go another way, may differ
// by; all else gives the same bits.
const rounding = 2e-5

func (s *subject) same(got, want [][]float32, within float64) {
	s.t.Helper()
	if len(got) != len(want) {
		s.t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if d := math.Abs(float64(got[i][j]) - float64(want[i][j])); !(d <= within*(1+math.Abs(float64(want[i][j])))) {
				s.t.Errorf("%s\nrow %d is %v, want %v", s.yaml, i, got[i], want[i])
				return
			}
		}
	}
}

// invariances are what must not change a prediction.
var invariances = []struct {
	name  string
	check func(s *subject, want [][]float32)
}{
	{"evaluating twice", func(s *subject, want [][]float32) { s.same(s.some(0, 1, 2, 3, 4, 5), want, 0) }},
	{"order of rows", func(s *subject, want [][]float32) {
		order := s.key.Name("order").Perm(batchRows)
		var moved [][]float32
		for _, row := range order {
			moved = append(moved, want[row])
		}
		s.same(s.some(order...), moved, rounding)
	}},
	{"splitting a batch", func(s *subject, want [][]float32) {
		s.same(append(s.some(0, 1), s.some(2, 3, 4, 5)...), want, rounding)
	}},
	{"rows one by one", func(s *subject, want [][]float32) {
		for i := range want {
			s.same(s.some(i), want[i:i+1], rounding)
		}
	}},
	{"neighbours", func(s *subject, want [][]float32) {
		got := s.some(0, 5, 5, 3, 1, 0)
		s.same([][]float32{got[0], got[3]}, [][]float32{want[0], want[3]}, 0)
	}},
	{"rows of padding", func(s *subject, want [][]float32) {
		s.same(s.some(0, 1, 2, 3, 4, 5, -1, -1)[:batchRows], want, rounding)
	}},
	{"rows repeated", func(s *subject, want [][]float32) {
		got := s.some(2, 2, 2, 2, 2, 2)
		for _, row := range got {
			s.same([][]float32{row}, want[2:3], rounding)
		}
	}},
	{"padding of texts", func(s *subject, want [][]float32) {
		b := s.rows(s.bundle, s.batch, []int{0, 1, 2, 3, 4, 5})
		ids, mask := b.Inputs[1][0].Int, b.Inputs[1][1].F32
		each := len(ids) / len(mask) // ids a token
		size := s.bundle.Inputs[1].Features()[0].Sizes[0]
		for i := range ids {
			if mask[i/each] == 0 {
				ids[i] = s.key.Name("ids").IntN(i, size)
			}
		}
		s.same(s.predict(s.bundle, b), want, 0)
	}},
	{"content of absent inputs", func(s *subject, want [][]float32) {
		b := s.rows(s.bundle, s.batch, []int{0, 1, 2, 3, 4, 5})
		for k := range b.Inputs {
			for _, slot := range b.Inputs[k] {
				for i := range slot.F32 {
					if b.Present[k][i*batchRows/len(slot.F32)] == 0 {
						slot.F32[i] = float32(s.key.Name("absent").Normal(i))
					}
				}
			}
		}
		s.same(s.predict(s.bundle, b), want, 0)
	}},
	{"order of inputs in the config", func(s *subject, want [][]float32) {
		lines := strings.SplitAfter(s.yaml, "\n")
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "  picture:") })
		lines[at], lines[at+2] = lines[at+2], lines[at]
		other := s.make(strings.Join(lines, ""))
		weights := map[string][]float32{}
		for _, p := range s.bundle.Model.Params() {
			weights[p.Name] = p.Data
		}
		for _, p := range other.Model.Params() {
			if copy(p.Data, weights[p.Name]) != p.Size() {
				s.t.Fatalf("no parameter %s of %d", p.Name, p.Size())
			}
		}
		s.same(s.predict(other, s.read(other)), want, rounding)
	}},
	{"saving and loading", func(s *subject, want [][]float32) {
		dir := filepath.Join(s.t.TempDir(), "model")
		if err := s.bundle.Save(context.Background(), dir, 1); err != nil {
			s.t.Fatal(err)
		}
		b, err := bundle.Load(context.Background(), dir, bundle.Options{})
		if err != nil {
			s.t.Fatal(err)
		}
		b.ReadFiles(sample.Source(sample.Images()))
		s.same(s.predict(b, s.read(b)), want, 0)
	}},
	{"a training step that is not taken", func(s *subject, want [][]float32) {
		p, err := s.bundle.Model.Program(nn.Train, batchRows, true)
		if err != nil {
			s.t.Fatal(err)
		}
		s.bundle.Model.Fill(p, s.trainable())
		if err := p.Run(3); err != nil {
			s.t.Fatal(err)
		}
		s.same(s.some(0, 1, 2, 3, 4, 5), want, 0)
	}},
	{"number of cores", func(s *subject, want [][]float32) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for _, n := range []int{1, 4} {
			runtime.GOMAXPROCS(n)
			s.same(s.some(0, 1, 2, 3, 4, 5), want, 0)
		}
	}},
}

// trainable is the batch with answers.
func (s *subject) trainable() *data.Batch {
	b := s.rows(s.bundle, s.batch, []int{0, 1, 2, 3, 4, 5})
	f := s.bundle.Target.Feature()
	n := batchRows * f.Len()
	b.Target = data.Slot{F32: make([]float32, n)}
	if f.Int {
		b.Target = data.Slot{Int: make([]int, n)}
	}
	for i := range b.Weight {
		b.Weight[i] = 1
	}
	return b
}

// TestInvariances is N7: what must not change a prediction does not, for 20
// models of random fusions, encoders and weights.
func TestInvariances(t *testing.T) {
	const random = 20
	var subjects []*subject
	for i := range random {
		subjects = append(subjects, newSubject(t, i))
	}
	for _, v := range invariances {
		t.Run("N7/"+v.name, func(t *testing.T) {
			for _, s := range subjects {
				s.t = t
				v.check(s, s.some(0, 1, 2, 3, 4, 5))
			}
		})
	}
	t.Logf("N7: %d invariances, %d random models each", len(invariances), random)
	if len(invariances) < 12 {
		t.Errorf("%d invariances, the list asks for 12", len(invariances))
	}
}

// Every subject tells its rows apart: a model that says the same of all would
// pass everything.
func TestSubjectsDiffer(t *testing.T) {
	for i := range 10 {
		s := newSubject(t, i)
		rows := map[string]bool{}
		for _, row := range s.some(0, 1, 2, 3, 4, 5) {
			rows[fmt.Sprint(row)] = true
		}
		if len(rows) < 4 {
			t.Errorf("%s\n%d different predictions of %d rows", s.yaml, len(rows), batchRows)
		}
	}
}
