package memory_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/memory"
)

// Amounts are read as people write them, and written as they read them.
func Example() {
	n, err := memory.Parse("1.5GiB")
	if err != nil {
		panic(err)
	}
	fmt.Println(n, memory.Text(n/4))
	// Output: 1610612736 384 MiB
}
