package fit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

// pumps is a table of made-up pumps: those of two makers wear out under different
// loads.
func pumps(rows int) *data.Table {
	var pressure, flow, maker, state []string
	for i := range rows {
		p, f := i%10, i/10%10
		m, worn := "Aske", p > 5
		if i%3 == 0 {
			m, worn = "Embla", p < 3
		}
		s := "fine"
		if worn {
			s = "worn"
		}
		pressure, flow = append(pressure, fmt.Sprint(p)), append(flow, fmt.Sprint(f))
		maker, state = append(maker, m), append(state, s)
	}
	t, err := data.NewTable("pumps", data.Strings("pressure", pressure...), data.Strings("flow", flow...),
		data.Strings("maker", maker...), data.Strings("state", state...))
	check(err)
	return t
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A model of two inputs that attend to each other, trained, saved, and asked.
func ExampleTable() {
	ctx := context.Background()
	m, err := fit.Table(ctx, pumps(600), func(c *config.Config) {
		c.Inputs = []config.Input{
			config.NewInput("load", func(o *tabular.Options) { o.Numeric = []string{"pressure", "flow"} }),
			config.NewInput("unit", func(o *tabular.Options) { o.Categorical = []string{"maker"} }),
		}
		c.Fusion = config.NewFusion(func(o *fusion.CrossAttentionConfig) { o.Dim = 32 })
		c.Output = config.NewOutput(func(o *config.BinaryOutput) { o.Column = "state" })
	}, fit.Options{})
	check(err)

	dir, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(dir)
	check(m.Save(ctx, filepath.Join(dir, "pumps")))

	answers, err := m.Predict(ctx,
		infer.Row{"pressure": 8, "flow": 3, "maker": "Aske"},
		infer.Row{"pressure": 8, "flow": 3, "maker": "Embla"})
	check(err)
	fmt.Println(answers[0].Value, answers[1].Value)
	// Output: worn fine
}

const pumpsYAML = `
name: pumps
data: {path: pumps.csv}
inputs: {load: {type: tabular, numeric: [pressure, flow], categorical: [maker]}}
output: {type: binary, column: state}
training: {epochs: 3}
`

// A config file and its table into a folder that predicts: what train does, without
// a run folder.
func ExampleConfig() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(dir)
	check(os.WriteFile(filepath.Join(dir, "train.yaml"), []byte(pumpsYAML), 0o644))
	check(os.WriteFile(filepath.Join(dir, "pumps.csv"), csv(pumps(200)), 0o644))

	c, err := config.Load(filepath.Join(dir, "train.yaml"), config.Builtin())
	check(err)
	m, err := fit.Config(ctx, c, fit.Options{})
	check(err)
	check(m.Save(ctx, filepath.Join(dir, "model")))

	service, err := infer.Load(ctx, filepath.Join(dir, "model"), infer.Options{})
	check(err)
	fmt.Println(m.Result.BestEpoch, service.Labels())
	// Output: 3 [fine worn]
}

func csv(t *data.Table) []byte {
	text := "pressure,flow,maker,state\n"
	for i := range t.Len() {
		for k, c := range t.Columns {
			if k > 0 {
				text += ","
			}
			text += c.Cell(i).Text
		}
		text += "\n"
	}
	return []byte(text)
}

// What is read may be looked at before a model is made of it.
func ExampleRead() {
	ctx := context.Background()
	c, err := config.Parse("train.yaml", []byte(pumpsYAML), config.Builtin())
	check(err)
	rows, err := fit.Read(ctx, c, fit.Rows{Table: pumps(200)})
	check(err)
	defer rows.Close()
	fmt.Println(len(rows.Splits.Train), len(rows.Splits.Validation), len(rows.Splits.Test))

	t, err := fit.New(ctx, c, rows)
	check(err)
	fmt.Println(len(t.Bundle.Model.Weights()), "weights")
	m, err := t.Run(ctx, fit.Options{})
	check(err)
	fmt.Println(len(m.Result.History), "epochs")
	// Output:
	// 160 19 21
	// 2609 weights
	// 3 epochs
}
