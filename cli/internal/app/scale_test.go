package app_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A column in thousandths of its unit trains the same model: numbers are
// standardised before anything sees them, so that none drowns the others.
func TestScaledColumn(t *testing.T) {
	for _, facts := range []string{"{type: mlp, hidden: [5], embedding: 2}", "{type: transformer, dim: 4, layers: 1, heads: 2}"} {
		c := sample.Default()
		c.Facts = facts
		w := newWorkshop(t, c)
		scaled := sample.Rows(rows)
		for _, row := range scaled {
			if row[2] != "" {
				row[2] = fmt.Sprint(math.Round(1000 * number(t, row[2], 64)))
			}
		}
		w.write(t, "scaled.csv", string(sample.CSV(scaled)))
		run, plain := w.train(t, "training.epochs=2")
		other, thousandfold := w.train(t, "training.epochs=2", "data.path=scaled.csv")
		for i, v := range plain.Train {
			if got := thousandfold.Train[i].Value; math.Abs(got-v.Value) > 1e-4 {
				t.Errorf("%s: %s is %v, and %v with a column scaled by 1,000", facts, v.Name, v.Value, got)
			}
		}
		_, a := parse(t, w.predict(t, run, "data.csv", "", "a.csv")).probabilities(t)
		_, b := parse(t, w.predict(t, other, "scaled.csv", "", "b.csv")).probabilities(t)
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-4 {
				t.Fatalf("%s: probability %d is %v, and %v with a column scaled by 1,000", facts, i, a[i], b[i])
			}
		}
	}
}
