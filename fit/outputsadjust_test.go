package fit_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/infer"
)

// An output is calibrated and given its thresholds on the rows that have its answer, which
// the saved model keeps and answers by.
func TestOutputsAreAdjusted(t *testing.T) {
	ctx := context.Background()
	yaml := strings.Replace(twoOutputs, "column: side}", "column: side, calibrate: true, threshold: {recall: 1}}", 1)
	c, err := config.Parse("two.yaml", []byte(yaml), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	m, err := fit.Config(ctx, c, fit.Options{Rows: fit.Rows{Table: two(t)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Outputs) != 2 || m.Outputs[0].Calibrated != nil || m.Outputs[1].Calibrated == nil || m.Outputs[1].Thresholds == nil || m.Thresholds != nil {
		t.Fatalf("adjusted: %+v", m.Outputs)
	}
	dir := t.TempDir()
	if err := m.Save(ctx, dir); err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Load(ctx, dir, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(b.Outputs()[1].Head.Thresholds(), m.Bundle.Outputs()[1].Head.Thresholds()) || b.Outputs()[1].Head.Thresholds() == nil {
		t.Errorf("the loaded model decides by %v", b.Outputs()[1].Head.Thresholds())
	}
	temperature := func(b *bundle.Bundle) float32 {
		one, err := b.Answering("side")
		if err != nil {
			t.Fatal(err)
		}
		return one.Model.Calibration().Temperature[0]
	}
	if got, want := temperature(b), temperature(m.Bundle); got != want || got != float32(m.Outputs[1].Calibrated.Temperature) {
		t.Errorf("the temperature is %v, fitted %v", got, want)
	}
	answers, err := m.Predict(ctx, infer.Row{"x": 3}, infer.Row{"x": 9})
	if err != nil || len(answers[0].Outputs) != 2 || answers[0].Value != nil || answers[0].Outputs[1].Output != "side" || len(answers[1].Outputs[1].Probabilities) != 2 {
		t.Errorf("answers %+v, %v", answers, err)
	}
	if _, err := b.Answering("sid"); err == nil || err.Error() != `the model has no output "sid", it has height, side; did you mean "side"?` {
		t.Error(err)
	}
}

// Batches of an update make the loss of all their rows, though each has other answers.
func TestSeveralOutputsAccumulate(t *testing.T) {
	weights := func(size, accumulate int) []float32 {
		yaml := strings.Replace(twoOutputs, "column: side}", "column: side, class_weights: none}", 1)
		yaml = strings.Replace(yaml, "batch_size: 16", fmt.Sprintf("batch_size: %d, accumulate: %d", size, accumulate), 1)
		yaml = strings.Replace(yaml, "hidden: [8]", "hidden: [8], dropout: 0", 1) // which differs by batch
		yaml = strings.Replace(yaml, "{type: adamw, learning_rate: 0.02}", "{type: sgd, learning_rate: 0.05, momentum: 0}", 1)
		c, err := config.Parse("two.yaml", []byte(yaml), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		m, err := fit.Config(context.Background(), c, fit.Options{Rows: fit.Rows{Table: two(t)}})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(m.Bundle.Model.Weights())
	}
	whole := weights(16, 1)
	for _, c := range [][2]int{{8, 2}, {2, 8}} {
		for i, w := range weights(c[0], c[1]) {
			if math.Abs(float64(w-whole[i])) > 2e-5 {
				t.Fatalf("%d batches of %d: weight %d is %v, of one batch %v", c[1], c[0], i, w, whole[i])
			}
		}
	}
}
