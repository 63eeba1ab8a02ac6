package explain

import "github.com/chiasm-ml/chiasm/head"

// An answer is what a model says of a row, and which of its scores is explained.
type answer struct {
	prediction    any
	probabilities map[string]float64 // by label; nil of a number
	head.Spoken
}

// answer reads the predictions of a row.
func (e *Explainer) answer(predictions []float32) answer {
	h := e.model.Head()
	a := answer{prediction: h.Decode(e.target, predictions), Spoken: h.Spoken(e.target, predictions, e.label)}
	for i, p := range h.Probabilities(predictions) {
		if a.probabilities == nil {
			a.probabilities = map[string]float64{}
		}
		a.probabilities[e.target.Labels()[i]] = p
	}
	return a
}
