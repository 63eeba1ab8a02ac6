package scenes_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/scenes"
)

func Example() {
	for _, r := range scenes.Rows(scenes.Options{Seed: 1, Train: 2, Validation: 1, Test: 1})[:5] {
		fmt.Printf("picture %d: %s? %s (%s)\n", r.Picture, r.Question, r.Answer, r.Region)
	}
	// Output:
	// picture 0: what colour is the circle? red (top right)
	// picture 0: name the colour of the small triangle? yellow (centre)
	// picture 0: name the colour of the thing in the bottom right? purple (bottom right)
	// picture 1: the thing in the top middle is of which colour? blue (top middle)
	// picture 1: name the colour of the large square? blue (top middle)
}
