package op_test

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// A kernel's backward pass can run several times after one forward pass, for the gradients of
// several losses: each result is that of a kernel that ran once.
func TestBackwardTwice(t *testing.T) {
	for name, j := range workloads() {
		t.Run(name, func(t *testing.T) {
			p := j.program(t)
			in, shapes := make([]op.Array[float32], len(j.in)), make([]tensor.Shape, len(j.in))
			for i, f := range j.in {
				in[i], shapes[i] = op.Array[float32]{Shape: f.shape}, f.shape
				if f.ints != nil {
					in[i].Int = p.Int(inputName(i))
				} else {
					in[i].Data = p.Float(inputName(i))
				}
			}
			shape, err := j.spec.OutShape(shapes)
			if err != nil {
				t.Fatal(err)
			}
			gradient := func(seed uint64) op.Array[float32] {
				g := op.Array[float32]{Shape: shape, Data: make([]float32, op.Size(shape))}
				for i := range g.Data {
					g.Data[i] = float32(rng.New(seed).Normal(i))
				}
				return g
			}
			backward := func(gradients ...op.Array[float32]) (last []op.Array[float32]) {
				k := j.spec.Float32()
				out := op.Array[float32]{Shape: shape, Data: make([]float32, op.Size(shape))}
				if err := k.Forward(in, out); err != nil {
					t.Fatal(err)
				}
				for _, g := range gradients {
					last = make([]op.Array[float32], len(in))
					for i, f := range j.in {
						if f.ints == nil && !f.fixed {
							last[i] = op.Array[float32]{Shape: f.shape, Data: make([]float32, op.Size(f.shape))}
						}
					}
					if err := k.Backward(in, out, g, last); err != nil {
						t.Fatal(err)
					}
				}
				return last
			}
			once, twice := backward(gradient(2)), backward(gradient(1), gradient(2))
			for i := range once {
				if !slices.Equal(once[i].Data, twice[i].Data) {
					t.Errorf("the gradient of input %d depends on the backward pass before", i)
				}
			}
		})
	}
}
