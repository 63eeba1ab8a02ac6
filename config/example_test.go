package config_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/nn"
)

const listing = `
name: listings
data: {path: listings.csv}
inputs:
  photo: {type: image, column: photo, size: 64}
  title: {type: text, column: title, encoder: ngrams}
fusion: score_average
output: {type: multiclass, column: category}
`

func Example() {
	c, err := config.Parse("train.yaml", []byte(listing), config.Builtin(), "training.epochs=3")
	if err != nil {
		panic(err)
	}
	for _, in := range c.Inputs {
		fmt.Println(in.Name, in.Type)
	}
	fmt.Println(c.Fusion.Type, c.Training.Epochs, c.Training.Optimizer.Type)

	_, err = config.Parse("train.yaml", []byte(listing+"optimizer: adamw\nfusoin: concat\n"), config.Builtin(), "training.epochs=0")
	fmt.Println(err)
	// Output:
	// photo image
	// title text
	// score_average 3 adamw
	// train.yaml:9:1: unknown key "optimizer", did you mean training.optimizer?
	// train.yaml:10:1: unknown key "fusoin", did you mean "fusion"?
	// --set training.epochs=0: training.epochs: must be at least 1, is 0
}

// A config made in Go has the defaults that a file has, and is checked as one.
func ExampleNew() {
	listing := func(c *config.Config) {
		c.Name, c.Data.Path = "listings", "listings.csv"
		c.Inputs = []config.Input{
			config.NewInput("title", func(o *text.Common) { o.Column = "title" }, config.NewEncoder[encoders.NGramsConfig](nil)),
			config.NewInput("facts", func(o *tabular.Options) { o.Numeric = []string{"price"} }),
		}
		c.Fusion = config.NewFusion(func(o *fusion.GatedConfig) { o.Dim = 32 })
		c.Output = config.NewOutput(func(o *config.MulticlassOutput) { o.Column = "category" })
	}
	c, err := config.New(config.Builtin(), listing)
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Fusion.Type, c.Training.Epochs, c.Training.Optimizer.Type)

	_, err = config.New(config.Builtin(), func(c *config.Config) {
		listing(c)
		c.Inputs[1] = config.NewInput[tabular.Options]("facts", nil)
		c.Training.Epochs = 0
	})
	fmt.Println(err)
	// Output:
	// gated 20 adamw
	// config: inputs.facts.numeric: name at least one numeric or categorical column, or one of dates
	// config: training.epochs: must be at least 1, is 0
}

// An encoder of one's own is registered with its constructor; its options are
// those of the constructor's config struct.
func ExampleAddEncoder() {
	type options struct {
		// Width of the vector.
		Dim int `yaml:"dim" default:"64" validate:"min=1"`
	}
	construct := func(s *nn.Scope, in encoders.Input, o options) (*flatten, error) {
		return newFlatten(s, in, flattenConfig(o))
	}
	reg := config.Builtin()
	if err := config.AddEncoder(reg, config.Image, "flat", "pixels through one matrix", construct); err != nil {
		panic(err)
	}
	_, err := config.Parse("train.yaml", []byte(listing), reg, "inputs.photo.encoder={type: flat, dim: wide}")
	fmt.Println(err)
	// Output:
	// --set inputs.photo.encoder={type: flat, dim: wide}: inputs.photo.encoder.dim: expected a whole number, found text "wide"
}
