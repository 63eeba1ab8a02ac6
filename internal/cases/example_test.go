package cases_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/cases"
)

func ExampleFind() {
	f, ok := cases.Find("sum")
	in := []fusion.Input{{Name: "picture", Shape: encoders.Shape{Tokens: 4, Dim: 2}}}
	fmt.Println(ok, f.Family, f.Parameters(in))
	// Output: true feature 15
}
