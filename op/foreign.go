package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// RunForeign computes an operator of Gorgonia's, or of a third party, and copies its value to out,
// since Gorgonia's operators may share memory with an input.
func RunForeign[T Float](o gorgonia.Op, in []Array[T], out Array[T]) error {
	vs := make([]gorgonia.Value, len(in))
	for i, a := range in {
		vs[i] = wrap(a)
	}
	v, err := o.Do(vs...)
	if err != nil {
		return err
	}
	a, err := toArray[T](v, out.Shape)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	copy(out.Data, a.Data)
	return nil
}

func wrap[T Float](a Array[T]) gorgonia.Value {
	if a.Int != nil {
		return tensor.New(tensor.WithShape(atLeast1(a.Shape)...), tensor.WithBacking(a.Int))
	}
	if len(a.Shape) == 0 {
		return value(nil, a)
	}
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Data))
}
