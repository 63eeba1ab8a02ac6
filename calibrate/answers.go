package calibrate

import "math"

// Answers are the targets of N rows: exactly one of the fields is set.
type Answers struct {
	Labels []int     // (N), of mutually exclusive classes
	Marks  []float32 // (N, C), 0 or 1, for independent binary decisions
}

// loss is the negative log likelihood of a row's target, as measured in training and evaluation:
// for Marks, the mean over them.
func (a Answers) loss(logits []float64, row int) float64 {
	if a.Labels != nil {
		return logSumExp(logits) - logits[a.Labels[row]]
	}
	loss := 0.0
	for j, x := range logits {
		loss += max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) - x*float64(a.Marks[row*len(logits)+j])
	}
	return loss / float64(len(logits))
}

// derivative is the derivative of a row's loss with respect to a factor on its logits, at that factor.
func derivative[T float32 | float64](a Answers, logits []T, row int, factor float64) float64 {
	if a.Labels == nil {
		derivative := 0.0
		for j, l := range logits {
			x := float64(l)
			derivative += x * (sigmoid(factor*x) - float64(a.Marks[row*len(logits)+j]))
		}
		return derivative / float64(len(logits))
	}
	highest := math.Inf(-1)
	for _, l := range logits {
		highest = max(highest, factor*float64(l))
	}
	sum, mean := 0.0, 0.0
	for _, l := range logits {
		e := math.Exp(factor*float64(l) - highest)
		sum, mean = sum+e, mean+e*float64(l)
	}
	return mean/sum - float64(logits[a.Labels[row]])
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logSumExp(x []float64) float64 {
	highest, sum := math.Inf(-1), 0.0
	for _, v := range x {
		highest = max(highest, v)
	}
	for _, v := range x {
		sum += math.Exp(v - highest)
	}
	return highest + math.Log(sum)
}
