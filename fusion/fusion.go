// Package fusion combines the encodings of several modalities, with one file per operator.
// Operators form a tree: an operand can be the result of another operator.
//
// Every operator takes presence into account and is exact for any subset of modalities: an absent
// modality contributes nothing, in training or in prediction. No operator depends on the order in
// which modalities are listed, and none mixes the rows of a batch.
package fusion

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
)

// Modality is an encoded input, or the result of a nested fusion.
type Modality struct {
	Name    string
	Present *gorgonia.Node // (B, 1): 0 where this row lacks the modality
	encoders.Encoding
	// Encode is set, instead of the encoding, for the input that a Modulator names. It encodes this
	// input, modulating the features at its encoder's positions.
	Encode func(g *nn.Graph, by []encoders.Modulation) encoders.Encoding
	// Logits (B, Outputs) are set, instead of the encoding, if the modality has already been fused
	// to scores.
	Logits *gorgonia.Node
}

// Score is the decision of a single modality.
type Score struct {
	Name    string
	Logits  *gorgonia.Node // (B, Outputs)
	Present *gorgonia.Node // (B, 1)
}

// Share is the weight of a modality in each row: not negative, 0 if absent. The shares of an
// operator sum to 1 over the modalities present.
type Share struct {
	// Name is the modality's name. In a nested tree it is the name of the inner operator, a dot,
	// and the modality's name: "caption+picture.caption".
	Name   string
	Weight *gorgonia.Node // (B, 1)
}

// Loss is a term of an operator's own in the training loss, such as an alignment of modalities, a
// balance of experts or a contrast between rows. It is added once per batch, whatever the rows
// weigh.
type Loss struct {
	// Name is shown with the term's mean in every epoch, as loss.NAME. In a nested tree it is the
	// name of the inner operator, a dot, and this name.
	Name string
	Node *gorgonia.Node // scalar
	// Weight is the factor of the node in the training loss. The term is shown without it.
	Weight float64
}

// Fused is the result of an operator: a pooled vector, optionally with tokens, or scores.
type Fused struct {
	Pooled *gorgonia.Node // (B, D)
	// Members (B, M, D) are the vectors of an ensemble, the mean of which is Pooled; nil if there is
	// none. If the operator is the root of the tree, each member decides and is trained by itself.
	Members *gorgonia.Node
	// Tokens (B, T, D) and their Mask (B, T) are for enclosing operators that read tokens; nil if
	// there is only the pooled vector.
	Tokens, Mask *gorgonia.Node
	// Present (B, 1) is 0 where the result counts as absent; nil means where all of its parts are
	// absent.
	Present *gorgonia.Node
	Logits  *gorgonia.Node // (B, Outputs), instead of Pooled
	Scores  []Score        // the decisions combined in Logits
	// Joint means that Logits are trained in addition to the Scores; otherwise only the Scores are.
	Joint bool
	// Alone are decisions of single modalities that are trained beside the result and combined in
	// nothing. Package model sets them, for balanced training; operators leave them out.
	Alone []Score
	// Losses are terms that the operator adds to the training loss. They are needed in training
	// only: a graph for evaluation ignores them.
	Losses []Loss
	// Shares are the modalities' weights, one per modality, from operators that can report them.
	// They are for inspection; nothing is computed from them.
	Shares []Share
}

// Input describes the size of a modality to be fused.
type Input struct {
	Name string
	encoders.Shape
	Channels []int // at the positions inside its encoder; see encoders.Modulated
	Scores   bool  // it has logits instead of features
}

// Decision is the meaning of scores.
type Decision int

const (
	// Softmax scores are logits of mutually exclusive classes.
	Softmax Decision = iota
	// Sigmoid scores are independent binary logits.
	Sigmoid
	// Value scores are numbers.
	Value
)

// Setting is the context of an operator: its operands, and the model's final decision.
type Setting struct {
	Inputs   []Input
	Outputs  int // scores per row
	Decision Decision
	// Prior is the frequency of each answer in training: Outputs numbers in (0, 1), or nil for a
	// uniform prior. It is not set for values.
	Prior []float64
}

// A Fusion is a module that combines modalities. Its parameters are created in the nn.Scope that
// its constructor receives, in an order and under names that do not depend on the order of the
// modalities.
type Fusion interface {
	// Fuse adds the operator to a graph. The modalities are those of its Setting, in the same
	// order.
	Fuse(g *nn.Graph, ms []Modality) Fused
	// Shape is the size of the result of Fuse, with Tokens 1 if there is only a pooled vector; the
	// zero Shape for scores.
	Shape() encoders.Shape
}

// A Modulator is a Fusion that modulates the features of an input inside its encoder.
type Modulator interface {
	Fusion
	// Modulates names that input, whose Channels are set; "" for none.
	Modulates() string
}
