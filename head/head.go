// Package head holds the kinds of answers that a model gives, one file a kind:
// how its scores are trained, what they mean, and how they are measured.
//
// A Head knows no parameters; package model makes the linear layer before it. What
// it says of rows of a table goes through the data.Target that reads its column.
package head

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
)

// A Head is one kind of answer. Its scores of a row, Size of them, are logits where
// the model makes them, and predictions (probabilities, or a standardised number)
// once Predict has been applied. All methods may be called by many goroutines.
type Head interface {
	// Kind is its name in a config, such as binary.
	Kind() string
	// Check reports a head that cannot be.
	Check() error

	// Size is the number of scores of a row.
	Size() int
	// Setting is what a fusion that decides needs to know; its Inputs are not set.
	Setting() fusion.Setting

	// Answers declares the answers of b rows as an input of a graph, in the form
	// that the target writes: Int (B) or float32 (B, Size).
	Answers(g *nn.Graph, name string, b int) Answers
	// Predict maps logits (B, Size) to predictions (B, Size).
	Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node
	// Loss is the mean loss over rows by their weights (B): the one that is descended
	// where the graph is for training, else the plain one that is reported.
	Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node
	// RowLoss is the plain loss of logits (Size) for the row-th of the answers.
	RowLoss(logits []float32, answers data.Slot, row int) float64
	// Weight is what the row-th of the answers counts in the training loss: what
	// losses of batches are to be weighed by so that they make that of all their rows.
	Weight(answers data.Slot, row int) float64
	// Weighted says whether rows weigh differently by their answers.
	Weighted() bool

	// Logits are those of predictions (Size), such as a target's prior; a probability
	// of 0 or 1 is taken for a little more or less.
	Logits(predictions []float32) []float32
	// Probabilities (Labels) of predictions (Size); nil where the answer is a number.
	Probabilities(predictions []float32) []float64
	// Decode says what predictions (Size) mean: a label, the labels of a row of many
	// with the target's separator between them, or a number in the target's own units.
	Decode(t data.Target, predictions []float32) any
	// Compare holds predictions (Size) against the answer of one row.
	Compare(t data.Target, predictions []float32, answer data.Slot) Miss
	// Spoken is the score that an explanation speaks of: that of a label by its place,
	// or, of a negative place, of what is predicted.
	Spoken(t data.Target, predictions []float32, label int) Spoken
	// Meter measures predictions of rows of a table.
	Meter(t data.Target, table *data.Table) (Meter, error)
	// Figure names the figure of a Meter that says most by itself.
	Figure() string

	// Calibrated asks for a temperature that is fitted after training.
	Calibrated() bool
	// Thresholds are the probabilities above which labels are predicted, of a head
	// that decides by them; nil: a half for each.
	Thresholds() data.Thresholds
	// WithThresholds is the same head with others.
	WithThresholds(t data.Thresholds) (Head, error)
}

// Answers are those of the rows of a batch, inside a graph.
type Answers struct {
	*gorgonia.Node
	// Of several heads, instead: their own, and Present (B), 0 for a row that lacks one.
	Parts   []Answers
	Present *gorgonia.Node
	// Factor is a number by which the loss of one of several heads is multiplied in
	// training, so that batches of one update make the loss of all their rows; nil: 1.
	Factor *gorgonia.Node
}

// A Counter is a Head whose answers are right or wrong by the highest score, so that
// training can count them on the way.
type Counter interface {
	// Correct is how many rows of logits (B, Size) are right.
	Correct(logits []float32, answers data.Slot) int
}

// A Meter measures predictions against answers, batch by batch.
type Meter interface {
	// AddLoss takes in the mean loss of so many rows.
	AddLoss(loss float64, rows int)
	// Add takes in predictions (N, Size) of rows of the table, with their answers.
	Add(predictions []float32, rows []int, answers data.Slot) error
	// Result is the figures so far.
	Result() Result
}

// Result is what a Meter measured.
type Result struct {
	Values metrics.Values // loss first
	// One of these is set, by the kind of head.
	Classification *metrics.ClassificationResult
	Multilabel     *metrics.MultilabelResult
	Regression     *metrics.RegressionResult
	// Parts, instead, are of several heads.
	Parts []NamedResult
}

// NamedResult is of one of several heads.
type NamedResult struct {
	Name string
	Result
}

// Miss is how far a prediction is from the answer.
type Miss struct {
	Wrong bool
	// Predicted and True are labels, any number of them, or one number.
	Predicted, True             []string
	PredictedNumber, TrueNumber float64
	// Error of a number, Predicted less True.
	Error float64
	// Probability of the predicted label and TrueProbability of the true one, where
	// labels exclude each other.
	Probability, TrueProbability float64
	// Worth orders misses: the higher, the worse.
	Worth float64
}

// Spoken is one of a row's scores, as explanations speak of it.
type Spoken struct {
	Label string // empty for a number
	Score int    // its place among the scores
	// Value is what inputs contribute to, and Of its name.
	Value func(predictions []float32) float64
	Of    string
	// Logit names Scale · logit + Shift, of which gradients are taken.
	Logit        string
	Scale, Shift float64
}
