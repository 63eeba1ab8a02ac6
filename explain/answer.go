package explain

import "github.com/chiasm-ml/chiasm/data"

// An answer is what a model says of a row, and which of its scores is explained.
type answer struct {
	prediction    any
	probabilities map[string]float64
	label         string                         // empty for a regression
	score         int                            // among the model's scores
	value         func(scores []float32) float64 // what is contributed to
	of            string                         // its name
	logit         string                         // what attributions are of: scale · score + shift
	scale, shift  float64
}

// answer reads the scores of a row.
func (e *Explainer) answer(scores []float32) answer {
	labels, column := e.target.Labels(), e.target.Config().Column
	a := answer{scale: 1}
	if r, ok := e.target.(*data.RegressionTarget); ok {
		a.prediction = r.Restore(scores[0])
		a.value = func(s []float32) float64 { return r.Restore(s[0]) }
		a.of, a.logit = column, transformed(column, r.Config().Transform)
		a.shift, a.scale = r.MeanStd()
		return a
	}
	p := probabilities(e.target.Config().Type, scores)
	a.probabilities = map[string]float64{}
	best := 0
	for i, v := range p {
		a.probabilities[labels[i]] = v
		if v > p[best] {
			best = i
		}
	}
	said := e.model.Output().Decide(scores)
	if e.target.Config().Type == data.Multilabel {
		a.prediction = named(e.target, said)
	} else {
		best = said[0]
		a.prediction = labels[best]
	}
	if e.label >= 0 {
		best = e.label
	}
	a.label, a.score = labels[best], best
	a.value = func(s []float32) float64 { return probabilities(e.target.Config().Type, s)[best] }
	if e.target.Config().Type == data.Binary { // one score speaks for the second label
		if a.score = 0; best == 0 {
			a.scale = -1
		}
	}
	a.of, a.logit = "probability of "+a.label, "logit of "+a.label
	return a
}

// transformed is what the model's score is of, before it is standardised: parts
// add up to that, and not to what a transform bends them into.
func transformed(column, transform string) string {
	switch transform {
	case "log":
		return "log(1 + " + column + ")"
	case "quantile":
		return "normal score of " + column
	}
	return column
}

// probabilities are those of all labels.
func probabilities(kind string, scores []float32) []float64 {
	if kind == data.Binary {
		return []float64{1 - float64(scores[0]), float64(scores[0])}
	}
	out := make([]float64, len(scores))
	for i, v := range scores {
		out[i] = float64(v)
	}
	return out
}
