package head

import (
	"fmt"
	"math"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Multilabel is any number of labels: a score a label, each a yes or no of its own.
type Multilabel struct {
	Labels int // how many there are
	// ClassWeights (Labels) weigh the rows that have each label in the training loss,
	// and AbsentWeights those that lack it (nil: 1): the sum over rows and labels of
	// weight times loss, divided by the sum of the weights; nil: all alike.
	ClassWeights, AbsentWeights []float64
	// Frequencies (Labels) of each label among the training rows, as the loss weighs
	// them, each in (0, 1); nil: unknown.
	Frequencies []float64
	// Calibrate asks for a temperature.
	Calibrate bool
	// Threshold (Labels) above which each label is predicted; nil: a half.
	Threshold data.Thresholds
}

// Kind is multilabel.
func (Multilabel) Kind() string { return data.Multilabel }

// Form is AnyOf.
func (Multilabel) Form() Form { return AnyOf }

// Check reports weights or thresholds of another number of labels.
func (h Multilabel) Check() error {
	if err := h.Threshold.Check(h.Labels); err != nil {
		return err
	}
	if err := checkWeights(h.ClassWeights, h.Labels); err != nil {
		return err
	}
	if n := len(h.AbsentWeights); n > 0 && n != len(h.ClassWeights) {
		return fmt.Errorf("%d weights of absent labels beside %d class weights", n, len(h.ClassWeights))
	}
	return nil
}

// Size is the number of labels.
func (h Multilabel) Size() int { return h.Labels }

// Setting says that each score is a yes or no.
func (h Multilabel) Setting() fusion.Setting {
	return fusion.Setting{Outputs: h.Labels, Decision: fusion.Sigmoid, Prior: h.Frequencies}
}

// Answers are (B, Labels), 1 for the labels that a row has.
func (h Multilabel) Answers(g *nn.Graph, name string, b int) Answers {
	return Answers{Node: g.Constant(name, b, h.Labels)}
}

// Predict is the probability of each label.
func (Multilabel) Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node {
	return g.Activate(op.Sigmoid, logits)
}

// Loss is binary cross-entropy, over rows and labels.
func (h Multilabel) Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node {
	return crossEntropy(g, h.questions(), logits, answers.Node, weight)
}

// questions are the weights of no and of yes to each label; nil: all alike.
func (h Multilabel) questions() [][2]float64 {
	if h.ClassWeights == nil {
		return nil
	}
	w := make([][2]float64, len(h.ClassWeights))
	for i, yes := range h.ClassWeights {
		w[i] = [2]float64{1, yes}
		if h.AbsentWeights != nil {
			w[i][0] = h.AbsentWeights[i]
		}
	}
	return w
}

// RowLoss is the mean binary cross-entropy over labels.
func (Multilabel) RowLoss(logits []float32, answers data.Slot, row int) float64 {
	return rowCrossEntropy(logits, answers, row)
}

// Weight is the sum over labels of the weights of having or lacking them.
func (h Multilabel) Weight(answers data.Slot, row int) float64 {
	return weightOf(h.questions(), answers, row)
}

// Weighted says whether there are ClassWeights.
func (h Multilabel) Weighted() bool { return h.ClassWeights != nil }

// Logits of probabilities.
func (Multilabel) Logits(predictions []float32) []float32 { return logOdds(predictions) }

// Probabilities of the labels.
func (Multilabel) Probabilities(predictions []float32) []float64 { return widened(predictions) }

// decide lists the labels that are predicted.
func (h Multilabel) decide(t data.Target, predictions []float32) []string {
	var said []string
	for i, p := range predictions {
		if h.Threshold.Yes(i, p) {
			said = append(said, t.Labels()[i])
		}
	}
	return said
}

// Decode joins the predicted labels by the target's separator.
func (h Multilabel) Decode(t data.Target, predictions []float32) any {
	return strings.Join(h.decide(t, predictions), t.Config().Separator)
}

// having lists the labels of an answer.
func having(t data.Target, answer data.Slot) []string {
	var has []string
	for i, v := range answer.F32 {
		if v > 0.5 {
			has = append(has, t.Labels()[i])
		}
	}
	return has
}

// Compare tells wrong or missing labels; worst is the label that is furthest off.
func (h Multilabel) Compare(t data.Target, predictions []float32, answer data.Slot) Miss {
	m := Miss{Predicted: h.decide(t, predictions), True: having(t, answer)}
	for i, p := range predictions {
		m.Worth = max(m.Worth, math.Abs(float64(p-answer.F32[i])))
		m.Wrong = m.Wrong || h.Threshold.Yes(i, p) != (answer.F32[i] > 0.5)
	}
	return m
}

// Spoken is the score of a label, of the most probable one if none is named.
func (h Multilabel) Spoken(t data.Target, predictions []float32, label int) Spoken {
	if label < 0 {
		label = highest(predictions)
	}
	return spoken(h, t, label)
}

// Meter is of several labels.
func (h Multilabel) Meter(t data.Target, _ *data.Table) (Meter, error) {
	m, err := metrics.NewMultilabel(t.Labels())
	if err != nil {
		return nil, err
	}
	m.Thresholds = h.Threshold
	return multilabelMeter{m}, nil
}

type multilabelMeter struct{ of *metrics.Multilabel }

func (m multilabelMeter) AddLoss(loss float64, rows int) { m.of.Loss.Add(loss, float64(rows)) }

func (m multilabelMeter) Add(predictions []float32, _ []int, answers data.Slot) error {
	return m.of.Add(predictions, answers.F32)
}

func (m multilabelMeter) Result() Result {
	r := m.of.Result()
	return Result{Values: m.of.Values(), Multilabel: &r}
}

// Figure is macro F1.
func (Multilabel) Figure() string { return "macro_f1" }

// Calibrated says whether a temperature is asked for.
func (h Multilabel) Calibrated() bool { return h.Calibrate }

// Thresholds are those of the labels.
func (h Multilabel) Thresholds() data.Thresholds { return h.Threshold }

// WithThresholds is the head with other thresholds.
func (h Multilabel) WithThresholds(t data.Thresholds) (Head, error) {
	h.Threshold = t
	return h, h.Check()
}
