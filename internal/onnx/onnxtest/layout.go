package onnxtest

import (
	"fmt"
	"slices"
)

// layout are operators that move numbers.
func (n *node) layout() (Value, error) {
	x := n.in[0]
	switch n.op {
	case "Reshape":
		shape := n.ints(1)
		for i, d := range shape {
			if d == 0 {
				shape[i] = x.Shape[i]
			}
		}
		if open := slices.Index(shape, -1); open >= 0 {
			shape[open] = 1
			shape[open] = len(x.Data) / size(shape)
		}
		return same(shape, x)
	case "Unsqueeze":
		axes, shape, j := n.ints(1), []int{}, 0
		for i := range len(x.Shape) + len(axes) {
			if slices.Contains(axes, i) {
				shape = append(shape, 1)
				continue
			}
			shape, j = append(shape, x.Shape[j]), j+1
		}
		return same(shape, x)
	case "Squeeze":
		return same(without(x.Shape, n.ints(1)), x)
	case "Shape":
		out := Value{}
		for _, d := range x.Shape[int(n.numbers["start"]):int(n.numbers["end"])] {
			out.Data = append(out.Data, float64(d))
		}
		out.Shape = []int{len(out.Data)}
		return out, nil
	case "Expand":
		ones := made(n.ints(1))
		for i := range ones.Data {
			ones.Data[i] = 1
		}
		return broadcast(binary2["Mul"], x, ones), nil
	case "Transpose":
		perm := n.lists["perm"]
		shape := make([]int, len(perm))
		for i, p := range perm {
			shape[i] = x.Shape[p]
		}
		return moved(shape, x, func(index, from []int) {
			for i, p := range perm {
				from[p] = index[i]
			}
		}), nil
	case "Slice":
		from, to, axis := n.ints(1)[0], n.ints(2)[0], n.ints(3)[0]
		shape := slices.Clone(x.Shape)
		shape[axis] = to - from
		return moved(shape, x, func(index, at []int) {
			copy(at, index)
			at[axis] += from
		}), nil
	case "Concat":
		return n.concat(), nil
	case "Gather":
		return n.gather(), nil
	case "Pad": // of a matrix, on the left
		left := n.ints(1)[1]
		out := made([]int{x.Shape[0], x.Shape[1] + left})
		each(out.Shape, func(i int, index []int) {
			out.Data[i] = n.in[2].Data[0]
			if j := index[1] - left; j >= 0 {
				out.Data[i] = x.Data[index[0]*x.Shape[1]+j]
			}
		})
		return out, nil
	}
	return Value{}, fmt.Errorf("the operator %s is not known", n.op)
}

func same(shape []int, x Value) (Value, error) {
	if size(shape) != len(x.Data) {
		return x, fmt.Errorf("%v has not as many numbers as %v", shape, x.Shape)
	}
	return Value{shape, x.Data}, nil
}

// moved takes each number from where a function says.
func moved(shape []int, x Value, where func(index, from []int)) Value {
	out, from := made(shape), make([]int, len(x.Shape))
	each(shape, func(i int, index []int) {
		where(index, from)
		out.Data[i] = x.Data[place(x.Shape, from)]
	})
	return out
}

func (n *node) concat() Value {
	axis := int(n.numbers["axis"])
	shape := slices.Clone(n.in[0].Shape)
	for _, x := range n.in[1:] {
		shape[axis] += x.Shape[axis]
	}
	out := made(shape)
	each(shape, func(i int, index []int) {
		at := slices.Clone(index)
		for _, x := range n.in {
			if at[axis] < x.Shape[axis] {
				out.Data[i] = x.Data[place(x.Shape, at)]
				return
			}
			at[axis] -= x.Shape[axis]
		}
	})
	return out
}

// gather takes rows of the first axis.
func (n *node) gather() Value {
	table, ids := n.in[0], n.in[1]
	width := size(table.Shape[1:])
	out := made(append(slices.Clone(ids.Shape), table.Shape[1:]...))
	for i, id := range ids.Data {
		copy(out.Data[i*width:(i+1)*width], table.Data[int(id)*width:(int(id)+1)*width])
	}
	return out
}
