package encoders

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/nn"
)

// NGramsConfig configures the text encoder `ngrams`.
type NGramsConfig struct {
	// Dim is the width of tokens and pooled vector.
	Dim int `yaml:"dim" default:"64" validate:"min=1,max=8192"`
	// Dropout of word vectors, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// NGrams is an encoder for short texts and small data: a word is the mean of its own vector and
// those of its character n-grams, hashed into a table (Bojanowski et al., 2017). Its tokens are the
// normalised words. Its pooled vector is their mean without normalisation, since its length
// indicates how informative the words are.
type NGrams struct {
	words   words
	bag     *nn.EmbeddingBag
	norm    *nn.LayerNorm // of tokens; nil unless a fusion attends to them
	shape   Shape
	dropout float64
	path    string
}

// ngramStd is the initial standard deviation of n-gram vectors. A word averages about ten of them,
// and the subsequent norm corrects the scale.
const ngramStd = 0.01

// NewNGrams creates an NGrams for the input's table.
func NewNGrams(s *nn.Scope, in Input, c NGramsConfig) (*NGrams, error) {
	w := wordsOf(in, 2)
	ids := w.ids
	if ids == nil {
		return nil, fmt.Errorf("%s: the encoder ngrams needs a text input in n-grams", s.Path())
	}
	e := &NGrams{
		words: w,
		bag:   nn.NewEmbeddingBag(s.In("embedding"), ids.Sizes[0], c.Dim, ngramStd),
		shape: Shape{Tokens: ids.Shape[0], Dim: c.Dim}, dropout: c.Dropout, path: s.Path(),
	}
	if in.Attended {
		e.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	}
	return e, nil
}

// Shape is the size of the encoding.
func (e *NGrams) Shape() Shape { return e.shape }

// Encode maps ids (B, T, G), 0 for padding, and the words' mask (B, T) to an Encoding.
func (e *NGrams) Encode(g *nn.Graph, in Given) Encoding {
	ids, mask := e.words.of(g, in)
	g = g.At(e.path)
	x := g.Dropout(e.bag.Forward(g, ids), e.dropout) // (B, T, D)
	enc := Encoding{Tokens: x, Mask: mask, Pooled: g.MaskedMean(x, mask)}
	if e.norm != nil {
		enc.Tokens = e.norm.Forward(g, x)
	}
	return enc
}
