package export_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// made is a model as it begins, of the sample's table.
func made(c sample.Config, reg *config.Registry) (*bundle.Bundle, error) {
	return parsed(c.YAML(), reg)
}

func parsed(yaml string, reg *config.Registry) (*bundle.Bundle, error) {
	c, err := config.Parse("config.yaml", []byte(yaml), reg)
	if err != nil {
		return nil, err
	}
	b, table := &bundle.Bundle{Config: c}, sample.Table(30)
	if b.Inputs, err = c.NewInputs(sample.Source(sample.Images())); err != nil {
		return nil, err
	}
	if b.Target, err = c.NewTarget(); err != nil {
		return nil, err
	}
	splits, err := c.Data.Split.Split(table, c.Seed)
	if err != nil {
		return nil, err
	}
	if err := data.Fit(context.Background(), table, splits, b.Inputs, b.Target, nil); err != nil {
		return nil, err
	}
	b.Model, err = c.NewModel(b.Inputs, b.Target, len(splits.Train))
	return b, err
}

// A model becomes a graph whose inputs are raw, for any number of rows.
func Example() {
	b, err := made(sample.Default(), config.Builtin()) // or bundle.Load
	if err != nil {
		panic(err)
	}
	_, d, err := export.ONNX(b, []string{"pooled.fusion"})
	if err != nil {
		panic(err)
	}
	for _, in := range d.Inputs {
		for _, t := range in.Tensors {
			fmt.Println(t.Name, t.Type, t.Shape)
		}
	}
	for _, t := range d.Output.Tensors {
		fmt.Println(t.Name, t.Type, t.Shape)
	}
	// Output:
	// picture.pixels uint8 [N 4 5 1]
	// picture.present float32 [N 1]
	// caption.ids int64 [N 5]
	// caption.mask float32 [N 5]
	// caption.present float32 [N 1]
	// facts.numeric float64 [N 2]
	// facts.categories int64 [N 1]
	// facts.present float32 [N 1]
	// probabilities float32 [N 3]
	// logits float32 [N 3]
	// pooled.fusion float32 [N 6]
}
