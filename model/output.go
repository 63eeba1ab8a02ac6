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
	// ClassWeights (Labels) weigh the rows of each label in the training loss: the
	// sum over rows of weight times loss, divided by the sum of the weights; nil:
	// all alike. Of a multilabel output, whose rows are asked for each label, they
	// weigh the rows that have it, and AbsentWeights those that lack it (nil: 1).
	ClassWeights  []float64
	AbsentWeights []float64
	// Prior is how frequent each label is among the training rows, as the loss
	// weighs them, in (0, 1); nil: unknown, or a regression.
	Prior []float64
	// LabelSmoothing of multiclass training.
	LabelSmoothing float64
	// Calibrate asks for a temperature; see Calibration.
	Calibrate bool
	// Loss of a regression: mse, huber or l1.
	Loss string
	// Thresholds above which a label is predicted: that of the positive one of a
	// binary output, of each of a multilabel one; nil: a half.
	Thresholds data.Thresholds
}

// Decide is which labels are predicted of a row of these scores (Size),
// probabilities: their places, one of a binary or multiclass output (the first of
// equally probable ones), any number of a multilabel one; nil for a regression.
// Whoever needs a decision takes it from here.
func (o Output) Decide(scores []float32) []int {
	switch o.Type {
	case data.Binary:
		if o.Thresholds.Yes(0, scores[0]) {
			return []int{1}
		}
		return []int{0}
	case data.Multilabel:
		var out []int
		for i, p := range scores {
			if o.Thresholds.Yes(i, p) {
				out = append(out, i)
			}
		}
		return out
	case data.Multiclass:
		best := 0
		for i, p := range scores {
			if p > scores[best] {
				best = i
			}
		}
		return []int{best}
	}
	return nil
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
	plain.LabelSmoothing, plain.ClassWeights, plain.AbsentWeights = 0, nil, nil
	return plain.weightedLoss(g, logits, target, weight)
}

func (o Output) weightedLoss(g *nn.Graph, logits, target, weight *gorgonia.Node) *gorgonia.Node {
	switch o.Type {
	case data.Multiclass:
		return g.Apply(op.SoftmaxCrossEntropy{LabelSmoothing: o.LabelSmoothing, ClassWeights: o.ClassWeights}, logits, target, weight)
	case data.Binary, data.Multilabel:
		return g.Apply(op.BCEWithLogits{ClassWeights: o.questions()}, logits, target, weight)
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
// learned too, with the loss of the scores beside it. Each of these terms has a
// factor that is filled in; see Model.Terms.
func (o Output) trainingLoss(g *nn.Graph, f fusion.Fused, target, weight *gorgonia.Node) *gorgonia.Node {
	if len(f.Scores) == 0 {
		return o.weightedLoss(g, f.Logits, target, weight)
	}
	term := func(k int, logits, rows *gorgonia.Node) *gorgonia.Node {
		return g.Mul(o.weightedLoss(g, logits, target, rows), g.Constant(TermFactor(k)))
	}
	var terms []*gorgonia.Node
	b := weight.Shape()[0]
	for k, s := range f.Scores {
		terms = append(terms, term(k, s.Logits, g.Mul(weight, g.Reshape(s.Present, b))))
	}
	alone := g.Scale(g.Sum(terms...), 1/float64(len(terms)))
	if f.Joint {
		return g.Add(alone, term(len(terms), f.Logits, weight))
	}
	return alone
}

// questions are the weights of no and of yes to each question that a binary or
// multilabel output answers; nil: all alike.
func (o Output) questions() [][2]float64 {
	if o.ClassWeights == nil {
		return nil
	}
	if o.Type == data.Binary {
		return [][2]float64{{o.ClassWeights[0], o.ClassWeights[1]}}
	}
	w := make([][2]float64, len(o.ClassWeights))
	for i, yes := range o.ClassWeights {
		w[i] = [2]float64{1, yes}
		if o.AbsentWeights != nil {
			w[i][0] = o.AbsentWeights[i]
		}
	}
	return w
}

// Weight is what row i of the answers counts in the training loss, by its
// labels: what losses of batches are to be weighed by so that they make that of
// all their rows. It is 1 for each row without ClassWeights.
func (o Output) Weight(answers data.Slot, i int) float64 {
	if o.ClassWeights == nil {
		return 1
	}
	if o.Type == data.Multiclass {
		return o.ClassWeights[answers.Int[i]]
	}
	sum := 0.0
	questions := o.questions()
	for j, w := range questions {
		t := float64(answers.F32[i*len(questions)+j])
		sum += w[0]*(1-t) + w[1]*t
	}
	return sum
}

// Check reports an output that cannot be.
func (o Output) Check() error {
	questions := 0
	switch o.Type {
	case data.Binary:
		questions = 1
	case data.Multilabel:
		questions = o.Labels
	}
	if err := o.Thresholds.Check(questions); err != nil {
		return err
	}
	if n := len(o.ClassWeights); n > 0 && n != o.Labels {
		return fmt.Errorf("%d class weights for %d labels", n, o.Labels)
	}
	if n := len(o.AbsentWeights); n > 0 && (o.Type != data.Multilabel || n != len(o.ClassWeights)) {
		return fmt.Errorf("%d weights of absent labels beside %d class weights of a %s output", n, len(o.ClassWeights), o.Type)
	}
	return nil
}
