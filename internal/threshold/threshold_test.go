package threshold_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/threshold"
)

func ExampleSet() {
	var half threshold.Set
	chosen := threshold.Set{0.3, 0.8}
	fmt.Println(half.Yes(1, 0.5), half.Yes(1, 0.51), chosen.Yes(0, 0.31), chosen.Yes(1, 0.79))
	fmt.Println(chosen.Check(3))
	// Output:
	// false true true false
	// 2 thresholds, expected 3
}
