// Package encoders turns the features of one input, as prepared by package data, into tokens and a
// pooled vector: a CNN for images, a transformer or a bag of n-grams for text, an MLP for tables.
//
// An encoder never sees another input or a file: it works on nodes of a graph.
package encoders

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/attention"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Input describes what an encoder will receive.
type Input struct {
	Name     string         // of the input in the config
	Features []data.Feature // what the preprocessor writes for each row
	Attended bool           // whether a fusion will attend to the tokens
}

// Given holds the nodes of one input in one graph.
type Given struct {
	Features []*gorgonia.Node // (B, Feature.Shape...), in the order of Input.Features
	Present  *gorgonia.Node   // (B, 1): 0 where a row lacks the input
}

// need fails the build if the encoder receives less than it reads.
func (in Given) need(g *nn.Graph, features int) {
	if len(in.Features) < features || in.Present == nil {
		g.Fail("the encoder needs %d features and presence, but got %d features", features, len(in.Features))
	}
}

// everyToken is the mask of an encoder whose tokens all exist wherever its input does.
func (in Given) everyToken(g *nn.Graph, s Shape) *gorgonia.Node {
	return g.Apply(op.Repeat{N: s.Tokens}, in.Present)
}

// Encoding is the output of an encoder.
type Encoding struct {
	Tokens *gorgonia.Node // (B, T, D); T may be 1
	Mask   *gorgonia.Node // (B, T): 0 where a token does not exist
	Pooled *gorgonia.Node // (B, D)
	// Members (B, M, D) of an ensemble, whose mean Pooled is; nil of most encoders.
	Members *gorgonia.Node
}

// A Gridded encoder's tokens are positions of an image: Height rows of Width tokens, in row-major
// order.
type Gridded interface {
	Grid() (height, width int)
}

// A Layered encoder is a stack of layers, which can be trained with separate learning rates.
type Layered interface {
	// Layers lists the layers from first to last, each as the paths of its modules relative to the
	// encoder. Embeddings belong to the first.
	Layers() [][]string
}

// An Attender is an encoder with self attention between its tokens.
type Attender interface {
	// Attentions lists the attention modules of its layers, in order, over the tokens of Encode.
	Attentions() []*attention.MultiHead
}

// Shape is the size of an Encoding.
type Shape struct {
	Tokens int // T
	Dim    int // D
	// Members is M, of an encoder that is an ensemble.
	Members int
}

// An Encoder is a module that encodes one input. Its parameters are created in the nn.Scope that
// its constructor receives.
type Encoder interface {
	// Encode adds the encoder to a graph.
	Encode(g *nn.Graph, in Given) Encoding
	// Shape is the size of the Encoding that Encode returns.
	Shape() Shape
}
