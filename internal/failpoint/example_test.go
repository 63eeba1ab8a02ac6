package failpoint_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// Without the build tag failpoints a point does nothing.
func Example() {
	failpoint.Here("rename", "before")
	fmt.Println("renamed")
	failpoint.Here("rename", "after")
	// Output: renamed
}
