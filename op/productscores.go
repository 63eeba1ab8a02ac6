package op

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"
)

// ProductScores joins the decisions of M modalities by multiplying: logits
// (B, O) each, their presences (B, 1) each and the logarithm of the prior (O)
// give logits (B, O). With p_m the probabilities that the logits of modality m
// mean, over the n modalities present in a row:
//
//	Mean:      Σ log p_m / n, the logarithmic opinion pool
//	otherwise: Σ log p_m - (n-1)·log prior, the product rule for modalities that
//	           are independent given the answer (Kittler et al., "On combining
//	           classifiers", 1998)
//
// With Sigmoid every column is a decision of its own, log p_m and the prior are
// logits. A row without any modality gives the prior.
type ProductScores struct {
	M       int
	Sigmoid bool
	Mean    bool
}

// Name is "product_scores".
func (ProductScores) Name() string { return "product_scores" }

// OutShape is (B, O).
func (p ProductScores) OutShape(in []tensor.Shape) (tensor.Shape, error) {
	if err := want(in, 2*p.M+1); err != nil {
		return nil, err
	}
	if _, err := (AverageScores{M: p.M}).OutShape(in[:2*p.M]); err != nil {
		return nil, err
	}
	if prior := in[2*p.M]; !equal(prior, in[0][1:]) {
		return nil, fmt.Errorf("the prior is %v beside logits of %v, want (O)", prior, in[0])
	}
	return in[0].Clone(), nil
}

// FixedInputs are the presences and the prior.
func (p ProductScores) FixedInputs() []int { return upTo(2*p.M + 1)[p.M:] }

// BackwardReads is all inputs but the prior.
func (p ProductScores) BackwardReads() ([]bool, bool) {
	return slices.Repeat([]bool{true}, 2*p.M), false
}

// Float32 makes a kernel.
func (p ProductScores) Float32() Kernel[float32] { return productScores[float32]{p} }

// Float64 makes a kernel.
func (p ProductScores) Float64() Kernel[float64] { return productScores[float64]{p} }

type productScores[T Float] struct{ ProductScores }

// weights are those of each log p_m, and of the prior, in row b.
func (k productScores[T]) weights(in []Array[T], b int) (each, prior T) {
	n := 0
	for _, p := range in[k.M : 2*k.M] {
		if p.Data[b] != 0 {
			n++
		}
	}
	switch {
	case n == 0:
		return 0, 1
	case k.Mean:
		return 1 / T(n), 0
	}
	return 1, T(1 - n)
}

func (k productScores[T]) Forward(in []Array[T], out Array[T]) error {
	o := out.Shape[1]
	for b := range out.Shape[0] {
		row := out.Data[b*o : (b+1)*o]
		each, prior := k.weights(in, b)
		scale(row, prior, in[2*k.M].Data)
		for m := range k.M {
			if in[k.M+m].Data[b] == 0 {
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

// Backward: d log softmax(l)_j / d l_i = [i = j] - p_i.
func (k productScores[T]) Backward(in []Array[T], out, grad Array[T], din []Array[T]) error {
	o := out.Shape[1]
	for m := range k.M {
		clear(din[m].Data)
	}
	for b := range out.Shape[0] {
		g := grad.Data[b*o : (b+1)*o]
		each, _ := k.weights(in, b)
		total := sum(g)
		for m := range k.M {
			if !din[m].Wanted() || in[k.M+m].Data[b] == 0 {
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
