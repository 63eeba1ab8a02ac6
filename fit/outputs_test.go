package fit_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/trainer"
)

const twoOutputs = `
name: two
data: {path: two.csv}
inputs: {facts: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [8]}}}
outputs:
  height: {type: regression, column: y, weight: 0.5}
  side: {type: binary, column: side}
training: {epochs: 4, batch_size: 16, monitor: validation.height.mae, optimizer: {type: adamw, learning_rate: 0.02}}
`

// two is a table in which y is 3x - 1, missing in every third row, and a side, missing
// in every fifth of those that have a y.
func two(t *testing.T, none ...int) *data.Table {
	t.Helper()
	var x, y, side []string
	for i := range 120 {
		x, y, side = append(x, fmt.Sprint(i%11)), append(y, fmt.Sprint(3*(i%11)-1)), append(side, []string{"low", "high"}[i%11/6])
		if i%3 == 0 {
			y[i] = ""
		} else if i%5 == 0 {
			side[i] = ""
		}
	}
	for _, i := range none {
		y[i], side[i] = "", ""
	}
	table, err := data.NewTable("two.csv", data.Strings("x", x...), data.Strings("y", y...), data.Strings("side", side...))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func readTwo(t *testing.T, table *data.Table) (*config.Config, *fit.Data, error) {
	t.Helper()
	c, err := config.Parse("two.yaml", []byte(twoOutputs), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	d, err := fit.Read(context.Background(), c, fit.Rows{Table: table})
	return c, d, err
}

// One model learns and gives several answers, each of the rows that have it; figures are
// named by the output, and what is saved answers alike.
func TestSeveralOutputs(t *testing.T) {
	ctx := context.Background()
	c, d, err := readTwo(t, two(t))
	if err != nil {
		t.Fatal(err)
	}
	training, err := fit.New(ctx, c, d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := training.Trainer.Run(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	first, last := r.History[0], r.History[len(r.History)-1]
	for _, name := range []string{"loss", "loss.height", "loss.side"} {
		before, ok := first.Train.Get(name)
		after, _ := last.Train.Get(name)
		if !ok || !(after < before) {
			t.Errorf("train %s went from %v to %v", name, before, after)
		}
	}
	whole, _ := last.Train.Get("loss")
	height, _ := last.Train.Get("loss.height")
	side, _ := last.Train.Get("loss.side")
	if math.Abs(whole-(0.5*height+side)) > 1e-5 {
		t.Errorf("the loss is %v, of %v and %v", whole, height, side)
	}
	b := training.Bundle
	e, err := trainer.Evaluate(ctx, b.Model, d.Dataset, d.Splits.Validation, trainer.EvalOptions{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	sum, n, right, labelled := 0.0, 0, 0, 0
	targets := data.TargetsOf(d.Target)
	for i, row := range d.Splits.Validation {
		answers := b.Answers(e.Predictions[2*i : 2*i+2])
		if truth, ok := targets[0].Truth(d.Table, row).(float64); ok {
			sum, n = sum+math.Abs(answers[0].Value.(float64)-truth), n+1
		}
		if truth := targets[1].Truth(d.Table, row); truth != nil {
			if labelled++; truth == answers[1].Value {
				right++
			}
		}
	}
	mae, _ := e.Values.Get("height.mae")
	accuracy, _ := e.Values.Get("side.accuracy")
	if n == 0 || n == len(d.Splits.Validation) || math.Abs(mae-sum/float64(n)) > 1e-9 || accuracy != float64(right)/float64(labelled) {
		t.Errorf("mae %v of %d rows, accuracy %v; by hand %v and %v", mae, n, accuracy, sum/float64(n), float64(right)/float64(labelled))
	}
	joint, _ := e.Values.Get("loss")
	own, _ := e.Values.Get("height.loss")
	other, _ := e.Values.Get("side.loss")
	if math.Abs(joint-(0.5*own+other)) > 1e-12 {
		t.Errorf("validation loss %v of %v and %v", joint, own, other)
	}
	dir := t.TempDir()
	if err := b.Save(ctx, dir, 1); err != nil {
		t.Fatal(err)
	}
	again, err := bundle.Load(ctx, dir, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	scores := e.Predictions[:2]
	if a, z := fmt.Sprint(b.Answers(scores)), fmt.Sprint(again.Answers(scores)); a != z || !strings.Contains(a, "height") {
		t.Errorf("answers %s, loaded %s", a, z)
	}
	same, err := trainer.Evaluate(ctx, again.Model, d.Dataset, d.Splits.Validation, trainer.EvalOptions{Keep: true})
	if err != nil || !slices.Equal(same.Predictions, e.Predictions) {
		t.Errorf("the loaded model predicts otherwise (%v)", err)
	}
}

// Evaluation does not depend on how rows fall into batches, though answers are missing.
func TestSeveralOutputsInAnyBatches(t *testing.T) {
	ctx := context.Background()
	c, d, err := readTwo(t, two(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.NewModel(d.Inputs, d.Target, d.Fitted)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, size := range []int{1, 7, 64} {
		e, err := trainer.Evaluate(ctx, m, d.Dataset, d.Splits.Train, trainer.EvalOptions{BatchSize: size})
		if err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		for _, v := range e.Values {
			fmt.Fprintf(&s, "%s %.6f ", v.Name, v.Value)
		}
		all = append(all, s.String())
	}
	if all[0] != all[1] || all[1] != all[2] {
		t.Errorf("figures depend on batches:\n%s", strings.Join(all, "\n"))
	}
}

// A row without any answer is an error with its place.
func TestRowWithoutAnyAnswer(t *testing.T) {
	if _, _, err := readTwo(t, two(t, 7)); err == nil || !strings.Contains(err.Error(), "row 8: the row has no answer for any of the outputs") {
		t.Error(err)
	}
}
