package infer_test

import (
	"context"
	"fmt"
	"os"

	"github.com/chiasm-ml/chiasm/infer"
)

// A picture, a title, and no figures.
func Example() {
	ctx := context.Background()
	m, err := infer.Load(ctx, "runs/lost", infer.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	picture, err := os.ReadFile("fish.png")
	if err != nil {
		fmt.Println(err)
		return
	}
	answers, err := m.Predict(ctx, []infer.Row{{"image": picture, "title": "a red fish", "width": nil}})
	if err != nil {
		fmt.Println(err) // row 1, field "titel": the model reads no such column (did you mean "title"?)
		return
	}
	fmt.Println(answers[0].Value, answers[0].Probabilities, m.Labels())
	// Output: runs/lost: there is no such run folder, model or checkpoint
}
