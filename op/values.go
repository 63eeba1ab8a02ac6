package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func dtype[T Float]() tensor.Dtype {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return tensor.Float32
	}
	return tensor.Float64
}

// Size is the number of elements of a shape; a scalar has one.
func Size(s tensor.Shape) int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// atLeast1 returns a shape that a Dense can have: a scalar becomes one element.
func atLeast1(s tensor.Shape) tensor.Shape {
	if len(s) == 0 {
		return tensor.Shape{1}
	}
	return s.Clone()
}

func newDense[T Float](s tensor.Shape) (*tensor.Dense, Array[T]) {
	a := Array[T]{Shape: s, Data: make([]T, Size(s))}
	return tensor.New(tensor.WithShape(atLeast1(s)...), tensor.WithBacking(a.Data)), a
}

// value returns what a Gorgonia machine expects: scalar nodes carry a scalar type, not a tensor of
// one element.
func value[T Float](d *tensor.Dense, a Array[T]) gorgonia.Value {
	if len(a.Shape) > 0 {
		return d
	}
	switch x := any(a.Data[0]).(type) {
	case float32:
		return gorgonia.NewF32(x)
	default:
		return gorgonia.NewF64(any(a.Data[0]).(float64))
	}
}

// toArrays unwraps Gorgonia's values. Non-contiguous views are copied; Gorgonia's own transposes
// and slices are such views.
func toArrays[T Float](dst []Array[T], vs []gorgonia.Value, shapes []tensor.Shape) error {
	for i, v := range vs {
		a, err := toArray[T](v, shapes[i])
		if err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		dst[i] = a
	}
	return nil
}

func toArray[T Float](v gorgonia.Value, s tensor.Shape) (Array[T], error) {
	a := Array[T]{Shape: s}
	switch x := v.(type) {
	case *gorgonia.F32:
		a.Data, _ = any([]float32{float32(*x)}).([]T)
	case *gorgonia.F64:
		a.Data, _ = any([]float64{float64(*x)}).([]T)
	case *tensor.Dense:
		if x.RequiresIterator() || !x.DataOrder().IsRowMajor() || x.DataOrder().IsTransposed() {
			x = x.Materialize().(*tensor.Dense)
		}
		if x.Shape().TotalSize() != Size(s) {
			return a, fmt.Errorf("shape %v, want %v", x.Shape(), s)
		}
		switch d := x.Data().(type) {
		case []int:
			a.Int = d
		default:
			a.Data, _ = d.([]T)
		}
	}
	if a.Data == nil && a.Int == nil {
		return a, fmt.Errorf("value %T cannot be read as %v", v, dtype[T]())
	}
	return a, nil
}
