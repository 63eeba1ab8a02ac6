package export

import (
	"context"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/nn"
)

// A Case is rows as an exported graph takes them, and what the model itself
// answers, to check a runtime against.
type Case struct {
	Name   string // of its folder
	Rows   int
	Inputs []Array
	// Wanted are logits and probabilities, or, of a regression, predictions; behind
	// them the outputs that were asked for.
	Wanted []Array
}

// A reference is a model that makes Cases.
type reference struct {
	bundle *bundle.Bundle
	about  *Description
	table  *data.Table
	set    *data.Dataset
	more   []Tensor            // outputs that were asked for
	looks  map[int]*nn.Program // that compute them, by batch size
}

// referenceBatch is the rows that are run at once.
const referenceBatch = 64

// Cases runs rows of a dataset through the model: as they are, and, if it has
// several inputs, without each of them. Rows that then have nothing are left
// out, unless the model has a prior for them.
func Cases(ctx context.Context, b *bundle.Bundle, d *Description, table *data.Table, set *data.Dataset, rows []int, prefix string) ([]Case, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	out := []Case{{Name: prefix}}
	if len(b.Inputs) > 1 {
		for _, in := range b.Inputs {
			out = append(out, Case{Name: prefix + ".without." + in.Name})
		}
	}
	loader, err := data.NewLoader(set, rows, data.LoaderOptions{BatchSize: referenceBatch})
	if err != nil {
		return nil, err
	}
	r := &reference{bundle: b, about: d, table: table, set: set, more: d.more(), looks: map[int]*nn.Program{}}
	for batch, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		raw, err := r.raw(batch)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if err := r.add(&out[i], batch, raw, i-1); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(out, func(c Case) bool { return c.Rows == 0 }), nil
}

// add appends the rows of a batch to a case, without one of the inputs if
// without is not negative. What that input's tensors hold stays, so that a graph
// that looks at it all the same is found out.
func (r *reference) add(c *Case, batch *data.Batch, raw []Array, without int) error {
	n := batch.Size()
	present := slices.Clone(batch.Present)
	if without >= 0 {
		present[without] = make([]float32, n)
	}
	kept := []int{}
	for row := range n {
		if !lacking(present, row) || r.about.MissingAll == "prior" {
			kept = append(kept, row)
		}
	}
	changed := *batch
	changed.Present = present
	answers, err := r.run(&changed)
	if err != nil {
		return err
	}
	at := 0
	for i, in := range r.about.Inputs {
		for _, t := range in.Tensors {
			x := raw[at]
			if t.Name == in.Name+".present" {
				x.F32 = present[i]
			}
			if len(c.Inputs) == at {
				c.Inputs = append(c.Inputs, x.none())
			}
			c.Inputs[at].take(x, kept)
			at++
		}
	}
	for i, x := range answers {
		if len(c.Wanted) == i {
			c.Wanted = append(c.Wanted, x.none())
		}
		c.Wanted[i].take(x, kept)
	}
	c.Rows += len(kept)
	return nil
}

// lacking reports whether a row has none of the inputs.
func lacking(present [][]float32, row int) bool {
	return !slices.ContainsFunc(present, func(p []float32) bool { return p[row] != 0 })
}

// run is what the model answers for a batch, in the order of Case.Wanted.
func (r *reference) run(batch *data.Batch) ([]Array, error) {
	m, n := r.bundle.Model, batch.Size()
	p, err := m.Program(nn.Eval, n, false)
	if err != nil {
		return nil, err
	}
	m.Fill(p, batch)
	if err := p.Run(0); err != nil {
		return nil, err
	}
	size := m.Size()
	predictions := slices.Clone(p.Output("predictions"))
	for row := range n {
		if lacking(batch.Present, row) {
			copy(predictions[row*size:], r.bundle.Target.Prior())
		}
	}
	var out []Array
	for _, x := range r.bundle.Outputs() {
		width := x.To - x.From
		out = append(out,
			Array{Name: of(logits, x.Name), Shape: []int{n, width}, F32: columns(p.Output("logits"), size, x.From, x.To)},
			answers(x, columns(predictions, size, x.From, x.To), n))
	}
	if len(r.more) == 0 {
		return out, nil
	}
	var names []string
	for _, t := range r.more {
		names = append(names, t.Name)
	}
	if r.looks[n] == nil {
		if r.looks[n], err = look(m, n, names); err != nil {
			return nil, err
		}
	}
	p = r.looks[n]
	m.Fill(p, batch)
	if err := p.Run(0); err != nil {
		return nil, err
	}
	for _, t := range r.more {
		a := t.empty(n)
		copy(a.F32, p.Output(t.Name))
		out = append(out, a)
	}
	return out, nil
}

// columns are those from one on to another of scores (N, size).
func columns(scores []float32, size, from, to int) []float32 {
	if to-from == size {
		return scores
	}
	var out []float32
	for i := 0; i < len(scores); i += size {
		out = append(out, scores[i+from:i+to]...)
	}
	return out
}

// answers are what an output's predictions (n, Size) say: a number in the target's units,
// or the probability of each label.
func answers(x head.One, predictions []float32, n int) Array {
	a := Array{Name: of(answerName(x), x.Name)}
	each := len(predictions) / n
	for i := range n {
		one := predictions[i*each : (i+1)*each]
		if head.FormOf(x.Head) == head.Number {
			a.F64 = append(a.F64, x.Target.(*data.RegressionTarget).Restore(one[0]))
			continue
		}
		if head.FormOf(x.Head) == head.OneOfTwo { // in the graph's precision
			one = []float32{1 - one[0], one[0]}
		}
		a.F32 = append(a.F32, one...)
	}
	if a.Shape = []int{n}; a.F64 == nil {
		a.Shape = []int{n, len(a.F32) / n}
	}
	return a
}

// none is an array like a, of no rows.
func (a Array) none() Array {
	return Array{Name: a.Name, Shape: append([]int{0}, a.Shape[1:]...)}
}

// take appends rows of x.
func (a *Array) take(x Array, rows []int) {
	each := 1
	for _, d := range x.Shape[1:] {
		each *= d
	}
	for _, r := range rows {
		lo, hi := r*each, (r+1)*each
		switch {
		case x.F64 != nil:
			a.F64 = append(a.F64, x.F64[lo:hi]...)
		case x.I64 != nil:
			a.I64 = append(a.I64, x.I64[lo:hi]...)
		case x.U8 != nil:
			a.U8 = append(a.U8, x.U8[lo:hi]...)
		default:
			a.F32 = append(a.F32, x.F32[lo:hi]...)
		}
	}
	a.Shape[0] += len(rows)
}

// raw are the tensors of a graph for the rows of a batch, in the order of
// the Description.
func (r *reference) raw(batch *data.Batch) ([]Array, error) {
	var out []Array
	for i, in := range r.bundle.Inputs {
		features := in.Features()
		for _, t := range r.about.Inputs[i].Tensors {
			a := t.empty(batch.Size())
			at := slices.IndexFunc(features, func(f data.Feature) bool { return in.Name+"."+f.Name == t.Name })
			switch {
			case t.Name == in.Name+".present":
				copy(a.F32, batch.Present[i])
			case at < 0:
				return nil, fmt.Errorf("input %s writes nothing for %s", in.Name, t.Name)
			case a.F64 != nil || a.U8 != nil: // of a prelude
				if err := r.begin(a, i, features[at], batch.Rows); err != nil {
					return nil, err
				}
			default:
				copy(a.F32, batch.Inputs[i][at].F32)
				copy(a.I64, batch.Inputs[i][at].Int)
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// begin writes what the prelude of a feature begins with.
func (r *reference) begin(a Array, input int, f data.Feature, rows []int) error {
	p := r.bundle.Inputs[input].Preprocessor.(data.Portable)
	for i, row := range rows {
		item, err := r.set.Item(input, row)
		if err != nil {
			return err
		}
		var dst data.Raw
		if n := len(a.F64) / len(rows); n > 0 {
			dst.F64 = a.F64[i*n : (i+1)*n]
		}
		if n := len(a.U8) / len(rows); n > 0 {
			dst.U8 = a.U8[i*n : (i+1)*n]
		}
		if err := p.Raw(r.table, row, item, f, dst); err != nil {
			return err
		}
	}
	return nil
}
