package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// want checks the number of inputs.
func want(in []tensor.Shape, n int) error {
	if len(in) != n {
		return fmt.Errorf("%d inputs, want %d", len(in), n)
	}
	return nil
}

// equal reports whether two shapes are the same; unlike Shape.Eq, it distinguishes a scalar from a
// vector of length 1.
func equal(a, b tensor.Shape) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// rows and last split a shape into its last axis and all the others.
func rows(s tensor.Shape) int {
	if len(s) == 0 {
		return 1
	}
	return Size(s[:len(s)-1])
}

func last(s tensor.Shape) int {
	if len(s) == 0 {
		return 1
	}
	return s[len(s)-1]
}
