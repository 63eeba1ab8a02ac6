package ablation_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/ablation"
)

// A model that was not trained does with every input what it does with none.
func Example() {
	s := newSubject(&testing.T{}, sampleConfig("{type: multiclass, column: kind}", "{type: score_average}"))
	study, err := ablation.New(context.Background(), s.model, s.dataset(s.table), upTo(rows), ablation.Options{})
	if err != nil {
		panic(err)
	}
	m, err := study.Missing(context.Background())
	if err != nil {
		panic(err)
	}
	for _, subset := range m.Subsets {
		fmt.Println(subset.Present, subset.Rows)
	}
	// Output:
	// [picture caption facts] 40
	// [picture caption] 38
	// [picture facts] 40
	// [caption facts] 40
	// [picture] 34
	// [caption] 32
	// [facts] 40
}
