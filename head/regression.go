package head

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Regression is a number: one score, the number as its target standardises it.
type Regression struct {
	// Error is the loss: mse (or empty), huber or l1.
	Error string
}

// Kind is regression.
func (Regression) Kind() string { return data.Regression }

// Form is Number.
func (Regression) Form() Form { return Number }

// Check reports an unknown loss.
func (h Regression) Check() error {
	switch h.Error {
	case "", "mse", "huber", "l1":
		return nil
	}
	return fmt.Errorf("unknown loss %q, want mse, huber or l1", h.Error)
}

// Size is 1.
func (Regression) Size() int { return 1 }

// Setting says that the score is a number.
func (Regression) Setting() fusion.Setting {
	return fusion.Setting{Outputs: 1, Decision: fusion.Value}
}

// Answers are (B, 1), standardised.
func (Regression) Answers(g *nn.Graph, name string, b int) Answers {
	return Answers{Node: g.Constant(name, b, 1)}
}

// Predict leaves the numbers as they are.
func (Regression) Predict(_ *nn.Graph, logits *gorgonia.Node) *gorgonia.Node { return logits }

// Loss is of the standardised numbers.
func (h Regression) Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node {
	switch h.Error {
	case "huber":
		return g.Apply(op.Huber{Delta: 1}, logits, answers.Node, weight)
	case "l1":
		return g.Apply(op.L1{}, logits, answers.Node, weight)
	}
	return g.Apply(op.MSE{}, logits, answers.Node, weight)
}

// RowLoss is that of the difference.
func (h Regression) RowLoss(logits []float32, answers data.Slot, row int) float64 {
	e := math.Abs(float64(logits[0] - answers.F32[row]))
	switch {
	case h.Error == "l1":
		return e
	case h.Error == "huber" && e < 1:
		return e * e / 2
	case h.Error == "huber":
		return e - 0.5
	}
	return e * e
}

// Weight is 1.
func (Regression) Weight(data.Slot, int) float64 { return 1 }

// Weighted is false.
func (Regression) Weighted() bool { return false }

// Logits are the numbers.
func (Regression) Logits(predictions []float32) []float32 {
	return append([]float32{}, predictions...)
}

// Probabilities is nil.
func (Regression) Probabilities([]float32) []float64 { return nil }

// A scale is a target whose numbers are standardised.
type scale interface {
	// Restore turns a prediction into the column's own units.
	Restore(z float32) float64
	// Answer is a row's number as the table has it.
	Answer(t *data.Table, row int) (float64, error)
	// MeanStd are what numbers are standardised by.
	MeanStd() (mean, std float64)
}

// Decode restores the target's own units.
func (Regression) Decode(t data.Target, predictions []float32) any {
	return t.(scale).Restore(predictions[0])
}

// Compare is the difference in the target's own units.
func (Regression) Compare(t data.Target, predictions []float32, answer data.Slot) Miss {
	p, y := t.(scale).Restore(predictions[0]), t.(scale).Restore(answer.F32[0])
	return Miss{Wrong: p != y, PredictedNumber: p, TrueNumber: y, Error: p - y, Worth: math.Abs(p - y)}
}

// Spoken is the number itself. Attributions add up to what the target's transform
// makes of it, and not to what they are bent into by undoing that.
func (Regression) Spoken(t data.Target, _ []float32, _ int) Spoken {
	c := t.Config()
	s := Spoken{Of: c.Column, Logit: c.Column, Value: func(p []float32) float64 { return t.(scale).Restore(p[0]) }}
	switch c.Transform {
	case "log":
		s.Logit = "log(1 + " + c.Column + ")"
	case "quantile":
		s.Logit = "normal score of " + c.Column
	}
	s.Shift, s.Scale = t.(scale).MeanStd()
	return s
}

// Meter is of numbers in the target's own units.
func (Regression) Meter(t data.Target, table *data.Table) (Meter, error) {
	return &regressionMeter{target: t, table: table}, nil
}

type regressionMeter struct {
	of     metrics.Regression
	target data.Target
	table  *data.Table
}

func (m *regressionMeter) AddLoss(loss float64, rows int) { m.of.Loss.Add(loss, float64(rows)) }

func (m *regressionMeter) Add(predictions []float32, rows []int, _ data.Slot) error {
	s, ok := m.target.(scale)
	if !ok {
		return fmt.Errorf("a regression has a target of type %T", m.target)
	}
	var got, want []float64
	for i, v := range predictions {
		answer, err := s.Answer(m.table, rows[i])
		if err != nil {
			return err
		}
		got, want = append(got, s.Restore(v)), append(want, answer)
	}
	return m.of.Add(got, want)
}

func (m *regressionMeter) Result() Result {
	r := m.of.Result()
	return Result{Values: m.of.Values(), Regression: &r}
}

// Figure is the mean absolute error.
func (Regression) Figure() string { return "mae" }

// Calibrated is false: a temperature is fitted to probabilities.
func (Regression) Calibrated() bool { return false }

// Thresholds is nil.
func (Regression) Thresholds() data.Thresholds { return nil }

// WithThresholds refuses any.
func (h Regression) WithThresholds(t data.Thresholds) (Head, error) { return h, t.Check(0) }
