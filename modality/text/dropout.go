package text

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// A dropout says which tokens of a text are left out.
type dropout struct {
	p    float64
	key  rng.Key
	kept int // the token that stays where all would go; -1 if some stay anyway
}

// dropout draws for a text of n tokens.
func (c Common) dropout(n int, a data.Augment) dropout {
	d := dropout{key: a.Key, kept: -1}
	if !a.On || c.TokenDropout == 0 {
		return d
	}
	d.p = c.TokenDropout
	for i := range n {
		if d.keeps(i) {
			return d
		}
	}
	if n > 0 {
		d.kept = d.key.IntN(n, n)
	}
	return d
}

// keeps reports whether the i-th token stays.
func (d dropout) keeps(i int) bool {
	return d.p == 0 || i == d.kept || d.key.Float64(i) >= d.p
}
