package op

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/rng"
)

// A kernel that only evaluates gives the numbers of one that also trains, NaN
// among them.
func TestEvaluateGivesTheSame(t *testing.T) {
	numbers := func(name string, shape ...int) Array[float32] {
		a := Array[float32]{Shape: tensor.Shape(shape), Data: make([]float32, Size(shape))}
		for i := range a.Data {
			a.Data[i] = float32(rng.New(1).Name(name).Normal(i))
		}
		return a
	}
	pictures := numbers("pictures", 2, 3, 9, 7)
	pictures.Data[70] = float32(math.NaN())
	for _, c := range []struct {
		spec Spec
		in   []Array[float32]
	}{
		{MaxPool2D{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}, []Array[float32]{pictures}},
		{MaxPool2D{Kernel: [2]int{2, 2}}, []Array[float32]{pictures}},
		{Linear{Activation: GELU}, []Array[float32]{numbers("x", 5, 7), numbers("w", 4, 7), numbers("b", 4)}},
		{Conv2D{Padding: [2]int{1, 1}}, []Array[float32]{numbers("x", 2, 3, 5, 5), numbers("w", 4, 3, 3, 3)}},
	} {
		var shapes []tensor.Shape
		for _, a := range c.in {
			shapes = append(shapes, a.Shape)
		}
		shape, err := c.spec.OutShape(shapes)
		if err != nil {
			t.Fatal(err)
		}
		var weights Weights
		release := weights.Hold()
		var got [2]Array[float32]
		for i := range got {
			k := c.spec.Float32()
			if i == 1 {
				k.(Evaluator).Evaluate(&weights)
			}
			got[i] = Array[float32]{Shape: shape, Data: make([]float32, Size(shape))}
			if err := k.Forward(c.in, got[i]); err != nil {
				t.Fatal(err)
			}
		}
		release()
		for i, want := range got[0].Data {
			if math.Float32bits(got[1].Data[i]) != math.Float32bits(want) && want == want {
				t.Fatalf("%s: [%d] is %v in evaluation, %v in training", c.spec.Name(), i, got[1].Data[i], want)
			}
			if want != want && got[1].Data[i] == got[1].Data[i] {
				t.Fatalf("%s: [%d] is %v in evaluation, want NaN", c.spec.Name(), i, got[1].Data[i])
			}
		}
	}
}
