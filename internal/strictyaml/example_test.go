package strictyaml_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

func Example() {
	type adamw struct {
		LearningRate float64 `yaml:"learning_rate" default:"0.001" validate:"gt=0"`
	}
	type optimizer struct {
		Type   string `yaml:"type"`
		Config any    `yaml:",inline" variant:"optimizer"`
	}
	type config struct {
		Epochs    int       `yaml:"epochs" default:"10" validate:"min=1"`
		Optimizer optimizer `yaml:"optimizer"`
	}
	optimizers := &strictyaml.Table{What: "optimizer", Default: "adamw"}
	if err := optimizers.Add(strictyaml.VariantOf[adamw]("adamw", "Adam with decoupled weight decay")); err != nil {
		panic(err)
	}
	load := func(src string, overrides ...string) (config, error) {
		var c config
		doc, err := strictyaml.Parse("train.yaml", []byte(src), overrides...)
		if err != nil {
			return c, err
		}
		return c, doc.Decode(&c, strictyaml.Tables{"optimizer": optimizers}).Err()
	}

	c, _ := load("optimizer: {learning_rate: 0.1}", "epochs=3")
	text, _ := strictyaml.Marshal(c)
	fmt.Print(string(text))

	_, err := load("epoch: 3\noptimizer: {type: adam, learning_rate: fast}")
	fmt.Println(err)
	// Output:
	// epochs: 3
	// optimizer:
	//   type: adamw
	//   learning_rate: 0.1
	// train.yaml:1:1: unknown key "epoch", did you mean "epochs"?
	// train.yaml:2:19: optimizer.type: unknown optimizer "adam", did you mean "adamw"? Known are adamw
}
