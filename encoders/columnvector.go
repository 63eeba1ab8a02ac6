package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// ColumnsConfig says how the columns of a table become one vector.
type ColumnsConfig struct {
	// Bins adds a piecewise linear encoding of each number, with this many bins of equal
	// probability under a normal distribution, so that steps can be learned; best with transform:
	// quantile. 0 uses only the number.
	Bins int `yaml:"bins" validate:"min=0,max=1024"`
	// NumericEmbedding adds a vector for each number, from a linear layer per column over
	// piecewise (its bins; 32 where bins is 0) or periodic features (sines and cosines of learned
	// frequencies).
	NumericEmbedding string `yaml:"numeric_embedding" default:"none" validate:"oneof=none piecewise periodic"`
	// NumericDim is the width of these vectors.
	NumericDim int `yaml:"numeric_dim" default:"16" validate:"min=1,max=4096"`
	// Frequencies is the number of frequencies per column in a periodic embedding.
	Frequencies int `yaml:"frequencies" default:"24" validate:"min=1,max=1024"`
	// FrequencyStd is the standard deviation of the initial frequencies, in turns per standard
	// deviation of a column: low frequencies are smooth, high ones jagged.
	FrequencyStd float64 `yaml:"frequency_std" default:"0.1" validate:"gt=0,max=100"`
	// Embedding is the width of a category's vector.
	Embedding int `yaml:"embedding" default:"16" validate:"min=1,max=4096"`
}

// columnVector lays the columns of a table side by side in one vector: numbers,
// perhaps with a vector each, flags of those missing, and embedded categories.
type columnVector struct {
	cols    columns
	bins    int
	vectors *numberVectors
	table   *nn.Embedding // of all categorical columns
	width   int
}

func newColumnVector(s *nn.Scope, cols columns, c ColumnsConfig) *columnVector {
	v := &columnVector{cols: cols, bins: c.Bins, vectors: newNumberVectors(s.In("numbers"), cols.n, c)}
	v.width = cols.n + cols.c*c.Embedding
	if v.vectors != nil {
		v.width += cols.n * c.NumericDim
	} else {
		v.width += cols.n * c.Bins
	}
	if cols.missing >= 0 {
		v.width += cols.n
	}
	if cols.c > 0 {
		v.table = nn.NewEmbeddings(s.In("embedding"), cols.sizes, c.Embedding, categoryStd)
	}
	return v
}

// forward maps numbers (B, N), flags of missing ones (B, N) and categories (B, C) to
// (B, W).
func (v *columnVector) forward(g *nn.Graph, in Given) *gorgonia.Node {
	var xs []*gorgonia.Node
	if v.cols.n > 0 {
		x := in.Features[v.cols.numbers]
		xs = append(xs, x)
		if v.vectors != nil {
			xs = append(xs, v.vectors.forward(g, x))
		} else if v.bins > 0 {
			xs = append(xs, g.Apply(op.NormalBins{K: v.bins}, x))
		}
	}
	if v.cols.missing >= 0 {
		xs = append(xs, in.Features[v.cols.missing])
	}
	if v.cols.c > 0 {
		e := v.table.Forward(g, in.Features[v.cols.categories]) // (B, C, E)
		s := e.Shape()
		xs = append(xs, g.Reshape(e, s[0], s[1]*s[2]))
	}
	return g.Concat(1, xs...)
}
