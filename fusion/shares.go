package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// equalShares are the shares of a plain mean over the modalities present.
func equalShares(g *nn.Graph, names []string, present []*gorgonia.Node) []Share {
	return columnShares(g, names, g.Apply(op.PresentShares{M: len(present)}, present...))
}

// columnShares are the columns of weights (B, M), one per modality.
func columnShares(g *nn.Graph, names []string, weights *gorgonia.Node) []Share {
	var shares []Share
	for m, name := range names {
		shares = append(shares, Share{Name: name, Weight: g.Slice(weights, 1, m, m+1)})
	}
	return shares
}

// meanShares are weights (B, M, N), averaged over the N features.
func meanShares(g *nn.Graph, ps parts, weights *gorgonia.Node) []Share {
	b, n := weights.Shape()[0], weights.Shape()[2]
	var shares []Share
	for m, p := range ps {
		w := g.Reshape(g.Slice(weights, 1, m, m+1), b, n, 1)
		if n > 1 {
			w = g.MaskedMean(w, g.Apply(op.Repeat{N: n}, p.present))
		}
		shares = append(shares, Share{Name: p.name, Weight: g.Reshape(w, b, 1)})
	}
	return shares
}
