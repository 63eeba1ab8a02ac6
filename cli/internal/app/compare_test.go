package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// compared is what compare.json holds.
type compared struct {
	compare.Result
	Seeds   int
	Skipped []struct{ Name, Reason string }
	Absent  []string
}

func (c *compared) row(t testing.TB, name string) compare.Row {
	t.Helper()
	i := slices.IndexFunc(c.Runs, func(r compare.Row) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("%s is not in the table %v", name, c.Runs)
	}
	return c.Runs[i]
}

// compareOptions are two short runs of each.
// instead is settings with others in the place of those of the same keys.
func instead(sets []string, others ...string) []string {
	key := func(set string) string { k, _, _ := strings.Cut(set, "="); return k }
	kept := slices.DeleteFunc(slices.Clone(sets), func(set string) bool {
		return slices.ContainsFunc(others, func(other string) bool { return key(other) == key(set) })
	})
	return append(kept, others...)
}

func compareOptions(w *workshop, sets ...string) app.CompareOptions {
	return app.CompareOptions{
		Config: w.at("train.yaml"), Output: w.at("compared"), Sets: instead([]string{"training.epochs=1"}, sets...),
		Fusions: []string{"concat,score_average"}, Seeds: 2, Pairs: "best", Jobs: 2,
	}
}

// run compares, and returns what was found, what was said and how it ended.
func runCompare(t testing.TB, ctx context.Context, o app.CompareOptions, hear func(line string)) (found compared, said string, err error) {
	t.Helper()
	var out bytes.Buffer
	errs := &ear{hear: hear}
	err = app.Compare(ctx, o, app.Streams{Out: &out, Err: errs, JSON: true})
	if err == nil {
		if jerr := json.Unmarshal(out.Bytes(), &found); jerr != nil {
			t.Fatalf("%v: %s", jerr, out.Bytes())
		}
		if file := read(t, filepath.Join(o.Output, "compare.json")); !bytes.Equal(file, out.Bytes()) {
			t.Errorf("compare.json is not what was printed")
		}
	}
	return found, errs.String(), err
}

func mustCompare(t testing.TB, o app.CompareOptions) (compared, string) {
	t.Helper()
	found, said, err := runCompare(t, context.Background(), o, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return found, said
}

// trained counts the runs that were made, by what was said.
func trained(said string) int { return strings.Count(said, " on validation, ") }

// timeless is a result without what clocks measured.
func timeless(c compared) string {
	for i := range c.Runs {
		c.Runs[i].TrainingSeconds, c.Runs[i].InferenceMicros = 0, 0
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // of plain structs
	}
	return string(b)
}

// The table has every input alone, the pairs with the best, and the fusions,
// the simplest first; what cannot be used is named with the reason. A second
// call trains nothing, and one with a fusion more trains that alone.
func TestCompare(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w)
	o.Fusions = []string{"concat,score_average", "film"}
	first, said := mustCompare(t, o)
	var names []string
	for _, r := range first.Runs {
		names = append(names, r.Kind+" "+r.Name)
		if r.Seeds != 2 || r.Parameters == 0 || r.TrainingSeconds <= 0 || r.InferenceMicros <= 0 || len(r.Without) != len(r.Inputs) && r.Kind != compare.Modality {
			t.Errorf("%+v", r)
		}
	}
	if len(names) != 7 || !slices.Equal(names[:3], []string{"modality picture", "modality caption", "modality facts"}) ||
		!slices.Equal(names[5:], []string{"fusion score_average", "fusion concat"}) {
		t.Errorf("%v", names)
	}
	best := first.Runs[first.BestModality].Name
	for _, r := range first.Runs[3:5] {
		if r.Kind != compare.Subset || !slices.Contains(r.Inputs, best) || len(r.Inputs) != 2 {
			t.Errorf("%+v is no pair with %s", r, best)
		}
	}
	if trained(said) != 14 || first.Missing != 0 || len(first.Absent) != 0 || first.Metric != "accuracy" || first.Rows != 6 || !strings.Contains(first.Verdict, "Use ") {
		t.Errorf("%d runs: %+v\n%s", trained(said), first, said)
	}
	if len(first.Skipped) != 1 || first.Skipped[0].Name != "film" || !strings.Contains(first.Skipped[0].Reason, "required key") || !strings.Contains(said, "skipped film: ") {
		t.Errorf("skipped %v", first.Skipped)
	}
	page := string(read(t, filepath.Join(o.Output, "compare.html")))
	if !strings.Contains(page, "<svg class=\"forest\"") || !strings.Contains(page, "score_average") {
		t.Error("the page lacks its drawing or its table")
	}
	again, said := mustCompare(t, o)
	if trained(said) != 0 || timeless(again) != timeless(first) {
		t.Errorf("a second call trains %d runs:\n%s\n%s", trained(said), timeless(again), timeless(first))
	}
	o.Fusions = append(o.Fusions, "concat{dim: 4, hidden: [3]}")
	more, said := mustCompare(t, o)
	if trained(said) != 2 || more.row(t, "concat{dim: 4, hidden: [3]}").Parameters >= more.row(t, "concat").Parameters || more.row(t, "concat").Parameters != again.row(t, "concat").Parameters {
		t.Errorf("one fusion more trains %d runs: %s", trained(said), said)
	}
	o.Metric, o.Pairs = "roc_auc", "none"
	if other, said := mustCompare(t, o); trained(said) != 0 || other.Metric != "roc_auc" {
		t.Errorf("another metric trains %d runs", trained(said))
	}
}

// Interrupted anywhere and called again, it ends as if it had not been: other
// numbers of runs beside each other, too, give the same.
func TestInterruptedComparison(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w)
	o.Pairs, o.Fusions = "none", []string{"concat,score_average{train: separate}"}
	whole, _ := mustCompare(t, o)
	if r := whole.row(t, "score_average{train: separate}"); r.TrainingSeconds <= 0 {
		t.Errorf("%+v", r)
	}
	o.Output = w.at("interrupted")
	for round, word := range []string{"picture, seed 7: accuracy", "facts, seed 8: accuracy", "score_average{train: separate}, seed 7: accuracy"} {
		ctx, cancel := context.WithCancel(context.Background())
		o.Jobs = 1 + round%2
		_, said, err := runCompare(t, ctx, o, func(line string) {
			if strings.Contains(line, word) {
				cancel()
			}
		})
		if !errors.Is(err, trainer.ErrInterrupted) || !strings.Contains(said, "the same command goes on") {
			t.Fatalf("at %q: %v: %s", word, err, said)
		}
	}
	got, said := mustCompare(t, o)
	for _, place := range []string{"*", "*/parts/*"} {
		if left, _ := filepath.Glob(filepath.Join(o.Output, "runs", place, "checkpoints")); len(left) > 0 {
			t.Errorf("checkpoints are left of complete runs: %v", left)
		}
	}
	if n := trained(said); n < 1 || n > 4 || timeless(got) != timeless(whole) {
		t.Errorf("%d runs after three interruptions\n%s\n%s", n, timeless(got), timeless(whole))
	}
}

// A run that was stopped inside goes on from its checkpoint.
func TestInterruptedRun(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w, "training.epochs=3")
	o.Seeds, o.Jobs, o.Fusions, o.Pairs = 1, 1, []string{"concat"}, "none"
	whole, _ := mustCompare(t, o)
	o.Output = w.at("interrupted")
	interrupted := func() (said string, err error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() { // as soon as there is a checkpoint of the first run
			for ctx.Err() == nil {
				if found, _ := filepath.Glob(filepath.Join(o.Output, "runs", "picture-*", "checkpoints", "step-*")); len(found) > 0 {
					cancel()
				}
			}
		}()
		_, said, err = runCompare(t, ctx, o, nil)
		return said, err
	}
	said, err := interrupted()
	for err == nil { // it was done before the checkpoint was seen
		if err := os.RemoveAll(o.Output); err != nil {
			t.Fatal(err)
		}
		said, err = interrupted()
	}
	if !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatalf("%v: %s", err, said)
	}
	if got, _ := mustCompare(t, o); timeless(got) != timeless(whole) {
		t.Errorf("%s\n%s", timeless(got), timeless(whole))
	}
}

// What depends on data that has changed is made again, and it is said.
func TestChangedData(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w)
	o.Seeds, o.Pairs = 1, "none"
	mustCompare(t, o)
	rows := sample.Rows(rows)
	rows[0][1] = "another caption"
	if err := os.WriteFile(w.at("data.csv"), sample.CSV(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, said := mustCompare(t, o); trained(said) != 3 || !strings.Contains(said, "not used: 3 runs there of other data") {
		t.Errorf("a caption changed, and %d runs are made: %s", trained(said), said)
	}
	picture := w.at("images/0.png")
	if err := os.WriteFile(picture, read(t, w.at("images/1.png")), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, said := mustCompare(t, o); trained(said) != 3 {
		t.Errorf("a picture changed, and %d runs are made: %s", trained(said), said)
	}
	o.Sets = append(o.Sets, "inputs.facts.encoder.hidden=[4]")
	if _, said := mustCompare(t, o); trained(said) != 3 || !strings.Contains(said, "of another config") {
		t.Errorf("an encoder changed, and %d runs are made: %s", trained(said), said)
	}
}

// A damaged run is trained again, and it is said.
func TestDamagedRun(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w)
	o.Seeds, o.Pairs = 1, "none"
	whole, _ := mustCompare(t, o)
	for i, name := range []string{"predictions.safetensors", "run.json"} {
		found, _ := filepath.Glob(filepath.Join(o.Output, "runs", []string{"concat", "facts"}[i]+"-*", name))
		if len(found) != 1 {
			t.Fatal(found)
		}
		if err := os.WriteFile(found[0], []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, said := mustCompare(t, o); trained(said) != 2 || strings.Count(said, "trained again") != 2 || timeless(got) != timeless(whole) {
		t.Errorf("%s", said)
	}
	// Predictions that are valid, and of another run.
	var found []string
	for _, run := range []string{"concat", "facts"} {
		f, _ := filepath.Glob(filepath.Join(o.Output, "runs", run+"-*", "predictions.safetensors"))
		found = append(found, f...)
	}
	if err := os.WriteFile(found[0], read(t, found[1]), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, said := mustCompare(t, o); trained(said) != 1 || strings.Count(said, "trained again") != 1 || timeless(got) != timeless(whole) {
		t.Errorf("%s", said)
	}
}

// When the budget is spent no run begins, those under way stop with a
// checkpoint, and what is missing is said; the next call goes on.
func TestBudget(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w, "training.epochs=400")
	o.Budget = 300 * time.Millisecond
	found, said := mustCompare(t, o)
	if found.Missing != 14 || len(found.Absent) == 0 || !strings.Contains(said, "stopped by the budget") || !strings.Contains(found.Verdict, "14 runs have not been executed") {
		t.Errorf("%+v: %s", found, said)
	}
	o.Sets, o.Budget = []string{"training.epochs=1"}, time.Hour
	if found, said := mustCompare(t, o); found.Missing != 0 || trained(said) != 14 {
		t.Errorf("%+v: %s", found, said)
	}
	o.Seeds, o.Budget = 3, time.Nanosecond
	found, said = mustCompare(t, o)
	if found.Missing != 7 || trained(said) != 0 || found.row(t, "concat").Seeds != 2 || !slices.Contains(found.Absent, "concat (seeds 9)") {
		t.Errorf("%+v: %s", found, said)
	}
}

// Seeds of one comparison share their split, whose rows a run's own model knows.
func TestComparisonKeepsTheSplit(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w, "data.split={train: 0.5, validation: 0.2, test: 0.3}")
	o.Pairs = "none"
	mustCompare(t, o)
	found, _ := filepath.Glob(filepath.Join(o.Output, "runs", "concat-seed8-*"))
	if len(found) != 1 {
		t.Fatal(found)
	}
	var record struct{ Test map[string]any }
	if err := json.Unmarshal(read(t, filepath.Join(found[0], "run.json")), &record); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := app.Evaluate(context.Background(), app.EvaluateOptions{SourceOptions: app.SourceOptions{Model: found[0], Data: w.at("data.csv")}, Split: "test"},
		app.Streams{Out: &out, Err: &bytes.Buffer{}, JSON: true})
	var measured struct {
		Rows    int
		Metrics map[string]any
	}
	if err != nil || json.Unmarshal(out.Bytes(), &measured) != nil || measured.Rows != 8 || fmt.Sprint(measured.Metrics) != fmt.Sprint(record.Test) {
		t.Errorf("evaluate: %v: %s\nand the comparison %v", err, out.Bytes(), record.Test)
	}
}

// Every type of output is compared by its own metric.
func TestCompareOutputs(t *testing.T) {
	for output, want := range map[string]string{
		"{type: binary, column: " + sample.Pass + "}":      "accuracy",
		"{type: multilabel, column: " + sample.Tags + "}":  "macro_f1",
		"{type: regression, column: " + sample.Price + "}": "mae",
	} {
		c := sample.Default()
		c.Output = output
		w := newWorkshop(t, c)
		o := compareOptions(w)
		o.Seeds, o.Fusions, o.Pairs = 1, []string{"score_average"}, "none"
		found, said := mustCompare(t, o)
		if found.Metric != want || len(found.Tests) == 0 || found.Lower != (want == "mae") {
			t.Errorf("%s: %+v: %s", output, found, said)
		}
		for _, r := range found.Runs {
			runs, _ := filepath.Glob(filepath.Join(o.Output, "runs", r.Name+"-*", "run.json"))
			var record struct{ Test map[string]float64 }
			if err := json.Unmarshal(read(t, runs[0]), &record); err != nil || fmt.Sprintf("%.5f", record.Test[want]) != fmt.Sprintf("%.5f", float64(r.Mean)) {
				t.Errorf("%s, %s: the run measured %v, the table has %v, %v", output, r.Name, record.Test[want], r.Mean, err)
			}
		}
	}
}

// The config's own fusion keeps its options, and its tree.
func TestCompareOwnFusion(t *testing.T) {
	c := sample.Default()
	c.Fusion = "{type: concat, dim: 3, hidden: [4], of: [{type: concat, dim: 2, hidden: [2], of: [picture, caption]}, facts]}"
	w := newWorkshop(t, c)
	o := compareOptions(w)
	o.Seeds, o.Pairs, o.Fusions = 1, "all", nil
	found, _ := mustCompare(t, o)
	own, flat := found.row(t, "config"), found.row(t, "concat")
	if own.Parameters == flat.Parameters || flat.Parameters > 2*own.Parameters {
		t.Errorf("the tree has %d parameters, flattened %d", own.Parameters, flat.Parameters)
	}
	for _, pair := range []string{"picture+caption", "picture+facts", "caption+facts"} {
		found.row(t, pair)
	}
	if found.Runs[found.SimplestFusion].Name != "score_average" {
		t.Errorf("the simplest is %s", found.Runs[found.SimplestFusion].Name)
	}
}

// A run whose numbers are none is named, and the others go on.
func TestDivergingRun(t *testing.T) {
	c := sample.Default()
	c.Optimizer, c.Schedule = "{type: sgd, learning_rate: 0.01, momentum: 0}", "{type: constant}"
	w := newWorkshop(t, c)
	o := compareOptions(w, "training.clip_norm=0", "training.optimizer.learning_rate=1e30")
	o.Seeds, o.Pairs = 1, "none"
	found, said := mustCompare(t, o)
	if len(found.Skipped) == 0 || !strings.Contains(said, "failed: ") || found.Missing == 0 {
		t.Errorf("%+v: %s", found, said)
	}
}

func TestCompareRefuses(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	if err := os.MkdirAll(w.at("full/of"), 0o755); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(o *app.CompareOptions){
		"--seeds is 0":                func(o *app.CompareOptions) { o.Seeds = 0 },
		"--jobs is -1":                func(o *app.CompareOptions) { o.Jobs = -1 },
		"--budget is -1s":             func(o *app.CompareOptions) { o.Budget = -time.Second },
		`--pairs is "some"`:           func(o *app.CompareOptions) { o.Pairs = "some" },
		"did you mean concat?":        func(o *app.CompareOptions) { o.Fusions = []string{"concatt"} },
		"twice":                       func(o *app.CompareOptions) { o.Fusions = []string{"concat", "concat"} },
		"options end with a brace":    func(o *app.CompareOptions) { o.Fusions = []string{"concat{dim: 3"} },
		"no fusion can be used":       func(o *app.CompareOptions) { o.Fusions = []string{"film"} },
		"did you mean accuracy?":      func(o *app.CompareOptions) { o.Metric = "acuracy" },
		"is not empty, and is not of": func(o *app.CompareOptions) { o.Output = w.at("full") },
		"chooses by validation rows": func(o *app.CompareOptions) {
			o.Sets = []string{"data.split={train: 0.5, test: 0.5}", "training.monitor=train.loss"}
		},
		"judges by test rows":         func(o *app.CompareOptions) { o.Sets = []string{"data.split={train: 0.5, validation: 0.5}"} },
		"there is nothing to compare": func(o *app.CompareOptions) { o.Config = w.at("alone.yaml") },
		"unknown key":                 func(o *app.CompareOptions) { o.Sets = []string{"trianing.epochs=1"} },
	} {
		w.write(t, "alone.yaml", strings.NewReplacer("data.csv", "data.csv").Replace(alone))
		o := compareOptions(w)
		change(&o)
		_, said, err := runCompare(t, context.Background(), o, nil)
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v: %s", want, err, said)
		}
	}
	if _, err := os.Stat(w.at("compared")); err == nil {
		t.Error("a folder was made for a comparison that was refused")
	}
}

const alone = `name: alone
data: {path: data.csv, split: {column: split}}
inputs: {facts: {type: tabular, numeric: [width, height], missing: mask, encoder: {type: mlp, hidden: [4]}}}
output: {type: multiclass, column: kind}
`

// People get a table and the verdict.
func TestCompareTable(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := compareOptions(w)
	o.Seeds, o.Pairs = 1, "none"
	var out bytes.Buffer
	if err := app.Compare(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"picture alone", "score_average", "95 % interval", "without facts", "µs", "Use ", "only 6 test rows"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
