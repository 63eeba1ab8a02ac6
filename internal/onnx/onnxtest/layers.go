package onnxtest

import (
	"math"
	"slices"
)

func (n *node) softmax() Value {
	x, axis := n.in[0], int(n.numbers["axis"])
	if axis < 0 {
		axis += len(x.Shape)
	}
	out := made(x.Shape)
	inner := size(x.Shape[axis+1:])
	d := x.Shape[axis]
	for i := range x.Data {
		if i/inner%d != 0 {
			continue
		}
		top, sum := math.Inf(-1), 0.0
		for k := range d {
			top = max(top, x.Data[i+k*inner])
		}
		for k := range d {
			sum += math.Exp(x.Data[i+k*inner] - top)
		}
		for k := range d {
			y := x.Data[i+k*inner] - top - math.Log(sum)
			if n.op == "Softmax" {
				y = math.Exp(y)
			}
			out.Data[i+k*inner] = y
		}
	}
	return out
}

// product is MatMul with batches alike or one matrix on the right, or Gemm with
// the right side turned.
func (n *node) product() Value {
	a, b := n.in[0], n.in[1]
	if n.op == "Gemm" {
		turned := made([]int{b.Shape[1], b.Shape[0]})
		each(turned.Shape, func(i int, index []int) { turned.Data[i] = b.Data[index[1]*b.Shape[1]+index[0]] })
		out := matmul(a, turned)
		if len(n.in) > 2 {
			out = broadcast(binary2["Add"], out, n.in[2])
		}
		return out
	}
	return matmul(a, b)
}

func matmul(a, b Value) Value {
	m, k, w := a.Shape[len(a.Shape)-2], a.Shape[len(a.Shape)-1], b.Shape[len(b.Shape)-1]
	shape := slices.Clone(a.Shape)
	shape[len(shape)-1] = w
	out := made(shape)
	for i := range out.Data {
		group, r, c := i/(m*w), i/w%m, i%w
		other := 0
		if len(b.Shape) > 2 {
			other = group
		}
		for j := range k {
			out.Data[i] += a.Data[(group*m+r)*k+j] * b.Data[(other*k+j)*w+c]
		}
	}
	return out
}

// window slides over images.
func (n *node) window() Value {
	x, kernel, stride, pad := n.in[0], n.lists["kernel_shape"], n.lists["strides"], n.lists["pads"]
	h := (x.Shape[2]+pad[0]+pad[2]-kernel[0])/stride[0] + 1
	w := (x.Shape[3]+pad[1]+pad[3]-kernel[1])/stride[1] + 1
	channels := x.Shape[1]
	if n.op == "Conv" {
		channels = n.in[1].Shape[0]
	}
	out := made([]int{x.Shape[0], channels, h, w})
	each(out.Shape, func(i int, index []int) {
		first, depth := index[1], 1
		if n.op == "Conv" {
			depth = n.in[1].Shape[1]
			first = index[1] / (channels / int(n.numbers["group"])) * depth
		}
		y, count := 0.0, 0.0
		if n.op == "MaxPool" {
			y = math.Inf(-1)
		}
		each([]int{depth, kernel[0], kernel[1]}, func(j int, tap []int) {
			r, c := index[2]*stride[0]-pad[0]+tap[1], index[3]*stride[1]-pad[1]+tap[2]
			if r < 0 || c < 0 || r >= x.Shape[2] || c >= x.Shape[3] {
				return
			}
			v := x.Data[place(x.Shape, []int{index[0], first + tap[0], r, c})]
			count++
			switch n.op {
			case "MaxPool":
				y = max(y, v)
			case "AveragePool":
				y += v
			default:
				y += v * n.in[1].Data[index[1]*depth*kernel[0]*kernel[1]+j]
			}
		})
		switch {
		case n.op == "AveragePool":
			y /= count
		case len(n.in) > 2:
			y += n.in[2].Data[index[1]]
		}
		out.Data[i] = y
	})
	return out
}

// normalise is by given statistics of channels, by those of each channel of a
// row, or by those of the last axis.
func (n *node) normalise() Value {
	x := n.in[0]
	out := made(x.Shape)
	run, channels := x.Shape[len(x.Shape)-1], 1 // numbers that are normalised together
	if n.op != "LayerNormalization" {
		run, channels = size(x.Shape[2:]), x.Shape[1]
	}
	for lo := 0; lo < len(x.Data); lo += run {
		part, c := x.Data[lo:lo+run], lo/run%channels
		mean, variance := 0.0, 0.0
		for _, v := range part {
			mean += v / float64(run)
		}
		for _, v := range part {
			variance += (v - mean) * (v - mean) / float64(run)
		}
		if n.op == "BatchNormalization" {
			mean, variance = n.in[3].Data[c], n.in[4].Data[c]
		}
		for i, v := range part {
			k := c
			if n.op == "LayerNormalization" {
				k = i
			}
			out.Data[lo+i] = (v-mean)/math.Sqrt(variance+n.numbers["epsilon"])*n.in[1].Data[k] + n.in[2].Data[k]
		}
	}
	return out
}
