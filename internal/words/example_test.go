package words_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/words"
)

func Example() {
	s, err := words.New(words.Config{Normalization: "nfkc", Lowercase: true})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q\n", s.Words("Ｃafe\u0301-bar, 東京!"))
	// Output: ["café" "-" "bar" "," "東" "京" "!"]
}
