package simd

// increment is the increment of SplitMix64, as in package rng.
const increment = 0x9e3779b97f4a7c15

// DropoutScale sets dst to x with each element dropped (set to 0) with probability p and the others
// multiplied by 1/(1-p). Element i uses position offset+i of the stream: it is dropped if the upper
// 32 bits of rng.Key(key).Uint64(offset+i) are below the threshold ⌊p·2^32⌋. All paths drop the
// same elements, and a call on part of a slice, with the offset of that part, drops the same as a
// call on the whole. Applied to the gradient of the output with the same key, it yields the
// gradient of the input.
//
// p <= 0 copies, p >= 1 clears.
func DropoutScale(dst, x []float32, key uint64, offset int, p float32) {
	same2("DropoutScale", len(dst), len(x))
	switch {
	case p >= 1:
		clear(dst)
	case p <= 0:
		copy(dst, x)
	default:
		state := key + uint64(offset)*increment
		active.dropout(dst, x, state, uint32(float64(p)*(1<<32)), 1/(1-p))
	}
}
