package head

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// What heads with labels share.

func checkWeights(weights []float64, labels int) error {
	if n := len(weights); n > 0 && n != labels {
		return fmt.Errorf("%d class weights for %d labels", n, labels)
	}
	return nil
}

// crossEntropy is of yes-or-no questions with the weights of no and yes to each.
func crossEntropy(g *nn.Graph, questions [][2]float64, logits, answers, weight *gorgonia.Node) *gorgonia.Node {
	if g.Mode() != nn.Train {
		questions = nil
	}
	return g.Apply(op.BCEWithLogits{ClassWeights: questions}, logits, answers, weight)
}

func rowCrossEntropy(logits []float32, answers data.Slot, row int) float64 {
	sum := 0.0
	for j, l := range logits {
		x := float64(l)
		sum += max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) - x*float64(answers.F32[row*len(logits)+j])
	}
	return sum / float64(len(logits))
}

// weightOf is the sum of a row's weights over questions.
func weightOf(questions [][2]float64, answers data.Slot, row int) float64 {
	if questions == nil {
		return 1
	}
	sum := 0.0
	for j, w := range questions {
		t := float64(answers.F32[row*len(questions)+j])
		sum += w[0]*(1-t) + w[1]*t
	}
	return sum
}

// surest bounds probabilities whose logits are taken: those of 0 or 1 would be
// infinite.
const surest = 1e-7

func unsure(p float32) float64 { return min(max(float64(p), surest), 1-surest) }

func logOdds(probabilities []float32) []float32 {
	out := make([]float32, len(probabilities))
	for i, v := range probabilities {
		p := unsure(v)
		out[i] = float32(math.Log(p / (1 - p)))
	}
	return out
}

func widened(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// missed compares labels that exclude each other, by their places.
func missed(t data.Target, probabilities []float32, said, is int) Miss {
	labels := t.Labels()
	m := Miss{
		Wrong: said != is, Predicted: labels[said : said+1], True: labels[is : is+1],
		Probability: float64(probabilities[said]), TrueProbability: float64(probabilities[is]),
	}
	m.Worth = m.Probability - m.TrueProbability
	return m
}

// spoken is the score of a label among as many scores.
func spoken(h Head, t data.Target, label int) Spoken {
	name := t.Labels()[label]
	return Spoken{
		Label: name, Score: label, Scale: 1, Of: "probability of " + name, Logit: "logit of " + name,
		Value: func(p []float32) float64 { return h.Probabilities(p)[label] },
	}
}
