package head

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Multiclass is one of several labels: a score a label.
type Multiclass struct {
	Labels int // how many there are
	// ClassWeights (Labels) weigh the rows of each label in the training loss: the sum
	// over rows of weight times loss, divided by the sum of the weights; nil: all alike.
	ClassWeights []float64
	// Frequencies (Labels) among the training rows, as the loss weighs them, each in
	// (0, 1); nil: unknown.
	Frequencies []float64
	// LabelSmoothing is the share of the answer that is spread over all labels in
	// training.
	LabelSmoothing float64
	// Calibrate asks for a temperature.
	Calibrate bool
}

// Kind is multiclass.
func (Multiclass) Kind() string { return data.Multiclass }

// Form is OneOf.
func (Multiclass) Form() Form { return OneOf }

// Check reports weights of another number of labels.
func (h Multiclass) Check() error { return checkWeights(h.ClassWeights, h.Labels) }

// Size is the number of labels.
func (h Multiclass) Size() int { return h.Labels }

// Setting says that labels exclude each other.
func (h Multiclass) Setting() fusion.Setting {
	return fusion.Setting{Outputs: h.Labels, Decision: fusion.Softmax, Prior: h.Frequencies}
}

// Answers are (B) Int, the places of labels.
func (Multiclass) Answers(g *nn.Graph, name string, b int) Answers {
	return Answers{Node: g.IntInput(name, b)}
}

// Predict is the probability of each label.
func (Multiclass) Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node {
	return g.Apply(op.Softmax{}, logits)
}

// Loss is cross-entropy.
func (h Multiclass) Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node {
	loss := op.SoftmaxCrossEntropy{}
	if g.Mode() == nn.Train {
		loss = op.SoftmaxCrossEntropy{LabelSmoothing: h.LabelSmoothing, ClassWeights: h.ClassWeights}
	}
	return g.Apply(loss, logits, answers.Node, weight)
}

// RowLoss is cross-entropy.
func (Multiclass) RowLoss(logits []float32, answers data.Slot, row int) float64 {
	highest, sum := math.Inf(-1), 0.0
	for _, v := range logits {
		highest = max(highest, float64(v))
	}
	for _, v := range logits {
		sum += math.Exp(float64(v) - highest)
	}
	return highest + math.Log(sum) - float64(logits[answers.Int[row]])
}

// Weight is that of the row's label.
func (h Multiclass) Weight(answers data.Slot, row int) float64 {
	if h.ClassWeights == nil {
		return 1
	}
	return h.ClassWeights[answers.Int[row]]
}

// Weighted says whether there are ClassWeights.
func (h Multiclass) Weighted() bool { return h.ClassWeights != nil }

// Logits are logarithms of probabilities.
func (Multiclass) Logits(predictions []float32) []float32 {
	out := make([]float32, len(predictions))
	for i, v := range predictions {
		out[i] = float32(math.Log(unsure(v)))
	}
	return out
}

// Probabilities of the labels.
func (Multiclass) Probabilities(predictions []float32) []float64 { return widened(predictions) }

// highest is the place of the highest score, the first of equal ones.
func highest(scores []float32) int {
	best := 0
	for i, v := range scores {
		if v > scores[best] {
			best = i
		}
	}
	return best
}

// Decode is the most probable label, the first of equally probable ones.
func (Multiclass) Decode(t data.Target, predictions []float32) any {
	return t.Labels()[highest(predictions)]
}

// Compare tells a wrong label.
func (Multiclass) Compare(t data.Target, predictions []float32, answer data.Slot) Miss {
	return missed(t, predictions, highest(predictions), answer.Int[0])
}

// Spoken is the score of a label.
func (h Multiclass) Spoken(t data.Target, predictions []float32, label int) Spoken {
	if label < 0 {
		label = highest(predictions)
	}
	return spoken(h, t, label)
}

// Meter is of a classification.
func (Multiclass) Meter(t data.Target, _ *data.Table) (Meter, error) {
	m, err := metrics.NewClassification(t.Labels(), topK)
	if err != nil {
		return nil, err
	}
	return &classMeter{m}, nil
}

// topK is the k of top-k accuracy.
const topK = 3

type classMeter struct{ of *metrics.Classification }

func (m *classMeter) AddLoss(loss float64, rows int) { m.of.Loss.Add(loss, float64(rows)) }

func (m *classMeter) Add(predictions []float32, _ []int, answers data.Slot) error {
	return m.of.Add(predictions, answers.Int)
}

func (m *classMeter) Result() Result {
	r := m.of.Result()
	return Result{Values: m.of.Values(), Classification: &r}
}

// Figure is accuracy.
func (Multiclass) Figure() string { return "accuracy" }

// Correct counts the rows whose highest score is that of their label.
func (h Multiclass) Correct(logits []float32, answers data.Slot) int {
	n := 0
	for i, y := range answers.Int {
		if highest(logits[i*h.Labels:(i+1)*h.Labels]) == y {
			n++
		}
	}
	return n
}

// Calibrated says whether a temperature is asked for.
func (h Multiclass) Calibrated() bool { return h.Calibrate }

// Thresholds is nil: the most probable label is the answer.
func (Multiclass) Thresholds() data.Thresholds { return nil }

// WithThresholds refuses any.
func (h Multiclass) WithThresholds(t data.Thresholds) (Head, error) { return h, t.Check(0) }
