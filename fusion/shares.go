package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// equalShares are those of a mean over what is present.
func equalShares(g *nn.Graph, names []string, present []*gorgonia.Node) []Share {
	return columnShares(g, names, g.Apply(op.PresentShares{M: len(present)}, present...))
}

// columnShares are the columns of weights (B, M), one a modality.
func columnShares(g *nn.Graph, names []string, weights *gorgonia.Node) []Share {
	var shares []Share
	for m, name := range names {
		shares = append(shares, Share{Name: name, Weight: g.Slice(weights, 1, m, m+1)})
	}
	return shares
}
