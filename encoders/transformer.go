package encoders

import (
	"fmt"
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/nn"
)

// TransformerConfig configures the text encoder `transformer`.
type TransformerConfig struct {
	// Dim is the width of tokens and pooled vector.
	Dim int `yaml:"dim" default:"128" validate:"min=1,max=8192"`
	// Layers is the number of layers of self attention.
	Layers int `yaml:"layers" default:"2" validate:"min=1,max=64"`
	// Heads is the number of attention heads; it divides dim.
	Heads int `yaml:"heads" default:"4" validate:"min=1,max=256"`
	// Hidden is the width of the feed-forward's hidden layer; 0 means 4·dim.
	Hidden int `yaml:"hidden" validate:"min=0,max=32768"`
	// Dropout of embeddings, attention weights and branches, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
	// Positions tells tokens where in the text they are: learned, sinusoidal or none.
	Positions string `yaml:"positions" default:"learned" validate:"oneof=learned sinusoidal none"`
}

// Validate checks constraints that the tags cannot express.
func (c TransformerConfig) Validate() error { return attention.CheckHeads(c.Dim, c.Heads) }

// Transformer is a text encoder: sub-word and position embeddings, pre-norm blocks of self
// attention, and a final norm. Its pooled vector is the mean of the tokens that exist.
type Transformer struct {
	words     words
	embedding *nn.Embedding
	positions *attention.Positions
	blocks    []*attention.Block
	norm      *nn.LayerNorm
	shape     Shape
	dropout   float64
	path      string
}

// embeddingStd is the initial standard deviation of embeddings, as in BERT.
const embeddingStd = 0.02

// NewTransformer creates a Transformer for the input's vocabulary and length.
func NewTransformer(s *nn.Scope, in Input, c TransformerConfig) (*Transformer, error) {
	w := wordsOf(in, 1)
	ids := w.ids
	if ids == nil {
		return nil, fmt.Errorf("%s: the encoder transformer needs a text input in sub-words", s.Path())
	}
	e := &Transformer{words: w, shape: Shape{Tokens: ids.Shape[0], Dim: c.Dim}, dropout: c.Dropout, path: s.Path()}
	e.embedding = nn.NewEmbedding(s.In("embedding"), ids.Sizes[0], c.Dim, 0, embeddingStd)
	e.positions = newPositions(s, c.Positions, e.shape, embeddingStd)
	var err error
	if e.blocks, err = newBlocks(s, c.Layers, attention.Config{Dim: c.Dim, Heads: c.Heads, Hidden: c.Hidden, Dropout: c.Dropout}); err != nil {
		return nil, err
	}
	e.norm = nn.NewLayerNorm(s.In("norm"), c.Dim)
	return e, nil
}

func newBlocks(s *nn.Scope, n int, c attention.Config) ([]*attention.Block, error) {
	blocks := make([]*attention.Block, n)
	for i := range blocks {
		var err error
		if blocks[i], err = attention.NewSelf(s.In("block"+strconv.Itoa(i)), c); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// Shape is the size of the encoding.
func (e *Transformer) Shape() Shape { return e.shape }

// Layers lists the embedding and the blocks.
func (e *Transformer) Layers() [][]string { return stack(len(e.blocks), "embedding", "positions") }

// stack lists the layers of n blocks; the modules in first belong to the first layer.
func stack(n int, first ...string) [][]string {
	layers := [][]string{first}
	for i := range n {
		layers = append(layers, []string{"block" + strconv.Itoa(i)})
	}
	return layers
}

// Attentions lists the attention modules of the blocks.
func (e *Transformer) Attentions() []*attention.MultiHead { return attentions(e.blocks) }

func attentions(blocks []*attention.Block) []*attention.MultiHead {
	var all []*attention.MultiHead
	for _, b := range blocks {
		all = append(all, b.Attention)
	}
	return all
}

// Encode maps ids (B, T) and their mask (B, T) to an Encoding.
func (e *Transformer) Encode(g *nn.Graph, in Given) Encoding {
	ids, mask := e.words.of(g, in)
	x := e.embedding.Forward(g, ids) // (B, T, D)
	if e.positions != nil {
		x = e.positions.Forward(g, x)
	}
	return encodeTokens(g.At(e.path), g.At(e.path).Dropout(x, e.dropout), mask, e.blocks, e.norm)
}

// encodeTokens passes tokens (B, T, D) through blocks and a norm.
func encodeTokens(g *nn.Graph, x, mask *gorgonia.Node, blocks []*attention.Block, norm *nn.LayerNorm) Encoding {
	for _, b := range blocks {
		x = b.Self(g, x, mask)
	}
	x = norm.Forward(g, x)
	return Encoding{Tokens: x, Mask: mask, Pooled: g.MaskedMean(x, mask)}
}
