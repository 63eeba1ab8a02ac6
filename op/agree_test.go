package op_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/op"
)

// agree checks that the float32 kernel of an operator, which is written for
// speed, computes what the float64 kernel does, which is written to be read.
// Inputs are multiples of 1/4, so that sums of them are exact and equal numbers
// are common.
func agree(t *property.T, spec op.Spec, shapes ...[]int) {
	var in32, din32 []op.Array[float32]
	var in64, din64 []op.Array[float64]
	var rule []tensor.Shape
	for _, s := range shapes {
		n := op.Size(s)
		a, b := make([]float32, n), make([]float64, n)
		for i, v := range property.SliceOfN(property.IntRange(-8, 8), n, n).Draw(t, "input") {
			b[i] = float64(v) / 4
			if v == 0 && i%2 == 0 {
				b[i] = math.Copysign(0, -1)
			}
			a[i] = float32(b[i])
		}
		in32, din32 = append(in32, op.Array[float32]{Shape: s, Data: a}), append(din32, op.Array[float32]{Shape: s, Data: make([]float32, n)})
		in64, din64 = append(in64, op.Array[float64]{Shape: s, Data: b}), append(din64, op.Array[float64]{Shape: s, Data: make([]float64, n)})
		rule = append(rule, s)
	}
	out, err := spec.OutShape(rule)
	if err != nil {
		t.Skip(err)
	}
	n := op.Size(out)
	y32, g32 := op.Array[float32]{Shape: out, Data: make([]float32, n)}, op.Array[float32]{Shape: out, Data: make([]float32, n)}
	y64, g64 := op.Array[float64]{Shape: out, Data: make([]float64, n)}, op.Array[float64]{Shape: out, Data: make([]float64, n)}
	for i := range n {
		y32.Data[i] = float32(math.NaN()) // must be written
		g64.Data[i] = float64(i%7-3) / 2
		g32.Data[i] = float32(g64.Data[i])
	}
	for i := range din32 {
		for j := range din32[i].Data {
			din32[i].Data[j] = float32(math.NaN())
		}
	}
	k32, k64 := spec.Float32(), spec.Float64()
	for _, err := range []error{k32.Forward(in32, y32), k64.Forward(in64, y64), k32.Backward(in32, y32, g32, din32), k64.Backward(in64, y64, g64, din64)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	same := func(what string, a []float32, b []float64) {
		for i := range a {
			if d := math.Abs(float64(a[i]) - b[i]); !(d <= 1e-3*(1+math.Abs(b[i]))) {
				t.Fatalf("%v of %v: %s[%d] is %v in float32, %v in float64", spec, shapes, what, i, a[i], b[i])
			}
		}
	}
	same("output", y32.Data, y64.Data)
	for i := range din32 {
		same("gradient", din32[i].Data, din64[i].Data)
	}
}

func pair(lo, hi int) *property.Generator[[2]int] {
	return property.Custom(func(t *property.T) [2]int {
		return [2]int{property.IntRange(lo, hi).Draw(t, "vertical"), property.IntRange(lo, hi).Draw(t, "horizontal")}
	})
}

func TestFloat32AgreesWithFloat64(t *testing.T) {
	dim := func(t *property.T, name string, hi int) int { return property.IntRange(1, hi).Draw(t, name) }
	image := func(t *property.T, c int) []int {
		// Some rows are wider than the chunks that kernels go by.
		w := dim(t, "W", 12)
		if property.IntRange(0, 9).Draw(t, "wide") == 0 {
			w += 150
		}
		return []int{dim(t, "B", 3), c, dim(t, "H", 9), w}
	}
	for name, f := range map[string]func(*property.T){
		"conv2d": func(t *property.T) {
			groups := dim(t, "groups", 3)
			c, o := groups*dim(t, "C", 3), groups*dim(t, "O", 9)
			k := pair(1, 5).Draw(t, "kernel")
			agree(t, op.Conv2D{Stride: pair(1, 3).Draw(t, "stride"), Padding: pair(0, 2).Draw(t, "padding"), Groups: groups},
				image(t, c), []int{o, c / groups, k[0], k[1]}, []int{o})
		},
		"max_pool2d": func(t *property.T) {
			agree(t, op.MaxPool2D{Kernel: pair(1, 4).Draw(t, "kernel"), Stride: pair(0, 4).Draw(t, "stride"), Padding: pair(0, 2).Draw(t, "padding")}, image(t, dim(t, "C", 3)))
		},
		"max_pool2d of squares": func(t *property.T) {
			agree(t, op.MaxPool2D{Kernel: [2]int{2, 2}}, image(t, dim(t, "C", 3)))
		},
		"avg_pool2d": func(t *property.T) {
			agree(t, op.AvgPool2D{Kernel: pair(1, 4).Draw(t, "kernel"), Stride: pair(0, 4).Draw(t, "stride"), Padding: pair(0, 2).Draw(t, "padding")}, image(t, dim(t, "C", 3)))
		},
		"global_avg_pool2d": func(t *property.T) { agree(t, op.GlobalAvgPool2D{}, image(t, dim(t, "C", 3))) },
		"image_tokens":      func(t *property.T) { agree(t, op.ImageTokens{}, image(t, dim(t, "C", 40))) },
		"layer_norm": func(t *property.T) {
			d := dim(t, "D", 70)
			agree(t, op.LayerNorm{Eps: 0.1}, []int{dim(t, "rows", 90), d}, []int{d}, []int{d})
		},
		"group_norm": func(t *property.T) {
			groups := dim(t, "groups", 3)
			c := groups * dim(t, "C", 4)
			agree(t, op.GroupNorm{Groups: groups, Eps: 0.1}, image(t, c), []int{c}, []int{c})
		},
		"modulate": func(t *property.T) {
			x, axis := image(t, dim(t, "C", 5)), dim(t, "axis", 3)
			agree(t, op.Modulate{Axis: axis}, x, []int{x[0], x[axis]}, []int{x[0], x[axis]})
		},
		"expand":      func(t *property.T) { agree(t, op.Expand{B: dim(t, "B", 5)}, []int{dim(t, "T", 9), dim(t, "D", 70)}) },
		"softmax":     func(t *property.T) { agree(t, op.Softmax{}, []int{dim(t, "rows", 9), dim(t, "C", 70)}) },
		"log_softmax": func(t *property.T) { agree(t, op.LogSoftmax{}, []int{dim(t, "rows", 9), dim(t, "C", 70)}) },
	} {
		t.Run(name, property.MakeCheck(f))
	}
}
