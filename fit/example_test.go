package fit_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
)

// line is a table in which y is 3x - 1.
func line(rows int) *data.Table {
	var x, y []string
	for i := range rows {
		x = append(x, fmt.Sprint(i%11))
		y = append(y, fmt.Sprint(3*(i%11)-1))
	}
	t, err := data.NewTable("line", data.Strings("x", x...), data.Strings("y", y...))
	if err != nil {
		panic(err)
	}
	return t
}

// What is read may be looked at before a model is made of it.
func ExampleRead() {
	ctx := context.Background()
	c, err := config.Parse("line.yaml", []byte(`
name: line
data: {path: line.csv}
inputs: {facts: {type: tabular, numeric: [x]}}
output: {type: regression, column: y}
`), config.Builtin())
	if err != nil {
		panic(err)
	}
	rows, err := fit.Read(ctx, c, fit.Rows{Table: line(110)})
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	fmt.Println(len(rows.Splits.Train), len(rows.Splits.Validation), len(rows.Splits.Test))
	// Output: 88 11 11
}
