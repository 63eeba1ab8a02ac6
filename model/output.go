package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Output is what a model decides, and what it is trained by.
type Output struct {
	Type   string // data.Binary, Multiclass, Multilabel or Regression
	Labels int    // how many labels there are; 0 for a regression
	// ClassWeights weigh the labels in the loss; nil: all alike.
	ClassWeights []float64
	// Prior is how frequent each label is among the training rows, as the loss
	// weighs them, in (0, 1); nil: unknown, or a regression.
	Prior []float64
	// LabelSmoothing of multiclass training.
	LabelSmoothing float64
	// Calibrate asks for a temperature; see Calibration.
	Calibrate bool
	// Loss of a regression: mse, huber or l1.
	Loss string
}

// Size is the number of scores a row: one for a binary or a regression output.
func (o Output) Size() int {
	if o.Type == data.Multiclass || o.Type == data.Multilabel {
		return o.Labels
	}
	return 1
}

func (o Output) decision() fusion.Decision {
	switch o.Type {
	case data.Multiclass:
		return fusion.Softmax
	case data.Regression:
		return fusion.Value
	}
	return fusion.Sigmoid
}

// target declares the answers: labels (B), or numbers (B, Size).
func (o Output) target(g *nn.Graph, b int) *gorgonia.Node {
	if o.Type == data.Multiclass {
		return g.IntInput("target", b)
	}
	return g.Constant("target", b, o.Size())
}

// Predict maps logits to probabilities, or is the numbers themselves.
func (o Output) Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node {
	switch o.decision() {
	case fusion.Softmax:
		return g.Apply(op.Softmax{}, logits)
	case fusion.Sigmoid:
		return g.Activate(op.Sigmoid, logits)
	}
	return logits
}

// loss is the mean loss over rows by their weights, without label smoothing:
// what evaluation reports.
func (o Output) loss(g *nn.Graph, logits, target, weight *gorgonia.Node) *gorgonia.Node {
	plain := o
	plain.LabelSmoothing, plain.ClassWeights = 0, nil
	return plain.weightedLoss(g, logits, target, weight)
}

func (o Output) weightedLoss(g *nn.Graph, logits, target, weight *gorgonia.Node) *gorgonia.Node {
	switch o.Type {
	case data.Multiclass:
		return g.Apply(op.SoftmaxCrossEntropy{LabelSmoothing: o.LabelSmoothing, ClassWeights: o.ClassWeights}, logits, target, weight)
	case data.Binary, data.Multilabel:
		return g.Apply(op.BCEWithLogits{PositiveWeights: o.ClassWeights}, logits, target, weight)
	}
	switch o.Loss {
	case "", "mse":
		return g.Apply(op.MSE{}, logits, target, weight)
	case "huber":
		return g.Apply(op.Huber{Delta: 1}, logits, target, weight)
	case "l1":
		return g.Apply(op.L1{}, logits, target, weight)
	}
	g.Fail("unknown loss %q, want mse, huber or l1", o.Loss)
	return nil
}

// trainingLoss is the loss of the scores; where they average the decisions of
// modalities, the mean of the losses of these, each over the rows that have the
// modality, so that every one learns to decide alone; if how they are joined is
// learned too, with the loss of the scores beside it.
func (o Output) trainingLoss(g *nn.Graph, f fusion.Fused, target, weight *gorgonia.Node) *gorgonia.Node {
	if len(f.Scores) == 0 {
		return o.weightedLoss(g, f.Logits, target, weight)
	}
	var terms []*gorgonia.Node
	b := weight.Shape()[0]
	for _, s := range f.Scores {
		rows := g.Mul(weight, g.Reshape(s.Present, b))
		terms = append(terms, o.weightedLoss(g, s.Logits, target, rows))
	}
	alone := g.Scale(g.Sum(terms...), 1/float64(len(terms)))
	if f.Joint {
		return g.Add(alone, o.weightedLoss(g, f.Logits, target, weight))
	}
	return alone
}

// Check reports an output that cannot be.
func (o Output) Check() error {
	if n := len(o.ClassWeights); n > 0 && n != o.Size() {
		return fmt.Errorf("%d class weights for %d scores", n, o.Size())
	}
	return nil
}
