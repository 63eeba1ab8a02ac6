package op_test

import (
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

// Memory is planned by what operators say that their backward pass reads: what
// they leave out may be overwritten, and what they name is kept. Here, numbers
// are spoilt before the backward pass, one array at a time.
func TestBackwardReadsWhatItSays(t *testing.T) {
	for name, j := range workloads() {
		t.Run(name, func(t *testing.T) {
			frugal, ok := j.spec.(op.Frugal)
			if !ok {
				t.Skip("reads everything")
			}
			reads, readsOut := frugal.BackwardReads()
			in, _, _, _ := j.arrays()
			clean := j.gradientsSpoiling(t, nil)
			for i := range in {
				if in[i].Int == nil {
					check(t, inputName(i), i < len(reads) && reads[i], clean, j.gradientsSpoiling(t, func(in []op.Array[float32], _ op.Array[float32]) { spoil(in[i].Data) }))
				}
			}
			check(t, "the output", readsOut, clean, j.gradientsSpoiling(t, func(_ []op.Array[float32], out op.Array[float32]) { spoil(out.Data) }))
		})
	}
}

func spoil(x []float32) {
	for i := range x {
		x[i] = 7.5 - 3*x[i]
	}
}

func check(t *testing.T, what string, reads bool, clean, spoilt [][]float32) {
	t.Helper()
	same := true
	for i := range clean {
		same = same && slices.Equal(clean[i], spoilt[i])
	}
	if same == reads {
		t.Errorf("the backward pass says of %s that it reads it: %v; spoiling it changes no gradient: %v", what, reads, same)
	}
}

// gradientsSpoiling runs the kernel forward, spoils, and runs it backward.
func (j job) gradientsSpoiling(t *testing.T, spoil func(in []op.Array[float32], out op.Array[float32])) [][]float32 {
	t.Helper()
	in, out, grad, din := j.arrays()
	k := j.spec.Float32()
	if err := k.Forward(in, out); err != nil {
		t.Fatal(err)
	}
	if spoil != nil {
		spoil(in, out)
	}
	if err := k.Backward(in, out, grad, din); err != nil {
		t.Fatal(err)
	}
	var gradients [][]float32
	for _, d := range din {
		gradients = append(gradients, d.Data)
	}
	return gradients
}
