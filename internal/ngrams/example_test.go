package ngrams_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/ngrams"
)

func Example() {
	c := ngrams.Defaults()
	c.MaxWords, c.MaxPerWord = 3, 6
	h, err := ngrams.New(c)
	if err != nil {
		panic(err)
	}
	ids, mask := make([]int, c.MaxWords*c.MaxPerWord), make([]float32, c.MaxWords)
	n := h.Fill(ids, mask, "Red fox")
	fmt.Println(n, mask)
	fmt.Println(ids[:6])
	fmt.Println(ids[6:12])
	fmt.Println(ids[12:])
	// Output:
	// 2 [1 1 0]
	// [460 4939 13515 5597 16935 17175]
	// [1634 153 1889 16271 17457 19653]
	// [0 0 0 0 0 0]
}
