package trainer

import (
	"math"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/model"
)

// rowLoss is the loss of one row as evaluation reports it, for its scores and
// the i-th of the answers: that of the model's program, where there is none.
func rowLoss(o model.Output, logits []float32, answers data.Slot, i int) float64 {
	sum := 0.0
	switch o.Type {
	case data.Multiclass:
		return logSumExp(logits) - float64(logits[answers.Int[i]])
	case data.Binary, data.Multilabel:
		for j, l := range logits {
			x := float64(l)
			sum += max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) - x*float64(answers.F32[i*len(logits)+j])
		}
		return sum / float64(len(logits))
	}
	e := math.Abs(float64(logits[0] - answers.F32[i]))
	switch o.Loss {
	case "l1":
		return e
	case "huber":
		if e < 1 {
			return e * e / 2
		}
		return e - 0.5
	}
	return e * e
}

func logSumExp(x []float32) float64 {
	highest, sum := math.Inf(-1), 0.0
	for _, v := range x {
		highest = max(highest, float64(v))
	}
	for _, v := range x {
		sum += math.Exp(float64(v) - highest)
	}
	return highest + math.Log(sum)
}

// surest bounds the probabilities of a prior in a loss: one of 0 or 1 would
// make it infinite.
const surest = 1e-7

// priorLoss is the loss of predicting the prior.
func priorLoss(o model.Output, prior []float32, answers data.Slot, i int) float64 {
	logits := make([]float32, len(prior))
	for j, v := range prior {
		p := min(max(float64(v), surest), 1-surest)
		switch o.Type {
		case data.Multiclass:
			logits[j] = float32(math.Log(p))
		case data.Regression:
			logits[j] = v
		default:
			logits[j] = float32(math.Log(p / (1 - p)))
		}
	}
	return rowLoss(o, logits, answers, i)
}
