package fit_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/trainer"
)

// ensemble is a config of three members that share inputs, on two columns that are
// sometimes empty.
func ensemble(output string) string {
	return `
name: pumps
data: {path: pumps.csv, missing_all: prior}
inputs:
  load: {type: tabular, numeric: [pressure, flow], missing: mask, encoder: {type: mlp, hidden: [6]}}
  unit: {type: tabular, categorical: [maker], missing: mask, encoder: {type: mlp, hidden: [4]}}
members:
  both: {votes: 3, fusion: {type: concat, of: [load, unit], hidden: [6]}}
  load: {of: [load], seed: 5, inputs: {load: {type: tabular, numeric: [pressure, flow], missing: mask, encoder: {type: tabm, hidden: [6], members: 3}}}}
  late: {votes: 2, fusion: {type: score_average}, training: {epochs: 1}}
output: ` + output + `
training: {epochs: 2}
`
}

// holed are pumps of which rows lack either input, or both, with more answers.
func holed(t *testing.T) *data.Table {
	p := pumps(240)
	columns := map[string][]string{}
	for _, c := range p.Columns {
		for i := range p.Len() {
			text := c.Cell(i).Text
			if i%7 == 0 && (c.Name == "pressure" || c.Name == "flow") || i%5 == 0 && c.Name == "maker" {
				text = ""
			}
			columns[c.Name] = append(columns[c.Name], text)
		}
	}
	for i := range p.Len() {
		s := columns["state"][i]
		columns["tags"] = append(columns["tags"], []string{"a", "a|b", "b"}[i%3])
		columns["hours"] = append(columns["hours"], fmt.Sprint(i%10*3+len(s)))
		columns["grade"] = append(columns["grade"], []string{"low", "mid", "top"}[(i/10+len(s))%3])
	}
	var all []*data.Column
	for _, name := range []string{"pressure", "flow", "maker", "state", "tags", "hours", "grade"} {
		all = append(all, data.Strings(name, columns[name]...))
	}
	table, err := data.NewTable("pumps", all...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// What an ensemble predicts is the mean of what its members predict alone, by votes, over
// those that have an input in the row; saved, loaded, asked and explained it is the same.
func TestMembersAverage(t *testing.T) {
	for _, output := range []string{
		"{type: binary, column: state}", "{type: multiclass, column: grade}", "{type: multilabel, column: tags}", "{type: regression, column: hours}",
	} {
		t.Run(output, func(t *testing.T) {
			ctx := context.Background()
			c, err := config.Parse("pumps.yaml", []byte(ensemble(output)), config.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			d, err := fit.Read(ctx, c, fit.Rows{Table: holed(t)})
			if err != nil {
				t.Fatal(err)
			}
			train, err := fit.New(ctx, c, d)
			if err != nil {
				t.Fatal(err)
			}
			m, err := train.Run(ctx, fit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Parts) != 3 || m.Parts["late"].BestEpoch != 1 {
				t.Errorf("parts %v", m.Parts)
			}
			var rows []int
			for i := range d.Table.Len() {
				rows = append(rows, i)
			}
			got, err := trainer.Predict(ctx, m.Bundle.Model, d.Dataset, rows, trainer.EvalOptions{})
			if err != nil {
				t.Fatal(err)
			}
			mean(t, c, d, train, rows, got)
			again := reloaded(t, m)
			same, err := trainer.Predict(ctx, again.Model, d.Dataset, rows, trainer.EvalOptions{})
			if err != nil || fmt.Sprint(same) != fmt.Sprint(got) {
				t.Errorf("the loaded model predicts otherwise (%v)", err)
			}
			asked(t, again)
		})
	}
}

// mean compares predictions with the mean of the parts' own.
func mean(t *testing.T, c *config.Config, d *fit.Data, train *fit.Training, rows []int, got []float32) {
	t.Helper()
	size := len(got) / len(rows)
	sum, votes := make([]float64, len(got)), make([]float64, len(rows))
	for k, p := range train.Parts {
		own, err := trainer.Predict(context.Background(), p.Bundle.Model, p.Data.Dataset, rows, trainer.EvalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if p.Data.Dataset.Lacks(row) {
				continue
			}
			votes[i] += float64(c.Members[k].Votes)
			for j := i * size; j < (i+1)*size; j++ {
				sum[j] += float64(c.Members[k].Votes) * float64(own[j])
			}
		}
	}
	some := 0
	for j := range got {
		v := votes[j/size]
		if v == 0 {
			continue // the prior speaks
		}
		if v < 6 {
			some++
		}
		if want := sum[j] / v; math.Abs(float64(got[j])-want) > 2e-6*(1+math.Abs(want)) {
			t.Fatalf("prediction %d is %v, the mean of the members %v", j, got[j], want)
		}
	}
	if some == 0 {
		t.Error("no row lacks a member")
	}
}

func reloaded(t *testing.T, m *fit.Model) *bundle.Bundle {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := m.Save(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Load(context.Background(), dir, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// asked asks and explains an ensemble: no column twice, and attributions of the inputs.
func asked(t *testing.T, b *bundle.Bundle) {
	t.Helper()
	ctx := context.Background()
	m, err := infer.New(b, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	about := m.Describe()
	if len(about.Inputs) != 2 || about.Inputs[0].Encoder != "mlp, tabm" || !strings.HasPrefix(about.Fusion, "mean of 3 × concat(load, unit), 1 × load") {
		t.Errorf("described as %+v", about)
	}
	row := infer.Row{"pressure": 8, "flow": 3, "maker": "Aske"}
	if _, err := m.Predict(ctx, []infer.Row{row, {"maker": "Embla"}, {}}); err != nil {
		t.Error(err)
	}
	table, err := m.Table([]infer.Row{row})
	if err != nil {
		t.Fatal(err)
	}
	r, err := explain.Read(table, 0, b.Inputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := explain.New(b.Model, b.Inputs, b.Target, explain.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := e.Explain(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Contributions.Inputs) != 2 || len(x.Attributions) == 0 || math.Abs(x.Completeness.Gap) > 0.02 {
		t.Errorf("explained by %+v, %+v", x.Contributions, x.Completeness)
	}
}
