package simd

// A Finish is applied to the results y of a convolution while they are in the cache: then(scale·y +
// offset + add).
type Finish struct {
	Scale, Offset []float32              // (Out), both or neither
	Add           []float32              // of the result's shape; nil if absent
	Then          func(dst, x []float32) // elementwise; nil if absent
}

// plane finishes y, elements of channel c, of which the first is at index at of the result.
func (f *Finish) plane(y []float32, c, at int) {
	if f.Scale != nil {
		active.affine(y, f.Scale[c], y, f.Offset[c])
	}
	f.rest(y, at)
}

// channels is plane's first step for one pixel of the channels from c on, with the same bits.
func (f *Finish) channels(s *scratch, y []float32, c int) {
	if f.Scale == nil {
		return
	}
	s.c = grow(s.c, len(y))
	copy(s.c, f.Offset[c:])
	active.mulAdd(s.c, y, f.Scale[c:][:len(y)])
	copy(y, s.c)
}

// rest is the part that does not depend on the channel.
func (f *Finish) rest(y []float32, at int) {
	if f.Add != nil {
		active.add(y, y, f.Add[at:][:len(y)])
	}
	if f.Then != nil {
		f.Then(y, y)
	}
}

// check panics if the lengths are not those of a result.
func (f *Finish) check(out, result int) {
	if len(f.Scale) != len(f.Offset) || f.Scale != nil && len(f.Scale) != out || f.Add != nil && len(f.Add) != result {
		panic("simd: Conv: the lengths of Finish are not those of the result")
	}
}
