package vector_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/vector"
)

func ExampleNew() {
	p, err := vector.New(vector.Options{Column: "embedding", Normalize: vector.L2, Missing: data.MissingError})
	if err != nil {
		panic(err)
	}
	t, _ := data.NewTable("", data.Strings("embedding", "[3, 4]"))
	if err := p.Fit(context.Background(), t, []int{0}, nil); err != nil {
		panic(err)
	}
	item, _ := p.Load(t, 0, nil)
	slot := data.Slot{F32: make([]float32, 2)}
	p.Write(item, []data.Slot{slot}, data.Augment{})
	fmt.Println(slot.F32)
	// Output: [0.6 0.8]
}
