package fusiontest

import (
	"slices"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/rng"
)

// part is the content of one row for one modality.
type part struct {
	present                      float32
	tokens, mask, pooled, logits []float32
}

// row is the content of one row for the case's modalities.
type row []part

// row draws the i-th row, which has the modalities whose bits are set.
func (c Case) row(i, modalities int) row {
	r := make(row, len(c.Inputs))
	for m, in := range c.Inputs {
		key := rng.New(c.Seed + 2).Int(i).Int(m)
		draw := func(name string, n int) []float32 {
			x := make([]float32, n)
			for j := range x {
				x[j] = float32(key.Name(name).Normal(j))
			}
			return x
		}
		if in.Scores {
			r[m].logits = draw("logits", c.Outputs)
		} else {
			r[m].tokens, r[m].pooled = draw("tokens", in.Tokens*in.Dim), draw("pooled", in.Dim)
			r[m].mask = make([]float32, in.Tokens)
		}
		if modalities&(1<<m) == 0 {
			continue
		}
		r[m].present = 1
		for t := range 1 + key.IntN(0, max(1, in.Tokens)) { // at least one token
			if t < len(r[m].mask) {
				r[m].mask[t] = 1
			}
		}
	}
	return r
}

// subsets returns a row with every token of every modality, then one row per subset of the
// modalities, the empty one last.
func (c Case) subsets() []row {
	full := c.row(1<<len(c.Inputs), 1<<len(c.Inputs)-1)
	for _, p := range full {
		for t := range p.mask {
			p.mask[t] = 1
		}
	}
	rows := []row{full}
	for set := 1<<len(c.Inputs) - 1; set >= 0; set-- {
		rows = append(rows, c.row(set, set))
	}
	return rows
}

// stuffed returns the row with v at every position that does not exist: all positions of absent
// modalities and, if tokens is true, tokens whose mask is 0.
func (r row) stuffed(v float32, tokens bool) row {
	out := make(row, len(r))
	for m, p := range r {
		q := part{p.present, slices.Clone(p.tokens), slices.Clone(p.mask), slices.Clone(p.pooled), slices.Clone(p.logits)}
		if p.present == 0 {
			for _, x := range [][]float32{q.tokens, q.pooled, q.logits} {
				for j := range x {
					x[j] = v
				}
			}
		} else if tokens && len(p.mask) > 0 {
			d := len(p.tokens) / len(p.mask)
			for j := range q.tokens {
				if p.mask[j/d] == 0 {
					q.tokens[j] = v
				}
			}
		}
		out[m] = q
	}
	return out
}

func stuffed(rows []row, v float32, tokens bool) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = r.stuffed(v, tokens)
	}
	return out
}

// fill sets the inputs of a program over the fusion's modalities.
func (m *made) fill(p *nn.Program, rows []row) {
	for _, i := range m.of {
		name := m.Inputs[i].Name
		for b, r := range rows {
			p.Float(name + ".present")[b] = r[i].present
			for _, x := range []struct {
				what string
				data []float32
			}{{".tokens", r[i].tokens}, {".mask", r[i].mask}, {".pooled", r[i].pooled}, {".logits", r[i].logits}} {
				if x.data != nil {
					copy(p.Float(name + x.what)[b*len(x.data):], x.data)
				}
			}
		}
	}
}
