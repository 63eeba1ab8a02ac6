package metrics_test

import (
	"encoding/json"
	"fmt"

	"github.com/chiasm-ml/chiasm/metrics"
)

func Example() {
	m, err := metrics.NewClassification([]string{"cat", "dog", "owl", "yak"}, 3)
	if err != nil {
		panic(err)
	}
	m.Ranking = false // no areas under curves
	probabilities := []float32{
		0.7, 0.1, 0.1, 0.1, // a cat
		0.2, 0.5, 0.2, 0.1, // a dog
		0.4, 0.3, 0.2, 0.1, // a yak, taken for a cat
	}
	if err := m.Add(probabilities, []int{0, 1, 3}); err != nil {
		panic(err)
	}
	m.Loss.Add(1.1, 3)
	for _, v := range m.Values() {
		fmt.Printf("%s %.3f\n", v.Name, v.Value)
	}
	owl, err := json.Marshal(m.Result().Classes[2])
	if err != nil {
		panic(err)
	}
	fmt.Println(string(owl))
	// Output:
	// loss 1.100
	// accuracy 0.667
	// top_3_accuracy 0.667
	// macro_f1 0.556
	// calibration_error 0.400
	// {"label":"owl","precision":null,"recall":null,"f1":null,"support":0}
}
