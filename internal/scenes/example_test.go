package scenes_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/scenes"
)

func Example() {
	for _, r := range scenes.Rows(scenes.Options{Seed: 1, Train: 2, Validation: 1, Test: 1}) {
		fmt.Printf("%s? %s (%s)\n", r.Question, r.Answer, r.Region)
	}
	// Output:
	// what colour is the thing in the middle? yellow (middle)
	// what colour is the large circle? green (bottom)
	// name the colour of the thing above the cyan thing? red (middle + bottom)
	// name the colour of the thing below the yellow thing? blue (bottom + middle)
}
