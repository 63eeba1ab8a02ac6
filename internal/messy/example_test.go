package messy_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/internal/messy"
)

// The same seed makes the same table.
func Example() {
	dir, err := os.MkdirTemp("", "messy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	table := messy.Make(8)
	path, err := table.Write(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(path), table.Target, table.Reading.Rows)
	fmt.Println(table.Traits)
	// Output:
	// my table.csv y 140
	// [a leak a split by groups rounding noise separated by , several labels telephone numbers]
}
