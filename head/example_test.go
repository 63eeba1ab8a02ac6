package head_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
)

// What predictions mean is said by the head, in the words of the target's column.
func Example() {
	table, err := data.NewTable("wear", data.Strings("state", "new", "worn", "new"))
	if err != nil {
		panic(err)
	}
	target, err := data.NewTarget(data.TargetConfig{Type: data.Binary, Column: "state"})
	if err != nil {
		panic(err)
	}
	if err := target.Fit(context.Background(), table, []int{0, 1, 2}, nil); err != nil {
		panic(err)
	}
	h, err := head.For(target)
	if err != nil {
		panic(err)
	}
	fmt.Println(h.Kind(), h.Size(), h.Decode(target, []float32{0.75}))
	fmt.Printf("%.2f\n", h.RowLoss([]float32{0}, data.Slot{F32: []float32{1}}, 0))
	// Output:
	// binary 1 worn
	// 0.69
}
