package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
)

// words locates the features of a text: ids, and the mask of those that exist. Both have the words
// on their first axis.
type words struct {
	ids        *data.Feature // nil: the input is not text
	at, maskAt int           // their indices in the features
}

// wordsOf finds ids of the given rank.
func wordsOf(in Input, rank int) words {
	w := words{at: -1, maskAt: -1}
	for i, f := range in.Features {
		switch {
		case f.Role == data.Mask && len(f.Shape) == 1:
			w.maskAt = i
		case f.Role == data.Values && f.Int && len(f.Shape) == rank && w.at < 0:
			w.at = i
		}
	}
	if w.at >= 0 && w.maskAt >= 0 && in.Features[w.at].Shape[0] == in.Features[w.maskAt].Shape[0] {
		w.ids = &in.Features[w.at]
	}
	return w
}

// of returns the nodes of ids and mask.
func (w words) of(g *nn.Graph, in Given) (ids, mask *gorgonia.Node) {
	in.need(g, max(w.at, w.maskAt)+1)
	return in.Features[w.at], in.Features[w.maskAt]
}
