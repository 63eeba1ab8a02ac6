package modality_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality"
)

// A kind of input is made of its constructor, and is all that a registry needs.
func ExampleOf() {
	t := modality.Of("measurements", "columns of what a sensor measured", data.NewTabular)
	fmt.Println(t.Name, t.Empty().Kind(), t.Options)
	// Output: measurements tabular data.TabularConfig
}
