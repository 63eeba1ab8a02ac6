package planted_test

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/planted"
)

func Example() {
	k, err := planted.Find("grounded")
	if err != nil {
		panic(err)
	}
	fmt.Println(k.About)
	fmt.Println(strings.Join(k.Header(), " "))
	for _, row := range k.Cells(planted.Options{Rows: 2, Seed: 1}) {
		fmt.Println(strings.Join(row, " "))
	}
	// Output:
	// a question names the place of a scene that holds the answer
	// asked place0 place1 place2 place3 place4 place5 place6 place7 answer split
	// v7 v3 v2 v2 v3 v3 v3 v3 v1 v1 train
	// v6 v2 v0 v2 v2 v2 v3 v3 v3 v3 train
}
