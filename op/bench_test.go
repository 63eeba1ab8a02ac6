package op_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
)

// benchJobs are operators at the sizes of a training step: batches of 64 images
// of 32 × 32 with 32 channels, 32 texts of 32 tokens of width 128.
func benchJobs() map[string]job {
	drop, _ := dropout(0.1)
	images := random(64, 32, 32, 32)
	tokens := random(32, 32, 128)
	vector, all := random(64, 128), fixed(repeat(1, 64), 64, 1)
	return map[string]job{
		"Conv2D":          {op.Conv2D{Padding: [2]int{1, 1}}, []feed{images, random(32, 32, 3, 3), random(32)}},
		"MaxPool2D":       {op.MaxPool2D{Kernel: [2]int{2, 2}}, []feed{images}},
		"MaxPool2D3":      {op.MaxPool2D{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}, []feed{images}},
		"AvgPool2D":       {op.AvgPool2D{Kernel: [2]int{2, 2}}, []feed{images}},
		"GlobalAvgPool2D": {op.GlobalAvgPool2D{}, []feed{images}},
		"ImageTokens":     {op.ImageTokens{}, []feed{random(64, 128, 8, 8)}},
		"MaskedMean":      {op.MaskedMean{}, []feed{tokens, fixed(zeroOne(32*32, 9), 32, 32)}},
		"BatchNorm2D":     {batchNorm(32), []feed{images, random(32), random(32), fixed(repeat(1, 64), 64)}},
		"GroupNorm":       {op.GroupNorm{Groups: 8, Eps: 1e-5}, []feed{images, random(32), random(32)}},
		"Modulate":        {op.Modulate{Axis: 1}, []feed{images, random(64, 32), random(64, 32)}},
		"ModulateTokens":  {op.Modulate{Axis: 2}, []feed{tokens, random(32, 128), random(32, 128)}},
		"Expand":          {op.Expand{B: 32}, []feed{random(32, 128)}},
		"LayerNorm":       {op.LayerNorm{Eps: 1e-5}, []feed{tokens, random(128), random(128)}},
		"Embedding":       {op.Embedding{PadIndex: 0}, []feed{random(8000, 128), whole(draw(32*32, 8000), 32, 32)}},
		"EmbeddingBag":    {op.EmbeddingBag{}, []feed{random(20000, 64), whole(draw(32*16*20, 20000), 32, 16, 20)}},
		"Dropout":         {drop, []feed{tokens}},
		"Softmax":         {op.Softmax{}, []feed{tokens}},
		"PresentMax":      {op.PresentMax{M: 3}, []feed{vector, vector, vector, all, all, all}},
		"PresentSoftmax":  {op.PresentSoftmax{M: 3}, []feed{vector, vector, vector, all, all, all}},
		"PresentWeighted": {op.PresentWeighted{M: 3}, []feed{vector, vector, vector, all, all, all, random(64, 3, 128)}},
		"LowRank":         {op.LowRank{M: 3}, []feed{random(64, 8*128), random(64, 8*128), random(64, 8*128), all, all, all, random(8, 128), random(128)}},
		"Periodic":        {op.Periodic{}, []feed{random(256, 20), random(20, 48)}},
		"GroupedLinear":   {op.GroupedLinear{}, []feed{random(256, 20, 96), random(20, 24, 96), random(20, 24)}},
		"OuterProduct":    {op.OuterProduct{M: 3}, []feed{random(64, 16), random(64, 16), random(64, 16), all, all, all}},
		"AverageScores":   {op.AverageScores{M: 3}, []feed{random(64, 14), random(64, 14), random(64, 14), all, all, all, fixed([]float64{0.5, 0.2, 0.3}, 3)}},
		"ProductScores":   {op.ProductScores{M: 3}, []feed{random(64, 14), random(64, 14), random(64, 14), all, all, all, fixed(repeat(-2, 14), 14), fixed([]float64{0.5, 0.2, 0.3}, 3)}},
		"Temper":          {op.Temper{}, []feed{random(64, 14), fixed([]float64{1.5}, 1)}},
		"MixScores":       {op.MixScores{M: 3}, []feed{random(64, 14), random(64, 14), random(64, 14), all, all, all, shares(64, 3)}},
		"CrossEntropy":    {op.SoftmaxCrossEntropy{}, []feed{random(64, 14), whole(draw(64, 14), 64), fixed(repeat(1, 64), 64)}},
	}
}

// arrays are the job's inputs, output, the output's gradient and the gradients
// of what has one.
func (j job) arrays() (in []op.Array[float32], out, grad op.Array[float32], din []op.Array[float32]) {
	var shapes []tensor.Shape
	for _, f := range j.in {
		a := op.Array[float32]{Shape: f.shape, Int: f.ints}
		d := op.Array[float32]{}
		if f.ints == nil {
			a.Data = make([]float32, op.Size(f.shape))
			x := f.floats
			if x == nil {
				x = normals(len(a.Data))
			}
			for i, v := range x {
				a.Data[i] = float32(v)
			}
			if !f.fixed {
				d = op.Array[float32]{Shape: f.shape, Data: make([]float32, len(a.Data))}
			}
		}
		in, din, shapes = append(in, a), append(din, d), append(shapes, f.shape)
	}
	s, err := j.spec.OutShape(shapes)
	if err != nil {
		panic(err)
	}
	out = op.Array[float32]{Shape: s, Data: make([]float32, op.Size(s))}
	grad = op.Array[float32]{Shape: s, Data: make([]float32, op.Size(s))}
	for i, v := range normals(len(grad.Data)) {
		grad.Data[i] = float32(v)
	}
	return in, out, grad, din
}

func BenchmarkOperators(b *testing.B) {
	for name, j := range benchJobs() {
		in, out, grad, din := j.arrays()
		k := j.spec.Float32()
		if err := k.Forward(in, out); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/forward", func(b *testing.B) {
			for b.Loop() {
				if err := k.Forward(in, out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/backward", func(b *testing.B) {
			for b.Loop() {
				if err := k.Backward(in, out, grad, din); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
