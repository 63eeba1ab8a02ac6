package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// AverageScores averages the decisions of M modalities. Inputs are logits (B, O) per modality,
// presences (B, 1) per modality and optionally weights (M), equal by default. The output is the
// logits of the mean probability over the modalities present. With Sigmoid, every column is a
// decision of its own with logit log(p/(1-p)); otherwise a row is one softmax, and the logits are
// log p, whose softmax is p. A row without any modality yields zeros, which is a uniform
// prediction.
type AverageScores struct {
	M       int
	Sigmoid bool
}

// Name returns "average_scores".
func (AverageScores) Name() string { return "average_scores" }

// OutShape returns (B, O).
func (a AverageScores) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if a.M < 1 {
		return nil, fmt.Errorf("no scores to average")
	}
	if len(in) == 2*a.M+1 {
		if w := in[2*a.M]; !equal(w, tensor.Shape{a.M}) {
			return nil, fmt.Errorf("the weights are %v, want (%d)", w, a.M)
		}
		in = in[:2*a.M]
	}
	if err := want(in, 2*a.M); err != nil {
		return nil, err
	}
	for i, s := range in {
		if i < a.M && (len(s) != 2 || !equal(s, in[0])) || i >= a.M && !equal(s, tensor.Shape{in[0][0], 1}) {
			return nil, fmt.Errorf("input %d has the shape %v, the logits have %v", i, s, in[0])
		}
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences and the weights.
func (a AverageScores) FixedInputs() []int { return upTo(2*a.M + 1)[a.M:] }

// BackwardReads reports that the backward pass reads everything.
func (a AverageScores) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*a.M+1), true
}

// Float32 returns a new kernel.
func (a AverageScores) Float32() Kernel[float32] { return &averageScores[float32]{AverageScores: a} }

// Float64 returns a new kernel.
func (a AverageScores) Float64() Kernel[float64] { return &averageScores[float64]{AverageScores: a} }

type averageScores[T Float] struct {
	AverageScores
	logs []float64 // per modality, for one row
	mean []float64
	each []float64 // weight of each of these modalities
}

// weightOf is the weight of modality m in row b, or 0 if it is absent.
func weightOf[T Float](in []Array[T], m, modalities, b int) float64 {
	switch {
	case in[modalities+m].Data[b] == 0:
		return 0
	case len(in) == 2*modalities+1:
		return float64(in[2*modalities].Data[m])
	}
	return 1
}

func total(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// logSigmoid is log(1/(1+exp(-x))).
func logSigmoid(x float64) float64 { return min(x, 0) - math.Log1p(math.Exp(-math.Abs(x))) }

// logSumExp is log Σ exp x.
func logSumExp(x []float64) float64 {
	m := slices.Max(x)
	s := 0.0
	for _, v := range x {
		s += math.Exp(v - m)
	}
	return m + math.Log(s)
}

// present fills k.logs with the log-softmax of each modality with a weight in row b, and k.each
// with these weights.
func (k *averageScores[T]) present(in []Array[T], b, o int) {
	k.logs, k.each = k.logs[:0], k.each[:0]
	for m := range k.M {
		w := weightOf(in, m, k.M, b)
		if w == 0 {
			continue
		}
		k.each = append(k.each, w)
		row := in[m].Data[b*o : (b+1)*o]
		at := len(k.logs)
		for _, v := range row {
			k.logs = append(k.logs, float64(v))
		}
		z := logSumExp(k.logs[at:])
		for i := at; i < len(k.logs); i++ {
			k.logs[i] -= z
		}
	}
}

func (k *averageScores[T]) Forward(in []Array[T], out Array[T]) error {
	o := out.Shape[1]
	for b := range out.Shape[0] {
		row := out.Data[b*o : (b+1)*o]
		if k.Sigmoid {
			k.sigmoidRow(in, row, b, o)
			continue
		}
		k.present(in, b, o)
		clear(row)
		for j := range row {
			if len(k.each) > 0 {
				row[j] = T(k.column(o, j) - math.Log(total(k.each)))
			}
		}
	}
	return nil
}

// column is log Σ over modalities of weight × probability of class j.
func (k *averageScores[T]) column(o, j int) float64 {
	k.mean = k.mean[:0]
	for m, w := range k.each {
		k.mean = append(k.mean, k.logs[m*o+j]+math.Log(w))
	}
	return logSumExp(k.mean)
}

func (k *averageScores[T]) sigmoidRow(in []Array[T], row []T, b, o int) {
	for j := range row {
		k.logs, k.mean = k.logs[:0], k.mean[:0]
		for m := range k.M {
			if w := weightOf(in, m, k.M, b); w != 0 {
				x := float64(in[m].Data[b*o+j])
				k.logs = append(k.logs, logSigmoid(x)+math.Log(w))
				k.mean = append(k.mean, logSigmoid(-x)+math.Log(w))
			}
		}
		row[j] = 0
		if len(k.logs) > 0 {
			row[j] = T(logSumExp(k.logs) - logSumExp(k.mean))
		}
	}
}

// Backward computes the gradients. Softmax: out_j = log Σ_m w_m p_mj - log Σw, so with r_mj = w_m
// p_mj/Σ_m w_m p_mj, dl_mi = g_i·r_mi - p_mi Σ_j g_j·r_mj. Sigmoid: out = log Σwp - log Σwq with q
// = 1-p, so dl_m = g·w_m·p_m·q_m·(1/Σwp + 1/Σwq).
func (k *averageScores[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	o := out.Shape[1]
	for m := range k.M {
		clear(din[m].Data)
	}
	for b := range out.Shape[0] {
		if k.Sigmoid {
			k.sigmoidGrad(in, out.Data, grad.Data, din, b, o)
			continue
		}
		k.present(in, b, o)
		all, i := total(k.each), 0
		for m := range k.M {
			w := weightOf(in, m, k.M, b)
			if w == 0 {
				continue
			}
			logp := k.logs[i*o : (i+1)*o]
			i++
			if !din[m].Wanted() {
				continue
			}
			g, y, dl := grad.Data[b*o:(b+1)*o], out.Data[b*o:(b+1)*o], din[m].Data[b*o:(b+1)*o]
			sum := 0.0
			for j, l := range logp {
				r := float64(g[j]) * w * math.Exp(l-float64(y[j])) / all
				dl[j] = T(r)
				sum += r
			}
			for j, l := range logp {
				dl[j] -= T(math.Exp(l) * sum)
			}
		}
	}
	return nil
}

func (k *averageScores[T]) sigmoidGrad(in []Array[T], y, g []T, din []Array[T], b, o int) {
	for j := b * o; j < (b+1)*o; j++ {
		n := 0.0
		for m := range k.M {
			n += weightOf(in, m, k.M, b)
		}
		// The mean of p is sigmoid(y), and 1/Σwp + 1/Σwq = 1/(Σw·p·(1-p)).
		inverse := -math.Log(n) - logSigmoid(float64(y[j])) - logSigmoid(-float64(y[j]))
		for m := range k.M {
			if w := weightOf(in, m, k.M, b); din[m].Wanted() && w != 0 {
				x := float64(in[m].Data[j])
				din[m].Data[j] = g[j] * T(w*math.Exp(logSigmoid(x)+logSigmoid(-x)+inverse))
			}
		}
	}
}
