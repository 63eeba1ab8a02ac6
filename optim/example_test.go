package optim_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/optim"
)

// Finds the minimum of (w − 3)² + (b + 1)², with weight decay on neither.
func Example() {
	const steps = 200
	params := []float32{0, 0} // w, b
	groups := []optim.Group{{Lo: 0, Hi: 2, Decay: false}}
	c := optim.DefaultAdamW()
	c.LearningRate = 0.1
	adamw, err := optim.NewAdamW(len(params), groups, c)
	if err != nil {
		panic(err)
	}
	schedule, err := optim.NewCosine(adamw.LearningRate(), steps, optim.CosineConfig{Warmup: 0.05})
	if err != nil {
		panic(err)
	}
	grads := make([]float32, len(params))
	for step := range steps {
		grads[0], grads[1] = 2*(params[0]-3), 2*(params[1]+1)
		optim.ClipNorm(grads, 1)
		adamw.Step(params, grads, schedule.LR(step))
	}
	fmt.Printf("w = %.2f, b = %.2f\n", params[0], params[1])
	// Output: w = 3.00, b = -1.00
}
