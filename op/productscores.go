package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// ProductScores multiplies the decisions of M modalities. Inputs are logits (B, O) per modality,
// presences (B, 1) per modality, the logarithm of the prior (O) and optionally weights (M), equal
// by default. The output is logits (B, O). With p_m the probabilities of modality m, and w_m the
// weights of the n modalities present in a row, scaled to sum to 1:
//
//	Mean:      Σ w_m log p_m, the logarithmic opinion pool
//	otherwise: n Σ w_m log p_m - (n-1)·log prior, with equal weights the product
//	           rule for modalities that are independent given the answer (Kittler
//	           et al., "On combining classifiers", 1998)
//
// With Sigmoid, every column is a decision of its own, and log p_m and the prior are logits. A row
// without any modality yields the prior.
type ProductScores struct {
	M       int
	Sigmoid bool
	Mean    bool
}

// Name returns "product_scores".
func (ProductScores) Name() string { return "product_scores" }

// OutShape returns (B, O).
func (p ProductScores) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 2*p.M+2 {
		if w := in[2*p.M+1]; !equal(w, tensor.Shape{p.M}) {
			return nil, fmt.Errorf("the weights are %v, want (%d)", w, p.M)
		}
		in = in[:2*p.M+1]
	}
	if err := want(in, 2*p.M+1); err != nil {
		return nil, err
	}
	if _, err := (AverageScores{M: p.M}).OutShape(in[:2*p.M]); err != nil {
		return nil, err
	}
	if prior := in[2*p.M]; !equal(prior, in[0][1:]) {
		return nil, fmt.Errorf("the prior is %v, the logits are %v, want (O)", prior, in[0])
	}
	return in[0].Clone(), nil
}

// FixedInputs lists the presences, the prior and the weights.
func (p ProductScores) FixedInputs() []int { return upTo(2*p.M + 2)[p.M:] }

// BackwardReads lists all inputs but the prior.
func (p ProductScores) BackwardReads() ([]bool, bool) {
	reads := slices.Repeat([]bool{true}, 2*p.M+2)
	reads[2*p.M] = false
	return reads, false
}

// Float32 returns a new kernel.
func (p ProductScores) Float32() Kernel[float32] { return productScores[float32]{p} }

// Float64 returns a new kernel.
func (p ProductScores) Float64() Kernel[float64] { return productScores[float64]{p} }

type productScores[T Float] struct{ ProductScores }

// weights returns the factor of log p for each modality in row b, to be multiplied by the
// modality's own weight, and the factor of the prior.
func (k productScores[T]) weights(in []Array[T], b int) (factor, prior T) {
	n, sum := 0, T(0)
	for m := range k.M {
		if w := k.weight(in, m, b); w != 0 {
			n++
			sum += w
		}
	}
	switch {
	case n == 0:
		return 0, 1
	case k.Mean:
		return 1 / sum, 0
	}
	return T(n) / sum, T(1 - n)
}

// weight is the weight of modality m in row b, or 0 if it is absent.
func (k productScores[T]) weight(in []Array[T], m, b int) T {
	switch {
	case in[k.M+m].Data[b] == 0:
		return 0
	case len(in) > 2*k.M+1:
		return in[2*k.M+1].Data[m]
	}
	return 1
}

func (k productScores[T]) Forward(in []Array[T], out Array[T]) error {
	o := out.Shape[1]
	for b := range out.Shape[0] {
		row := out.Data[b*o : (b+1)*o]
		factor, prior := k.weights(in, b)
		scale(row, prior, in[2*k.M].Data)
		for m := range k.M {
			each := factor * k.weight(in, m, b)
			if each == 0 {
				continue
			}
			l := in[m].Data[b*o : (b+1)*o]
			var z T
			if !k.Sigmoid {
				z = logSum(l)
			}
			for j, v := range l {
				row[j] += each * (v - z)
			}
		}
	}
	return nil
}

// logSum is log Σ exp x.
func logSum[T Float](x []T) T {
	m := maximum(x)
	s := 0.0
	for _, v := range x {
		s += math.Exp(float64(v - m))
	}
	return m + T(math.Log(s))
}

// Backward uses d log softmax(l)_j / d l_i = [i = j] - p_i.
func (k productScores[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	o := out.Shape[1]
	for m := range k.M {
		clear(din[m].Data)
	}
	for b := range out.Shape[0] {
		g := grad.Data[b*o : (b+1)*o]
		factor, _ := k.weights(in, b)
		total := sum(g)
		for m := range k.M {
			each := factor * k.weight(in, m, b)
			if !din[m].Wanted() || each == 0 {
				continue
			}
			d := din[m].Data[b*o : (b+1)*o]
			scale(d, each, g)
			if k.Sigmoid {
				continue
			}
			l := in[m].Data[b*o : (b+1)*o]
			z := logSum(l)
			for j, v := range l {
				d[j] -= each * total * T(math.Exp(float64(v-z)))
			}
		}
	}
	return nil
}
