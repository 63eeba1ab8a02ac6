package calibrate_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/calibrate"
)

// Two of three answers are right, and the model is surer than that.
func Example() {
	logits := []float32{5, 0, 0, 5, 5, 0}
	t := calibrate.Temperature(logits, 2, calibrate.Answers{Labels: []int{0, 1, 1}})
	fmt.Printf("%.2f\n", t)
	// Output: 7.21
}
