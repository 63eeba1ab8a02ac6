package ablation_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

const rows = 40

// subject is a model of the sample's table, and what it was fitted to.
type subject struct {
	model  *model.Model
	inputs []data.Input
	target data.Target
	table  *data.Table
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSubject(t testing.TB, yaml string) *subject {
	t.Helper()
	ctx := context.Background()
	c := must(config.Parse("sample.yaml", []byte(yaml), config.Builtin()))
	s := &subject{table: sample.Table(rows)}
	s.inputs, s.target = must(c.NewInputs(sample.Source(sample.Images()))), must(c.NewTarget())
	splits := must(c.Data.Split.Split(s.table, 1))
	if err := data.Fit(ctx, s.table, splits, s.inputs, s.target, nil); err != nil {
		t.Fatal(err)
	}
	s.model = must(c.NewModel(s.inputs, s.target, len(splits.Train)))
	return s
}

// dataset is the table, or a changed one.
func (s *subject) dataset(table *data.Table) *data.Dataset {
	return must(data.NewDataset(table, s.inputs, s.target, data.DatasetOptions{MissingAll: true}))
}

func (s *subject) study(t testing.TB, rows []int, o ablation.Options) *ablation.Study {
	t.Helper()
	study, err := ablation.New(context.Background(), s.model, s.dataset(s.table), rows, o)
	if err != nil {
		t.Fatal(err)
	}
	return study
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// columns of each input.
var columns = map[string][]string{"picture": {sample.Picture}, "caption": {sample.Caption}, "facts": {sample.Width, sample.Height, sample.Maker}}

// without is the table with nothing in the columns of all inputs but some.
func without(keep []string) *data.Table {
	t := sample.Table(rows)
	for input, names := range columns {
		if slices.Contains(keep, input) {
			continue
		}
		for _, name := range names {
			*must(t.Column(name)) = *data.Strings(name, make([]string, t.Len())...)
		}
	}
	return t
}

var outputs = []string{
	"{type: multiclass, column: kind}", "{type: binary, column: pass}", "{type: multilabel, column: tags}",
	"{type: regression, column: price}", "{type: regression, column: price, loss: huber}", "{type: regression, column: price, loss: l1}",
}

func sampleConfig(output, fusion string) string {
	c := sample.Default()
	if c.Output = output; fusion != "" {
		c.Fusion = fusion
	}
	return c.YAML()
}

// The figures of a subset are those of a table in which the other inputs'
// cells are empty, with the prior for rows that have nothing else.
func TestSubsetsAreTablesWithEmptyCells(t *testing.T) {
	for _, output := range outputs {
		s := newSubject(t, sampleConfig(output, ""))
		m := must(s.study(t, upTo(rows), ablation.Options{}).Missing(context.Background()))
		if len(m.Subsets) != 7 || len(m.Subsets[0].Present) != 3 || len(m.Subsets[6].Present) != 1 {
			t.Fatalf("%s: subsets %v", output, m.Subsets)
		}
		for _, subset := range m.Subsets {
			d := s.dataset(without(subset.Present))
			e := must(trainer.Evaluate(context.Background(), s.model, d, upTo(rows), trainer.EvalOptions{}))
			for i, v := range e.Values {
				if got := subset.Values[i].Value; math.Abs(got-v.Value) > 1e-6*(1+math.Abs(v.Value)) {
					t.Errorf("%s, %v: %s is %v, of the emptied table %v", output, subset.Present, v.Name, got, v.Value)
				}
			}
			have := 0
			for i := range rows {
				if !d.Lacks(i) {
					have++
				}
			}
			if have != subset.Rows {
				t.Errorf("%s, %v: %d rows have any of them, counted %d", output, subset.Present, have, subset.Rows)
			}
		}
	}
}

// Curves begin with all that there is, and fall apart where a row would lose
// its last input.
func TestCurves(t *testing.T) {
	s := newSubject(t, sampleConfig(outputs[0], ""))
	m := must(s.study(t, upTo(rows), ablation.Options{Metric: "loss"}).Missing(context.Background()))
	if len(m.Curves) != 4 {
		t.Fatalf("%d curves of 3 inputs", len(m.Curves))
	}
	whole, _ := m.Subsets[0].Values.Get("loss")
	for i, c := range m.Curves {
		if want := map[bool]int{true: 3, false: 1}[i == 3]; len(c.Dropped) != want || len(c.Points) != 10 {
			t.Fatalf("curve %d drops %v in %d points", i, c.Dropped, len(c.Points))
		}
		if p := c.Points[0]; float64(p.Mean) != whole || p.Low != p.High || p.Lost != 0 {
			t.Errorf("%v begins with %v, all inputs give %v", c.Dropped, p, whole)
		}
		for j, p := range c.Points[1:] {
			if p.Low > p.Mean || p.Mean > p.High || p.Lost <= c.Points[j].Lost || float64(p.Lost) > p.Rate+0.5/30 {
				t.Errorf("%v: %+v", c.Dropped, p)
			}
		}
		if last := c.Points[9]; last.Low == last.High || math.Abs(float64(last.Mean)-whole) < 1e-4 {
			t.Errorf("%v: without nine tenths of the rows' inputs the loss is %v, with all %v", c.Dropped, last, whole)
		}
	}
	if lost := float64(m.Curves[3].Points[9].Lost); lost > 2./3+0.01 {
		t.Errorf("%v of all cells are lost, though a row keeps one of three", lost)
	}
}

// Shapley values are the mean over all orders of what an input adds, and add up
// to what all inputs gain.
func TestShapleyByItsDefinition(t *testing.T) {
	for _, metric := range []string{"accuracy", "loss"} {
		s := newSubject(t, sampleConfig(outputs[0], "{type: score_average}"))
		study := s.study(t, upTo(rows), ablation.Options{Metric: metric})
		m, imp := must(study.Missing(context.Background())), must(study.Importance(context.Background()))
		sign := map[string]float64{"accuracy": 1, "loss": -1}[metric]
		value := map[string]float64{"[]": float64(imp.Prior)}
		for _, subset := range m.Subsets {
			value[fmt.Sprint(subset.Present)], _ = subset.Values.Get(metric)
		}
		names := []string{"picture", "caption", "facts"}
		of := func(set map[string]bool) float64 {
			present := []string{}
			for _, n := range names {
				if set[n] {
					present = append(present, n)
				}
			}
			return value[fmt.Sprint(present)]
		}
		want, sum := map[string]float64{}, 0.0
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			set := map[string]bool{}
			for _, k := range order {
				before := of(set)
				set[names[k]] = true
				want[names[k]] += sign * (of(set) - before) / 6
			}
		}
		for _, in := range imp.Inputs {
			sum += float64(*in.Shapley)
			if math.Abs(float64(*in.Shapley)-want[in.Name]) > 1e-12 {
				t.Errorf("%s: Shapley value of %s is %v, want %v", metric, in.Name, *in.Shapley, want[in.Name])
			}
			alone := sign * (value["["+in.Name+"]"] - value["[]"])
			if float64(in.Alone) != alone {
				t.Errorf("%s: %s alone gains %v, want %v", metric, in.Name, in.Alone, alone)
			}
		}
		if gain := sign * float64(imp.Score-imp.Prior); math.Abs(sum-gain) > 1e-12 || gain == 0 {
			t.Errorf("%s: Shapley values add up to %v, all inputs gain %v", metric, sum, gain)
		}
		if len(imp.Shares) != 3 || imp.Shares[0].Mean < 0.3 || imp.Shares[0].Mean > 0.6 {
			t.Errorf("shares %v of an average", imp.Shares)
		}
	}
}

// Permuting what is the same in every row, or of rows that lack it, loses
// nothing; permuting what differs changes the loss.
func TestPermuting(t *testing.T) {
	s := newSubject(t, sampleConfig(outputs[0], ""))
	s.table = sample.Table(rows)
	*must(s.table.Column(sample.Caption)) = *data.Strings(sample.Caption, slices.Repeat([]string{"old boat"}, rows)...)
	*must(s.table.Column(sample.Picture)) = *data.Strings(sample.Picture, make([]string, s.table.Len())...)
	imp := must(s.study(t, upTo(rows), ablation.Options{Metric: "loss"}).Importance(context.Background()))
	for i, rows := range []int{0, rows, rows} {
		in := imp.Inputs[i]
		if same := i < 2; in.Rows > rows || (in.Permuted == 0 && in.PermutedStd == 0) != same {
			t.Errorf("%+v", in)
		}
	}
}

// The order of rows and the number of workers change nothing.
func TestStudyDependsOnRowsAlone(t *testing.T) {
	s := newSubject(t, sampleConfig(outputs[0], ""))
	reversed := upTo(rows)
	slices.Reverse(reversed)
	told := func(rows []int, o ablation.Options) string {
		study := s.study(t, rows, o)
		m := must(study.Missing(context.Background()))
		for i := range m.Subsets {
			m.Subsets[i].Values = nil // the loss is a sum over rows in their order
		}
		return fmt.Sprint(m)
	}
	first := told(upTo(rows), ablation.Options{Seed: 3})
	if second := told(reversed, ablation.Options{Seed: 3, Workers: 3}); first != second {
		t.Errorf("%s\nand in another order\n%s", first, second)
	}
	if other := told(upTo(rows), ablation.Options{Seed: 4}); first == other {
		t.Error("another seed draws the same rows")
	}
}

// Beyond six inputs only some subsets are measured, and no Shapley values. The
// runs are as many as announced at most.
func TestManyInputs(t *testing.T) {
	for n, subsets := range map[int]int{6: 63, 7: 15} {
		yaml := "name: many\ndata: {path: data.csv, split: {column: split}}\ninputs:\n"
		for i := range n {
			yaml += fmt.Sprintf("  facts%d: {type: tabular, numeric: [width, height], missing: mean, encoder: {type: mlp, hidden: [2]}}\n", i)
		}
		s := newSubject(t, yaml+"fusion: {type: score_average}\noutput: {type: binary, column: pass}\n")
		done := 0
		study := s.study(t, upTo(rows), ablation.Options{Rows: 16, Progress: func(n int) { done = n }})
		m, imp := must(study.Missing(context.Background())), must(study.Importance(context.Background()))
		if len(m.Subsets) != subsets || (imp.Inputs[0].Shapley == nil) != (n > ablation.MostInputs) || len(m.Curves) != n+1 {
			t.Errorf("%d inputs: %d subsets, want %d, Shapley value %v", n, len(m.Subsets), subsets, imp.Inputs[0].Shapley)
		}
		if m.Rows != 16 || done < 16*(subsets-1) || done > 16*ablation.Runs(n) {
			t.Errorf("%d inputs: %d runs of %d rows, announced %d", n, done, m.Rows, 16*ablation.Runs(n))
		}
	}
}

func TestImpossibleStudies(t *testing.T) {
	s := newSubject(t, sampleConfig(outputs[0], ""))
	alone := newSubject(t, "name: alone\ndata: {path: data.csv, split: {column: split}}\ninputs:\n  facts: {type: tabular, numeric: [width], missing: mean, encoder: {type: mlp}}\noutput: {type: binary, column: pass}\n")
	for name, c := range map[string]struct {
		subject *subject
		rows    []int
		metric  string
		want    string
	}{
		"one input": {alone, upTo(rows), "", "the model has 1 input; its inputs can be compared if there are 2 to 64"},
		"no rows":   {s, nil, "", "there are no rows to measure the model on"},
		"metric":    {s, upTo(rows), "acuracy", `there is no metric "acuracy", did you mean "accuracy"?`},
	} {
		_, err := ablation.New(context.Background(), c.subject.model, c.subject.dataset(c.subject.table), c.rows, ablation.Options{Metric: c.metric})
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
