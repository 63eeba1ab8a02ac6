package infer_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// count is the rows of the sample's table.
const count = 30

// trained is the sample's model in a folder, and what evaluation says of the
// table's rows: (count, Size), computed one batch after the other.
func trained(t testing.TB, yaml string) (dir string, want []float32, b *bundle.Bundle) {
	t.Helper()
	return trainedOn(t, yaml, sample.Table(count))
}

// whole is the sample's table with every empty cell filled in.
func whole() *data.Table {
	table := sample.Table(count)
	for _, c := range table.Columns {
		cells := c.Cells()
		for i := range cells {
			if cells[i].Missing() {
				cells[i] = cells[0]
			}
		}
		*c = *data.NewColumn(c.Name, cells...)
	}
	return table
}

func trainedOn(t testing.TB, yaml string, table *data.Table) (dir string, want []float32, b *bundle.Bundle) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	c, err := config.Parse("config.yaml", []byte(yaml), config.Builtin())
	must(err)
	b = &bundle.Bundle{Config: c}
	b.Inputs, err = c.NewInputs(sample.Source(sample.Images()))
	must(err)
	b.Target, err = c.NewTarget()
	must(err)
	splits, err := c.Data.Split.Split(table, c.Seed)
	must(err)
	must(data.Fit(ctx, table, splits, b.Inputs, b.Target, nil))
	b.Model, err = c.NewModel(b.Inputs, b.Target, len(splits.Train))
	must(err)
	dir = filepath.Join(t.TempDir(), "model")
	must(b.Save(ctx, dir, 5))
	d, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: c.Data.AllowsLacking()})
	must(err)
	all := make([]int, count)
	for i := range all {
		all[i] = i
	}
	want, err = trainer.Predict(ctx, b.Model, d, all, trainer.EvalOptions{BatchSize: 7})
	must(err)
	return dir, want, b
}

func load(t testing.TB, dir string, o infer.Options) *infer.Model {
	t.Helper()
	m, err := infer.Load(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sampleRows are the table's rows as values: files for pictures, no entry for
// every other empty cell, nil for the rest.
func sampleRows() []infer.Row {
	images := sample.Images()
	var rows []infer.Row
	for i, cells := range sample.Rows(count) {
		row := infer.Row{}
		for j, name := range []string{sample.Picture, sample.Caption, sample.Width, sample.Height, sample.Maker} {
			switch cell := cells[j]; {
			case cell == "" && i%2 == 0:
			case cell == "":
				row[name] = nil
			case name == sample.Picture:
				row[name] = images[cell]
			default:
				row[name] = cell
			}
		}
		rows = append(rows, row)
	}
	return rows
}
