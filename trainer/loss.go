package trainer

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
)

// priorLoss is the loss of predicting the prior.
func priorLoss(h head.Head, prior []float32, answers data.Slot, i int) float64 {
	return h.RowLoss(h.Logits(prior), answers, i)
}
