// Package fusion joins the encodings of several modalities: one file an
// operator. Operators form a tree: what one joins can be what another one
// joined before.
//
// Every operator takes presence and is exact for any subset of modalities: an
// absent modality contributes nothing, in training as in prediction. No
// operator depends on the order in which modalities are named, nor mixes the
// rows of a batch.
package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
)

// Modality is an encoded input, or what a fusion below made of several.
type Modality struct {
	Name    string
	Present *gorgonia.Node // (B, 1): 0 where this row lacks the modality
	encoders.Encoding
	// Encode is set, and the encoding is not, of the input that a Modulator names:
	// it encodes it, with the features of its encoder's places modulated.
	Encode func(g *nn.Graph, by []encoders.Modulation) encoders.Encoding
	// Logits (B, Outputs) are set, and the encoding is not, when the modality
	// was fused to scores already.
	Logits *gorgonia.Node
}

// Score is one modality's own decision.
type Score struct {
	Name    string
	Logits  *gorgonia.Node // (B, Outputs)
	Present *gorgonia.Node // (B, 1)
}

// Share is how much a modality counted in each row: not negative, 0 where it is
// absent. The shares of an operator sum to 1 over the modalities present.
type Share struct {
	// Name is the modality's. Of a tree inside a tree it is what the inner
	// operator is called, a dot, and the modality's: "caption+picture.caption".
	Name   string
	Weight *gorgonia.Node // (B, 1)
}

// Fused is what an operator makes: a pooled vector, perhaps with tokens beside
// it, or scores.
type Fused struct {
	Pooled *gorgonia.Node // (B, D)
	// Tokens (B, T, D) and their Mask (B, T) are for operators above that read
	// tokens; nil where the pooled vector is all there is.
	Tokens, Mask *gorgonia.Node
	// Present (B, 1) is 0 where the whole counts as absent; nil: where all of its
	// parts are.
	Present *gorgonia.Node
	Logits  *gorgonia.Node // (B, Outputs), instead of Pooled
	Scores  []Score        // the decisions that Logits join
	// Joint says that Logits are to be trained beside the Scores; otherwise only
	// these are.
	Joint bool
	// Shares are how much each modality counted, of operators that can tell: one
	// a modality. They are for people to read; nothing is computed from them.
	Shares []Share
}

// Input is the size of a modality to be fused.
type Input struct {
	Name string
	encoders.Shape
	Channels []int // of the places inside its encoder; see encoders.Modulated
	Scores   bool  // it brings logits, not features
}

// Decision says what scores are.
type Decision int

const (
	// Softmax scores are logits of classes that exclude each other.
	Softmax Decision = iota
	// Sigmoid scores are logits of yes or no, each for itself.
	Sigmoid
	// Value scores are numbers.
	Value
)

// Setting is where an operator will stand: what it joins, and what the model
// decides in the end.
type Setting struct {
	Inputs   []Input
	Outputs  int // scores a row
	Decision Decision
	// Prior is how frequent each answer is in training, of Outputs numbers, all
	// in (0, 1); nil: all alike. It is not set for values.
	Prior []float64
}

// A Fusion is a module that joins modalities. Its parameters are made in the
// nn.Scope that its constructor was given, in an order and under names that do
// not depend on the order of the modalities.
type Fusion interface {
	// Fuse adds the operator to a graph. The modalities are those of its Setting,
	// in that order.
	Fuse(g *nn.Graph, ms []Modality) Fused
	// Shape is the size of what Fuse returns, its Tokens 1 where there is but a
	// pooled vector; the zero Shape for scores.
	Shape() encoders.Shape
}

// A Modulator is a Fusion that changes the features of an input inside its
// encoder.
type Modulator interface {
	Fusion
	// Modulates names that input, which has Channels; "" for none.
	Modulates() string
}
