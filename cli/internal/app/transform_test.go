package app_test

import (
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A transform of the target changes what is learned, and not what it is measured
// in: what predict writes is in the column's units, and has the figures of
// training. The median is beside the model.
func TestF31_TransformedTargetsAreMeasuredInTheirUnits(t *testing.T) {
	c := sample.Default()
	c.Output = outputs["regression"]
	w := newWorkshop(t, c)
	losses := map[float64]bool{}
	for _, transform := range []string{"none", "log", "quantile"} {
		run, printed := w.train(t, "training.epochs=3", "output.transform="+transform)
		w.figuresAgree(t, "regression", run, printed)
		loss, _ := printed.Test.Get("loss")
		losses[loss] = true
		b := printed.Baseline
		if b == nil || len(b.MAE) != 3 || !(b.MAE["test"] > 0) {
			t.Fatalf("%s: the baseline is %+v", transform, b)
		}
		sum, n := 0.0, 0.0
		for _, cell := range parse(t, w.predict(t, run, "data.csv", "test", "predicted.csv")).column(t, sample.Price) {
			sum, n = sum+math.Abs(number(t, cell, 64)-float64(b.Median)), n+1
		}
		if got := float64(b.MAE["test"]); math.Abs(got-sum/n) > 1e-12 {
			t.Errorf("%s: the median has the error %v, want %v", transform, got, sum/n)
		}
		if page := string(read(t, run+"/report.html")); !strings.Contains(page, "the median of the training rows, is off by") {
			t.Errorf("%s: the report's headline has no median", transform)
		}
	}
	if len(losses) != 3 {
		t.Errorf("three transforms have the losses %v", losses)
	}
}
