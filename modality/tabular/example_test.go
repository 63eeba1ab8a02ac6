package tabular_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

func Example() {
	p, err := tabular.New(tabular.Options{Numeric: []string{"price"}, Categorical: []string{"maker"}, Missing: "error", Transform: "none", MinCount: 1})
	if err != nil {
		log.Fatal(err)
	}
	table, err := data.NewTable("products", data.Strings("price", "10", "30"), data.Strings("maker", "acme", "bolt"))
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, []int{0, 1}, nil); err != nil {
		log.Fatal(err)
	}
	item, err := p.Load(table, 1, nil)
	if err != nil {
		log.Fatal(err)
	}
	slots := data.NewSlots(p.Features(), 1)
	p.Write(item, slots, data.Augment{})
	fmt.Println(slots[0].F32, slots[1].Int)
	// Output: [1] [2]
}

func TestContract(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "w,d,c\n1,2024-01-02,x\n,,\n3,2023-05-06,y\n-4,2024-07-08,x\n")
	for _, transform := range []string{"none", "log", "quantile"} {
		p, err := tabular.New(tabular.Options{Numeric: []string{"w"}, Dates: []string{"d"}, Categorical: []string{"c"}, Missing: "mask", Transform: transform, MinCount: 1})
		if err != nil {
			t.Fatal(err)
		}
		modalitytest.Run(t, modalitytest.Case{Preprocessor: p, Empty: func() data.Preprocessor { return &tabular.Preprocessor{} }, Table: table})
	}
}
