package app

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Baseline is the mean absolute error of always answering the median of the
// training rows, which no other constant has less of on them: what a regression
// has to beat.
type Baseline struct {
	Median metrics.Number            `json:"median"`
	MAE    map[string]metrics.Number `json:"mae"` // by split
}

// baseline is nil for all but a regression.
func baseline(o *fit.Output) (*Baseline, error) {
	t, ok := o.Bundle.Target.(*data.RegressionTarget)
	if !ok {
		return nil, nil
	}
	answers := func(rows []int) (out []float64, err error) {
		for _, row := range rows {
			v, err := t.Answer(o.Data.Table(), row)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	train, err := answers(o.Splits.Train)
	if err != nil || len(train) == 0 {
		return nil, err
	}
	slices.Sort(train)
	n := len(train)
	median := train[(n-1)/2]/2 + train[n/2]/2
	b := &Baseline{Median: metrics.Number(median), MAE: map[string]metrics.Number{}}
	for name, rows := range o.Splits.All() {
		all, err := answers(rows)
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, v := range all {
			sum += math.Abs(v - median)
		}
		if len(all) > 0 {
			b.MAE[name] = metrics.Number(sum / float64(len(all)))
		}
	}
	return b, nil
}

// say puts the baseline beside what the model reached on a split.
func (b *Baseline) say(w io.Writer, split string, values metrics.Values) {
	if b == nil {
		return
	}
	model, ok := values.Get("mae")
	usual, known := b.MAE[split]
	if ok && known {
		fmt.Fprintf(w, "mae on %s: %s; of always answering %s, the median of the training rows, %s\n", split, number(model), number(float64(b.Median)), number(float64(usual)))
	}
}
