package op_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

func TestConvGradients(t *testing.T) {
	checkAll(t, map[string]job{
		"plain":           {op.Conv2D{}, []feed{random(2, 3, 5, 4), random(4, 3, 3, 2), random(4)}},
		"no bias":         {op.Conv2D{Padding: [2]int{1, 1}}, []feed{random(1, 2, 3, 3), random(3, 2, 3, 3)}},
		"stride, padding": {op.Conv2D{Stride: [2]int{2, 3}, Padding: [2]int{1, 2}}, []feed{random(2, 1, 5, 7), random(2, 1, 3, 4), random(2)}},
		"groups":          {op.Conv2D{Padding: [2]int{1, 0}, Groups: 2}, []feed{random(2, 4, 4, 3), random(6, 2, 3, 1), random(6)}},
		"depthwise":       {op.Conv2D{Groups: 3}, []feed{random(1, 3, 4, 5), random(3, 1, 2, 2)}},
		"one by one":      {op.Conv2D{}, []feed{random(2, 3, 2, 5), random(2, 3, 1, 1), random(2)}},
		"one pixel":       {op.Conv2D{Padding: [2]int{1, 1}}, []feed{random(1, 1, 1, 1), random(1, 1, 3, 3), random(1)}},
		"fixed image":     {op.Conv2D{}, []feed{fixed(normals(18), 1, 2, 3, 3), random(2, 2, 2, 2), random(2)}},
		"fixed weight":    {op.Conv2D{}, []feed{random(1, 2, 3, 3), fixed(normals(16), 2, 2, 2, 2), random(2)}},
		"fixed both":      {op.Conv2D{}, []feed{fixed(normals(18), 1, 2, 3, 3), fixed(normals(16), 2, 2, 2, 2), random(2)}},
	})
}

func TestPoolGradients(t *testing.T) {
	two, three := [2]int{2, 2}, [2]int{3, 3}
	checkAll(t, map[string]job{
		"max":             {op.MaxPool2D{Kernel: two}, []feed{random(2, 3, 4, 5)}},
		"max, overlap":    {op.MaxPool2D{Kernel: three, Stride: two, Padding: [2]int{1, 1}}, []feed{random(2, 2, 5, 4)}},
		"max, uneven":     {op.MaxPool2D{Kernel: [2]int{3, 2}, Stride: [2]int{1, 3}, Padding: [2]int{1, 0}}, []feed{random(1, 2, 4, 5)}},
		"max, one pixel":  {op.MaxPool2D{Kernel: [2]int{1, 1}}, []feed{random(3, 1, 1, 1)}},
		"mean":            {op.AvgPool2D{Kernel: two}, []feed{random(2, 3, 4, 5)}},
		"mean, overlap":   {op.AvgPool2D{Kernel: three, Stride: two, Padding: [2]int{1, 1}}, []feed{random(2, 2, 5, 4)}},
		"mean, uneven":    {op.AvgPool2D{Kernel: [2]int{3, 2}, Stride: [2]int{1, 3}, Padding: [2]int{1, 1}}, []feed{random(1, 2, 4, 5)}},
		"global":          {op.GlobalAvgPool2D{}, []feed{random(2, 3, 5, 3)}},
		"global, 1 pixel": {op.GlobalAvgPool2D{}, []feed{random(3, 2, 1, 1)}},
		"masked":          {op.MaskedMean{}, []feed{random(3, 4, 5), fixed(zeroOne(12, 4), 3, 4)}},
		"masked, weights": {op.MaskedMean{}, []feed{random(2, 2, 3), fixed([]float64{0.5, 2, 0, 3}, 2, 2)}},
		"masked, 1 token": {op.MaskedMean{}, []feed{random(2, 1, 3), fixed([]float64{1, 0}, 2, 1)}},
		"tokens":          {op.ImageTokens{}, []feed{random(2, 3, 5, 4)}},
		"tokens, 1 pixel": {op.ImageTokens{}, []feed{random(2, 3, 1, 1)}},
		"tokens, blocks":  {op.ImageTokens{}, []feed{random(2, 17, 3, 11)}},
	})
}

func TestMaxPoolTakesTheFirstOfEquals(t *testing.T) {
	p := job{op.MaxPool2D{Kernel: [2]int{2, 2}}, []feed{given([]float64{1, 3, 3, 3}, 1, 1, 2, 2)}}.ran(t)
	for i, g := range p.InputGradient("in0") {
		if (g != 0) != (i == 1) {
			t.Errorf("gradient %d is %v; only element 1 should have one", i, g)
		}
	}
}

func TestMaxPoolKeepsNaN(t *testing.T) {
	nan := math.NaN()
	for _, x := range [][]float64{{nan, 1, 2, 3}, {1, nan, 2, 3}, {1, 2, 3, nan}} {
		p := job{op.MaxPool2D{Kernel: [2]int{2, 2}}, []feed{given(x, 1, 1, 2, 2)}}.ran(t)
		if v := p.Output("out")[0]; v == v {
			t.Errorf("the largest of %v is %v, want NaN", x, v)
		}
	}
}

func TestMaskedMeanOfNothingIsZero(t *testing.T) {
	x := normals(24)
	for i := range 12 {
		x[i] = math.Inf(1) // masked: must not be looked at
	}
	p := job{op.MaskedMean{}, []feed{given(x, 2, 3, 4), fixed([]float64{0, 0, 0, 1, 1, 0}, 2, 3)}}.ran(t)
	for d, v := range p.Output("out")[:4] {
		if v != 0 {
			t.Errorf("feature %d of a row with nothing is %v, want 0", d, v)
		}
	}
	for i, g := range p.InputGradient("in0")[:12] {
		if g != 0 {
			t.Errorf("gradient %d of a masked token is %v, want 0", i, g)
		}
	}
}

func TestImageTokensAreInReadingOrder(t *testing.T) {
	p := job{op.ImageTokens{}, []feed{random(2, 3, 4, 5)}}.ran(t)
	x, y := p.Float("in0"), p.Output("out")
	for b := range 2 {
		for c := range 3 {
			for h := range 4 {
				for w := range 5 {
					if got, want := y[(b*20+h*5+w)*3+c], x[((b*3+c)*4+h)*5+w]; got != want {
						t.Fatalf("token (%d, %d) of image %d, channel %d: %v, want %v", h, w, b, c, got, want)
					}
				}
			}
		}
	}
}
