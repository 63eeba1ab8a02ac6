package head

import (
	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Binary is one of two labels: one score, the logit of the second label, which is
// the positive one.
type Binary struct {
	// ClassWeights (2) weigh the rows of each label in the training loss: the sum over
	// rows of weight times loss, divided by the sum of the weights; nil: all alike.
	ClassWeights []float64
	// Frequency (1) of the positive label among the training rows, as the loss weighs
	// them, in (0, 1); nil: unknown.
	Frequency []float64
	// Calibrate asks for a temperature.
	Calibrate bool
	// Threshold (1) above which the positive label is predicted; nil: a half.
	Threshold data.Thresholds
}

// Kind is binary.
func (Binary) Kind() string { return data.Binary }

// Form is OneOfTwo.
func (Binary) Form() Form { return OneOfTwo }

// Check reports weights or thresholds of another number of labels.
func (h Binary) Check() error {
	if err := h.Threshold.Check(1); err != nil {
		return err
	}
	return checkWeights(h.ClassWeights, 2)
}

// Size is 1.
func (Binary) Size() int { return 1 }

// Setting says that the score is a yes or no.
func (h Binary) Setting() fusion.Setting {
	return fusion.Setting{Outputs: 1, Decision: fusion.Sigmoid, Prior: h.Frequency}
}

// Answers are (B, 1), 1 for the positive label.
func (Binary) Answers(g *nn.Graph, name string, b int) Answers {
	return Answers{Node: g.Constant(name, b, 1)}
}

// Predict is the probability of the positive label.
func (Binary) Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node {
	return g.Activate(op.Sigmoid, logits)
}

// Loss is binary cross-entropy.
func (h Binary) Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node {
	return crossEntropy(g, h.questions(), logits, answers.Node, weight)
}

// questions are the weights of no and of yes; nil: all alike.
func (h Binary) questions() [][2]float64 {
	if h.ClassWeights == nil {
		return nil
	}
	return [][2]float64{{h.ClassWeights[0], h.ClassWeights[1]}}
}

// RowLoss is binary cross-entropy.
func (Binary) RowLoss(logits []float32, answers data.Slot, row int) float64 {
	return rowCrossEntropy(logits, answers, row)
}

// Weight is that of the row's label.
func (h Binary) Weight(answers data.Slot, row int) float64 {
	return weightOf(h.questions(), answers, row)
}

// Weighted says whether there are ClassWeights.
func (h Binary) Weighted() bool { return h.ClassWeights != nil }

// Logits of a probability.
func (Binary) Logits(predictions []float32) []float32 { return logOdds(predictions) }

// Probabilities of both labels.
func (Binary) Probabilities(predictions []float32) []float64 {
	return []float64{1 - float64(predictions[0]), float64(predictions[0])}
}

// decide is the place of the label that is predicted.
func (h Binary) decide(predictions []float32) int {
	if h.Threshold.Yes(0, predictions[0]) {
		return 1
	}
	return 0
}

// Decode is the predicted label.
func (h Binary) Decode(t data.Target, predictions []float32) any {
	return t.Labels()[h.decide(predictions)]
}

// place is that of a label, from the answer of a yes-or-no question.
func place(answer float32) int {
	if answer > 0.5 {
		return 1
	}
	return 0
}

// Compare tells a wrong label.
func (h Binary) Compare(t data.Target, predictions []float32, answer data.Slot) Miss {
	p := predictions[0]
	return missed(t, []float32{1 - p, p}, h.decide(predictions), place(answer.F32[0]))
}

// Spoken is the score of a label. The one score speaks for the positive label, so
// that of the other is its negative.
func (h Binary) Spoken(t data.Target, predictions []float32, label int) Spoken {
	if label < 0 {
		label = h.decide(predictions)
	}
	s := spoken(h, t, label)
	if s.Score = 0; label == 0 {
		s.Scale = -1
	}
	return s
}

// Meter is of a classification of two labels.
func (h Binary) Meter(t data.Target, _ *data.Table) (Meter, error) {
	m, err := metrics.NewClassification(t.Labels(), topK)
	if err != nil {
		return nil, err
	}
	m.Thresholds = h.Threshold
	return &binaryMeter{classMeter{m}}, nil
}

type binaryMeter struct{ classMeter }

func (m *binaryMeter) Add(predictions []float32, _ []int, answers data.Slot) error {
	labels := make([]int, len(answers.F32))
	for i, v := range answers.F32 {
		labels[i] = place(v)
	}
	return m.of.AddPositive(predictions, labels)
}

// Figure is accuracy.
func (Binary) Figure() string { return "accuracy" }

// Correct counts the rows whose more probable label is theirs.
func (Binary) Correct(logits []float32, answers data.Slot) int {
	n := 0
	for i, l := range logits {
		if (l > 0) == (answers.F32[i] > 0.5) {
			n++
		}
	}
	return n
}

// Calibrated says whether a temperature is asked for.
func (h Binary) Calibrated() bool { return h.Calibrate }

// Thresholds is the one of the positive label.
func (h Binary) Thresholds() data.Thresholds { return h.Threshold }

// WithThresholds is the head with another threshold.
func (h Binary) WithThresholds(t data.Thresholds) (Head, error) {
	h.Threshold = t
	return h, h.Check()
}
