// Command table trains a model of a table, without a config file, and asks it.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

func main() {
	ctx := context.Background()
	table, err := data.ReadTable(ctx, "pumps.csv")
	if err != nil {
		log.Fatal(err)
	}
	m, err := fit.Table(ctx, table, func(c *config.Config) {
		c.Inputs = append(c.Inputs,
			config.NewInput("load", func(o *tabular.Options) { o.Numeric = []string{"pressure", "flow", "temperature"} }),
			config.NewInput("unit", func(o *tabular.Options) { o.Categorical = []string{"maker", "site"} }))
		c.Fusion = config.NewFusion(func(o *fusion.CrossAttentionConfig) { o.Dim = 32 })
		c.Output = config.NewOutput(func(o *config.BinaryOutput) { o.Column = "state" })
	}, fit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Save(ctx, "pumps.model"); err != nil {
		log.Fatal(err)
	}
	answers, err := m.Predict(ctx, infer.Row{"pressure": 8.1, "flow": 21, "temperature": 50, "maker": "Aske", "site": "north"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answers[0].Value, answers[0].Probabilities)
}
