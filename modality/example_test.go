package modality_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/modality"
	"github.com/chiasm-ml/chiasm/modality/vector"
)

// A kind of input is made of its constructor, and is all that a registry needs.
func ExampleOf() {
	t := modality.Of("embedding", "vectors of my own model", vector.New)
	fmt.Println(t.Name, t.Empty().Kind(), t.Options)
	// Output: embedding vector vector.Options
}
