// Package encoders turns the features of one input, as package data prepares
// them, into tokens and a pooled vector: a CNN for images, a transformer or a
// bag of n-grams for text, an MLP for tables.
//
// An encoder never looks at another input, and never at a file: what it is
// given are nodes of a graph.
package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Input describes what an encoder will be given.
type Input struct {
	Name     string         // of the input in the config
	Features []data.Feature // what the preprocessor writes for each row
	Attended bool           // a fusion will attend to the tokens
}

// Given are the nodes of one input in one graph.
type Given struct {
	Features []*gorgonia.Node // (B, Feature.Shape...), in the order of Input.Features
	Present  *gorgonia.Node   // (B, 1): 0 where a row lacks the input
}

// need ends the build where an encoder is given less than it reads.
func (in Given) need(g *nn.Graph, features int) {
	if len(in.Features) < features || in.Present == nil {
		g.Fail("%d features and presence are needed, %d features are given", features, len(in.Features))
	}
}

// everyToken is the mask of an encoder whose tokens all exist where its input
// does.
func (in Given) everyToken(g *nn.Graph, s Shape) *gorgonia.Node {
	return g.Apply(op.Repeat{N: s.Tokens}, in.Present)
}

// Encoding is what an encoder makes of an input.
type Encoding struct {
	Tokens *gorgonia.Node // (B, T, D); T may be 1
	Mask   *gorgonia.Node // (B, T): 0 where a token does not exist
	Pooled *gorgonia.Node // (B, D)
}

// A Gridded encoder's tokens are places of a picture: Height rows of Width, one
// row after the other.
type Gridded interface {
	Grid() (height, width int)
}

// A Layered encoder is a stack of layers, which can be trained at rates of
// their own.
type Layered interface {
	// Layers are the layers, first to last, each by the paths of its modules inside
	// the encoder. Embeddings are the first.
	Layers() [][]string
}

// An Attender is an encoder whose tokens attend to each other.
type Attender interface {
	// Attentions are those of its layers, in order, over the tokens of Encode.
	Attentions() []*attention.MultiHead
}

// Shape is the size of an Encoding.
type Shape struct {
	Tokens int // T
	Dim    int // D
}

// An Encoder is a module that encodes one input. Its parameters are made in
// the nn.Scope that its constructor was given.
type Encoder interface {
	// Encode adds the encoder to a graph.
	Encode(g *nn.Graph, in Given) Encoding
	// Shape is the size of what Encode returns.
	Shape() Shape
}
