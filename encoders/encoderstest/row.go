package encoderstest

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/rng"
)

// row is the content of one row, a slot per feature, and whether it has the input.
type row struct {
	slots   []data.Slot
	present float32
}

// tokensOf is how many of n leading tokens row i has: all, one, or a number in between.
func tokensOf(i, n int) int { return 1 + (n-1)*[]int{2, 0, 1, 2, 1}[i%5]/2 }

// row draws the i-th row.
func (c Case) row(i int) row {
	key := rng.New(c.Seed + 2).Int(i)
	r := row{present: 1}
	exist := -1 // number of existing tokens
	for _, f := range c.Features {
		if f.Role == data.Mask {
			exist = tokensOf(i, f.Len())
		}
	}
	for k, f := range c.Features {
		s := data.Slot{}
		switch {
		case f.Int:
			s.Int = c.ids(key.Int(k), f, exist)
		case f.Role == data.Mask:
			s.F32 = make([]float32, f.Len())
			for t := range exist {
				s.F32[t] = 1
			}
		default:
			s.F32 = make([]float32, f.Len())
			for j := range s.F32 {
				s.F32[j] = float32(key.Int(k).Normal(j))
			}
		}
		r.slots = append(r.slots, s)
	}
	return r
}

// ids draws the ids of a row in which exist tokens exist, or -1 without a mask. If several ids form
// a token, padding follows them.
func (c Case) ids(key rng.Key, f data.Feature, exist int) []int {
	ids := make([]int, f.Len())
	group := 1
	if exist >= 0 && len(f.Shape) == 2 {
		group = f.Shape[1]
	}
	for j := range ids {
		size := f.Sizes[j%len(f.Sizes)]
		switch t := j / group; {
		case exist < 0:
			ids[j] = key.IntN(j, size)
		case t < exist && j%group <= t%group && size > 1:
			ids[j] = 1 + key.IntN(j, size-1)
		}
	}
	return ids
}

// lacking is a row without the input, as written by data.Preprocessor.Write.
func (c Case) lacking() row {
	r := row{}
	for _, f := range c.Features {
		if f.Int {
			r.slots = append(r.slots, data.Slot{Int: make([]int, f.Len())})
		} else {
			r.slots = append(r.slots, data.Slot{F32: make([]float32, f.Len())})
		}
	}
	return r
}

// filled is a row without the input that nevertheless holds v and arbitrary ids.
func (c Case) filled(v float64) row {
	r := c.lacking()
	for k, f := range c.Features {
		for j := range r.slots[k].Int {
			r.slots[k].Int[j] = rng.New(9).Int(k).IntN(j, f.Sizes[j%len(f.Sizes)])
		}
		for j := range r.slots[k].F32 {
			r.slots[k].F32[j] = float32(v)
			if f.Role == data.Mask {
				r.slots[k].F32[j] = 1
			}
		}
	}
	return r
}

func (r row) clone() row {
	slots := make([]data.Slot, len(r.slots))
	for i, s := range r.slots {
		slots[i] = data.Slot{F32: slices.Clone(s.F32), Int: slices.Clone(s.Int)}
	}
	return row{slots, r.present}
}

func (c Case) rows(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = c.row(i)
	}
	return rows
}

// with returns rows with the i-th replaced.
func with(rows []row, i int, r row) []row {
	out := slices.Clone(rows)
	out[i] = r
	return out
}

func (c Case) fill(p *nn.Program, rows []row) {
	for i, r := range rows {
		p.Float("present")[i] = r.present
		for k, f := range c.Features {
			n := f.Len()
			if f.Int {
				copy(p.Int(f.Name)[i*n:], r.slots[k].Int)
			} else {
				copy(p.Float(f.Name)[i*n:], r.slots[k].F32)
			}
		}
	}
}

// encoded is one row's encoding.
type encoded struct{ tokens, mask, pooled []float32 }

// run encodes rows in evaluation, all in one batch.
func (m *made) run(t testing.TB, rows []row) []encoded {
	t.Helper()
	p := m.evaluation(t, len(rows))
	m.fill(p, rows)
	nntest.Run(t, p, 0)
	out := make([]encoded, len(rows))
	part := func(name string, i int) []float32 {
		x := p.Output(name)
		n := len(x) / len(rows)
		return slices.Clone(x[i*n : (i+1)*n])
	}
	for i := range rows {
		out[i] = encoded{part("tokens", i), part("mask", i), part("pooled", i)}
	}
	return out
}

// same compares the parts of two encodings that a fusion can see.
func (m *made) same(t testing.TB, what string, got, want encoded) {
	t.Helper()
	nntest.Equal(t, what+": mask", got.mask, want.mask)
	nntest.Equal(t, what+": pooled vector", got.pooled, want.pooled)
	d := len(want.tokens) / len(want.mask)
	for i, v := range want.mask {
		if v != 0 {
			nntest.Equal(t, what+": a token", got.tokens[i*d:(i+1)*d], want.tokens[i*d:(i+1)*d])
		}
	}
}

var nan = math.NaN()
