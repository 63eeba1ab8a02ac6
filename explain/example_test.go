package explain_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/explain"
)

func Example() {
	s := newSubject(`{type: score_average}`, `{type: multiclass, column: kind}`)
	e, err := explain.New(s.model, s.inputs, s.target, explain.Options{})
	if err != nil {
		panic(err)
	}
	row, err := explain.Read(s.table, 4, s.inputs, s.target)
	if err != nil {
		panic(err)
	}
	x, err := e.Explain(context.Background(), row)
	if err != nil {
		panic(err)
	}
	fmt.Println("present:", x.Present)
	for _, a := range x.Attributions {
		fmt.Println(a.Input, a.Kind, a.Grid != nil, a.Tokens, a.Columns)
	}
	// Output:
	// present: [picture caption facts]
	// picture regions true [] []
	// caption tokens false [[CLS] bird wide wide [SEP]] []
	// facts columns false [] [width height maker]
}
