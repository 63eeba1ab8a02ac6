package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// MixScores mixes the decisions of M modalities with separate weights in each row. Inputs are
// logits (B, O) per modality, presences (B, 1) per modality and non-negative weights (B, M, 1). The
// output is the logits of the mixture Σ weight · probability over the modalities present. With
// Sigmoid, every column is a decision of its own with logit log(p/(1-p)); otherwise a row is one
// softmax, and the logits are log p. A row without any modality, or whose weights are all 0, yields
// zeros, which is a uniform prediction.
type MixScores struct {
	M       int
	Sigmoid bool
}

// Name returns "mix_scores".
func (MixScores) Name() string { return "mix_scores" }

// OutShape returns (B, O).
func (x MixScores) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := alternatives(in, x.M, 1); err != nil {
		return nil, err
	}
	if w := in[2*x.M]; !equal(w, tensor.Shape{in[0][0], x.M, 1}) {
		return nil, fmt.Errorf("weights %v for %d logits of %v, want (B, %d, 1)", w, x.M, in[0], x.M)
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences.
func (x MixScores) FixedInputs() []int { return upTo(2 * x.M)[x.M:] }

// BackwardReads lists all inputs.
func (x MixScores) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*x.M+1), false
}

// Float32 returns a new kernel.
func (x MixScores) Float32() Kernel[float32] { return &mixScores[float32]{MixScores: x} }

// Float64 returns a new kernel.
func (x MixScores) Float64() Kernel[float64] { return &mixScores[float64]{MixScores: x} }

type mixScores[T Float] struct {
	MixScores
	// For one row, (M, O): log p of each modality present and, for binary decisions, log 1-p.
	yes, no []float64
	// For one row, (O): the logarithms of the mixtures.
	allYes, allNo []float64
	weighed       []float64 // for one position, by modality
}

// row fills in the logarithms of row b and reports whether any of its weights is positive.
func (k *mixScores[T]) row(in []Array[T], b, o int) bool {
	k.yes, k.no = k.yes[:0], k.no[:0]
	some := false
	for m := range k.M {
		if in[k.M+m].Data[b] == 0 {
			for range o {
				k.yes, k.no = append(k.yes, 0), append(k.no, 0)
			}
			continue
		}
		some = some || in[2*k.M].Data[b*k.M+m] > 0
		at := len(k.yes)
		for _, v := range in[m].Data[b*o : (b+1)*o] {
			if k.Sigmoid {
				k.yes, k.no = append(k.yes, logSigmoid(float64(v))), append(k.no, logSigmoid(-float64(v)))
			} else {
				k.yes, k.no = append(k.yes, float64(v)), append(k.no, 0)
			}
		}
		if k.Sigmoid {
			continue
		}
		z := logSumExp(k.yes[at:])
		for i := range k.yes[at:] {
			k.yes[at+i] -= z
		}
	}
	if !some {
		return false
	}
	k.allYes, k.allNo = k.allYes[:0], k.allNo[:0]
	for j := range o {
		k.allYes = append(k.allYes, k.mix(in, k.yes, b, j, o))
		k.allNo = append(k.allNo, 0)
		if k.Sigmoid {
			k.allNo[j] = k.mix(in, k.no, b, j, o)
		}
	}
	return true
}

// mix is log Σ weight · exp(logs) of column j.
func (k *mixScores[T]) mix(in []Array[T], logs []float64, b, j, o int) float64 {
	k.weighed = k.weighed[:0]
	for m := range k.M {
		if w := in[2*k.M].Data[b*k.M+m]; in[k.M+m].Data[b] != 0 && w > 0 {
			k.weighed = append(k.weighed, math.Log(float64(w))+logs[m*o+j])
		}
	}
	return logSumExp(k.weighed)
}

func (k *mixScores[T]) Forward(in []Array[T], out Array[T]) error {
	o := out.Shape[1]
	clear(out.Data)
	for b := range out.Shape[0] {
		if !k.row(in, b, o) {
			continue
		}
		for j := range o {
			out.Data[b*o+j] = T(k.allYes[j] - k.allNo[j])
		}
	}
	return nil
}

// Backward computes the gradients. With P = Σ w_m p_m, softmax: y_j = log P_j, so with r_mj =
// p_mj/P_j, dw_m = Σ_j g_j r_mj and dl_mi = w_m (g_i r_mi - p_mi Σ_j g_j r_mj). Sigmoid: y = log P
// - log Q with q = 1-p, so in each column dw_m = g (p_m/P - q_m/Q) and dl_m = g w_m p_m q_m (1/P +
// 1/Q).
func (k *mixScores[T]) Backward(in []Array[T], _, grad Array[T], din []Array[T]) error {
	o, dweights := grad.Shape[1], din[2*k.M]
	for m := range k.M {
		clear(din[m].Data)
	}
	clear(dweights.Data)
	for b := range grad.Shape[0] {
		if !k.row(in, b, o) {
			continue
		}
		g := grad.Data[b*o : (b+1)*o]
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
				continue
			}
			dw := k.weightGrad(g, m, o)
			if dweights.Wanted() {
				dweights.Data[b*k.M+m] = T(dw)
			}
			if din[m].Wanted() {
				k.logitGrad(din[m].Data[b*o:(b+1)*o], g, m, float64(in[2*k.M].Data[b*k.M+m]), dw)
			}
		}
	}
	return nil
}

// weightGrad is the gradient with respect to the weight of modality m.
func (k *mixScores[T]) weightGrad(g []T, m, o int) float64 {
	total := 0.0
	for j, v := range g {
		total += float64(v) * math.Exp(k.yes[m*o+j]-k.allYes[j])
		if k.Sigmoid {
			total -= float64(v) * math.Exp(k.no[m*o+j]-k.allNo[j])
		}
	}
	return total
}

// logitGrad sets dl to the gradient with respect to the logits of modality m.
func (k *mixScores[T]) logitGrad(dl, g []T, m int, weight, weightGrad float64) {
	o := len(g)
	for j, v := range g {
		yes := k.yes[m*o+j]
		if k.Sigmoid {
			both := yes + k.no[m*o+j]
			dl[j] = T(float64(v) * weight * (math.Exp(both-k.allYes[j]) + math.Exp(both-k.allNo[j])))
		} else {
			dl[j] = T(weight * (float64(v)*math.Exp(yes-k.allYes[j]) - math.Exp(yes)*weightGrad))
		}
	}
}
