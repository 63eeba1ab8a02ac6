package cases

import "github.com/chiasm-ml/chiasm/fusion"

// Norm is the number of parameters of a normalisation of a width.
func Norm(d int) int { return 2 * d }

// Linear is that of a linear layer.
func Linear(in, out int) int { return in*out + out }

// Join is that of projections to a width, their norms, and what stands for an absent
// input.
func Join(dim int, in ...fusion.Input) int {
	n := 0
	for _, i := range in {
		n += Linear(i.Dim, dim) + Norm(dim) + dim
	}
	return n
}

// Streams is that of tokens projected to a width, their norms, and a vector that marks
// each input.
func Streams(dim int, in ...fusion.Input) int { return Join(dim, in...) }

// SelfBlock is that of a transformer block.
func SelfBlock(dim, hidden int) int {
	return 2*Norm(dim) + 4*Linear(dim, dim) + Linear(dim, hidden) + Linear(hidden, dim)
}

// CrossBlock is that of a block that attends to other tokens.
func CrossBlock(dim, hidden int) int { return SelfBlock(dim, hidden) + Norm(dim) }

// Features is that of projections to a width, and their norms.
func Features(dim int, in []fusion.Input) int {
	n := 0
	for _, i := range in {
		n += Linear(i.Dim, dim) + Norm(dim)
	}
	return n
}

func power(x, n int) int {
	p := 1
	for range n {
		p *= x
	}
	return p
}
