package fit_test

import (
	"context"
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
