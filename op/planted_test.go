package op_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// planted is an operator whose float64 gradient is spoilt by hand.
type planted struct {
	op.Spec
	spoil func(din []op.Array[float64])
}

func (p planted) Float64() op.Kernel[float64] { return plantedKernel{p.Spec.Float64(), p.spoil} }

type plantedKernel struct {
	op.Kernel[float64]
	spoil func(din []op.Array[float64])
}

func (k plantedKernel) Backward(in []op.Array[float64], out, grad op.Array[float64], din []op.Array[float64]) error {
	err := k.Kernel.Backward(in, out, grad, din)
	k.spoil(din)
	return err
}

func TestPlantedErrorsAreCaught(t *testing.T) {
	spec := op.LayerNorm{Eps: 1e-5}
	in := []feed{random(3, 5), random(5), random(5)}
	for _, c := range []struct {
		name  string
		spoil func(din []op.Array[float64])
		want  string // part of the only error; none if empty
	}{
		{"nothing", func([]op.Array[float64]) {}, ""},
		{"sign", func(d []op.Array[float64]) { d[0].Data[7] *= -1 }, "gradient of in0[7]"},
		{"factor", func(d []op.Array[float64]) { d[1].Data[2] *= 1.01 }, "gradient of in1[2]"},
		{"one missing", func(d []op.Array[float64]) { d[2].Data[4] = 0 }, "gradient of in2[4]"},
		{"shifted", func(d []op.Array[float64]) { copy(d[0].Data[1:], d[0].Data) }, "gradient of in0[1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			errors := nntest.Errors(t, func(t testing.TB) {
				nntest.CheckGradients(t, job{planted{spec, c.spoil}, in}.gradientCase())
			})
			var found []string
			for _, e := range errors {
				if strings.Contains(e, "finite differences") {
					found = append(found, e)
				}
			}
			switch {
			case c.want == "" && len(errors) != 0:
				t.Errorf("a right gradient fails: %v", errors)
			case c.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0], c.want)):
				t.Errorf("the check said %q, want an error of the %s", errors, c.want)
			}
		})
	}
}
