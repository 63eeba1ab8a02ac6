package fit_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
)

// Heads of several outputs begin from those of the same names, label by label, or from
// what init_from.map names.
func TestOutputsBeginFromOthers(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	train := func(yaml string) *fit.Model {
		t.Helper()
		c, err := config.Parse(filepath.Join(dir, "two.yaml"), []byte(yaml), config.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		m, err := fit.Config(ctx, c, fit.Options{Rows: fit.Rows{Table: two(t)}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	weights := func(m *fit.Model, name string) []float32 {
		for _, p := range m.Bundle.Model.Params() {
			if p.Name == name {
				return slices.Clone(p.Data)
			}
		}
		t.Fatalf("there is no %s", name)
		return nil
	}
	first := train(twoOutputs)
	if err := first.Save(ctx, filepath.Join(dir, "first")); err != nil {
		t.Fatal(err)
	}
	frozen := func(yaml, from string) string {
		yaml = strings.Replace(yaml, "column: y, weight: 0.5}", "column: y, freeze: true}", 1)
		yaml = strings.Replace(yaml, "column: side}", "column: side, freeze: true}", 1)
		return strings.Replace(yaml, "training: {epochs: 4", "training: {init_from: {path: first"+from+"}, epochs: 1", 1)
	}
	same := train(frozen(twoOutputs, ""))
	for _, name := range []string{"head.height.weight", "head.side.bias"} {
		if !slices.Equal(weights(same, name), weights(first, name)) || !slices.Contains(same.Began.Taken, name) {
			t.Errorf("%s is not that of the source: %+v", name, same.Began)
		}
	}
	// One output by another name, and one of another kind under a name that is there.
	yaml := strings.Replace(twoOutputs, "height: {type: regression, column: y, weight: 0.5}", "tall: {type: regression, column: y, freeze: true}", 1)
	yaml = strings.Replace(yaml, "validation.height.mae", "validation.tall.mae", 1)
	yaml = strings.Replace(yaml, "training: {epochs: 4", "training: {init_from: {path: first, map: {head.tall: head.height}}, epochs: 1", 1)
	mapped := train(yaml)
	if !slices.Equal(weights(mapped, "head.tall.weight"), weights(first, "head.height.weight")) {
		t.Errorf("head.tall does not begin from head.height: %+v", mapped.Began)
	}
	yaml = strings.Replace(twoOutputs, "side: {type: binary, column: side}", "other: {type: binary, column: side}", 1)
	yaml = strings.Replace(yaml, "training: {epochs: 4", "training: {init_from: {path: first, map: {head.other: head.height}}, epochs: 1", 1)
	if a := fmt.Sprint(train(yaml).Began.Random); !strings.Contains(a, "it answers by binary, in the source by regression") {
		t.Errorf("random: %s", a)
	}
	// A model of one output begins from one of several.
	one := strings.Replace(twoOutputs, "outputs:\n  height: {type: regression, column: y, weight: 0.5}\n  side: {type: binary, column: side}\n", "output: {type: binary, column: side, freeze: true}\n", 1)
	one = strings.Replace(one, "monitor: validation.height.mae", "monitor: validation.loss", 1)
	one = strings.Replace(one, "training: {epochs: 4", "training: {init_from: {path: first, map: {head: head.side}}, epochs: 1", 1)
	c, err := config.Parse(filepath.Join(dir, "two.yaml"), []byte(one), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	table := two(t)
	column, err := table.Column("side")
	if err != nil {
		t.Fatal(err)
	}
	cells := column.Cells()
	for i := range cells {
		if cells[i].Missing() {
			cells[i] = cells[0]
		}
	}
	*column = *data.NewColumn(column.Name, cells...)
	m, err := fit.Config(ctx, c, fit.Options{Rows: fit.Rows{Table: table}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(weights(m, "head.weight"), weights(first, "head.side.weight")) {
		t.Errorf("head does not begin from head.side: %+v", m.Began)
	}
}
