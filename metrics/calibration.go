package metrics

import "math"

// calibrationBins is the number of bins of Guo et al. (2017), "On Calibration of
// Modern Neural Networks".
const calibrationBins = 15

// A Bin holds the rows whose confidence, the probability of the predicted class, is in (Low, High];
// the first bin includes 0.
type Bin struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Rows       int     `json:"rows"`
	Confidence Number  `json:"confidence"` // mean over its rows, NaN if empty
	Accuracy   Number  `json:"accuracy"`   // share of its rows predicted correctly, NaN if empty
}

type calibration [calibrationBins]struct {
	rows, right int
	confidence  float64
}

func (c *calibration) add(confidence float32, right bool) {
	i := int(math.Ceil(float64(confidence)*calibrationBins)) - 1
	b := &c[min(max(i, 0), calibrationBins-1)]
	b.rows++
	b.confidence += float64(confidence)
	if right {
		b.right++
	}
}

// err is the expected calibration error: the mean over rows of the distance between a bin's
// confidence and its accuracy.
func (c *calibration) err() float64 {
	sum, rows := 0.0, 0
	for _, b := range c {
		sum += math.Abs(b.confidence - float64(b.right))
		rows += b.rows
	}
	return ratio(sum, float64(rows))
}

func (c *calibration) bins() []Bin {
	out := make([]Bin, len(c))
	for i, b := range c {
		out[i] = Bin{
			Low: float64(i) / calibrationBins, High: float64(i+1) / calibrationBins, Rows: b.rows,
			Confidence: Number(ratio(b.confidence, float64(b.rows))), Accuracy: Number(ratio(b.right, b.rows)),
		}
	}
	return out
}
