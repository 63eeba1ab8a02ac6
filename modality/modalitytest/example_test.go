package modalitytest_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

func ExampleRows() {
	fmt.Println(modalitytest.Rows(3))
	// Output: [0 1 2]
}
