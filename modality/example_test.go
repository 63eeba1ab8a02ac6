package modality_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/modality"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

// A kind of input is made of its constructor, and is all that a registry needs.
func ExampleOf() {
	t := modality.Of("measurements", "columns of what a sensor measured", tabular.New)
	fmt.Println(t.Name, t.Empty().Kind(), t.Options)
	// Output: measurements tabular tabular.Options
}
