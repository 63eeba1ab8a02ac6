package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// withLabels writes the rows of some labels as a table.
func (w *workshop) withLabels(t *testing.T, name string, labels ...string) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(read(t, w.at("data.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(records[0], sample.Kind)
	kept := slices.DeleteFunc(records[1:], func(r []string) bool { return !slices.Contains(labels, r[at]) })
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	if err := c.WriteAll(append(records[:1:1], kept...)); err != nil {
		t.Fatal(err)
	}
	w.write(t, name, b.String())
}

// weights are a model's arrays by name.
func weights(t *testing.T, run string) map[string][]float32 {
	t.Helper()
	tensors, _, err := checkpoints.ReadFile(filepath.Join(run, "model", trainer.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for _, x := range tensors {
		all[x.Name] = x.F32
	}
	return all
}

// What is frozen after a start from another model is as it was there, with the
// statistics and the vocabulary that belong to it; labels that are new have
// places of their own, and those that are gone can still be predicted.
func TestInitFrom(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	w.withLabels(t, "two.csv", "boat", "tree")
	w.withLabels(t, "other.csv", "bird", "boat")
	first, _ := w.train(t, "data.path=two.csv")
	from := "training.init_from.path=" + filepath.Base(first)
	frozen := []string{"inputs.picture.encoder.freeze=true", "inputs.caption.encoder.freeze=true", "inputs.facts.encoder.freeze=true"}
	second, result := w.train(t, append(frozen, "data.path=other.csv", from)...)

	a, b := weights(t, first), weights(t, second)
	for name, x := range a {
		if strings.HasPrefix(name, "encoders.") && !slices.Equal(x, b[name]) {
			t.Errorf("%s is not as in the model that the run began from", name)
		}
	}
	if slices.Equal(a["fusion.mlp.0.weight"], b["fusion.mlp.0.weight"]) && len(a["fusion.mlp.0.weight"]) > 0 {
		t.Error("the fusion was not trained")
	}
	before, after := load(t, first), load(t, second)
	if got := after.Target.Labels(); !slices.Equal(got, []string{"boat", "tree", "bird"}) {
		t.Errorf("labels are %v", got)
	}
	for i, in := range before.Inputs {
		x, errX := in.MarshalJSON()
		y, errY := after.Inputs[i].MarshalJSON()
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			t.Errorf("%s has other statistics: %s, %s", in.Name, x, y)
		}
	}
	account := result.InitFrom
	if account == nil || len(account.ByLabel) != 2 || account.ByLabel[0].Labels != 2 || account.ByLabel[0].Of != 3 || len(account.Random) != 0 || !slices.Equal(account.Kept, []string{"picture", "caption", "facts"}) {
		t.Errorf("the account is %+v", account)
	}

	relabelled, _ := w.train(t, "data.path=other.csv", from, "training.init_from.relabel=true", "training.init_from.refit=[facts]")
	third := load(t, relabelled)
	if got := third.Target.Labels(); !slices.Equal(got, []string{"bird", "boat"}) {
		t.Errorf("relabelled, labels are %v", got)
	}
	x, _ := before.Inputs[2].MarshalJSON()
	y, _ := third.Inputs[2].MarshalJSON()
	if bytes.Equal(x, y) {
		t.Error("facts kept their statistics, and were to be fitted again")
	}
}

// A run that began from another model is resumed to the same bits, and refused
// once that model is another.
func TestResumeAfterInitFrom(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	w.withLabels(t, "two.csv", "boat", "tree")
	first, _ := w.train(t, "data.path=two.csv")
	from := "training.init_from.path=" + filepath.Base(first)
	whole, _ := w.train(t, from, "training.epochs=3")
	short, _ := w.train(t, from, "training.epochs=3")
	steps, err := os.ReadDir(filepath.Join(short, checkpoints.CheckpointsDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps[1:] { // as if killed after the first epoch
		if err := os.RemoveAll(filepath.Join(short, checkpoints.CheckpointsDir, s.Name())); err != nil {
			t.Fatal(err)
		}
	}
	resume := func() error {
		o := app.TrainOptions{Config: w.at("train.yaml"), Output: short, Sets: []string{from, "training.epochs=3"}, Resume: true}
		return app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	}
	if err := resume(); err != nil {
		t.Fatal(err)
	}
	a, b := read(t, filepath.Join(whole, "model", trainer.ModelFile)), read(t, filepath.Join(short, "model", trainer.ModelFile))
	if !bytes.Equal(a, b) {
		t.Error("resumed, it ends with other weights")
	}
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: first, Sets: []string{"data.path=two.csv", "seed=8"}, Force: true}
	if err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	if err := resume(); err == nil || !strings.Contains(err.Error(), "training.init_from.path") {
		t.Errorf("the model that it began from is another: %v", err)
	}
}

// Weights of other programs are found by the names that the config gives, and
// what is not taken is said.
func TestInitFromForeignWeights(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	var renamed []checkpoints.Tensor
	for name, x := range weights(t, run) {
		if rest, ok := strings.CutPrefix(name, "encoders.facts."); ok {
			renamed = append(renamed, checkpoints.Tensor{Name: "body." + rest, Shape: []int{len(x)}, F32: x})
		}
	}
	for _, p := range load(t, run).Model.Params() {
		for i := range renamed {
			if rest, ok := strings.CutPrefix(p.Name, "encoders.facts."); ok && renamed[i].Name == "body."+rest {
				renamed[i].Shape = p.Shape
			}
		}
	}
	renamed = append(renamed, checkpoints.Tensor{Name: "classifier.weight", Shape: []int{1}, F32: []float32{1}})
	path := w.at("elsewhere.safetensors")
	if err := checkpoints.WriteFileAtomic(path, checkpoints.Tensors(renamed, nil)); err != nil {
		t.Fatal(err)
	}
	sets := []string{"inputs.facts.encoder.freeze=true", "training.init_from={path: elsewhere.safetensors, map: {encoders.facts: body}}"}
	second, result := w.train(t, sets...)
	a, b := weights(t, run), weights(t, second)
	for name, x := range a {
		if strings.HasPrefix(name, "encoders.facts.") && !slices.Equal(x, b[name]) {
			t.Errorf("%s is not as in the file", name)
		}
	}
	if f := result.InitFrom; len(f.Taken) == 0 || len(f.Random) == 0 || !slices.Equal(f.LeftOver, []string{"classifier.weight"}) {
		t.Errorf("the account is %+v", f)
	}
	for want, from := range map[string]string{
		"cannot be taken":                "{path: elsewhere.safetensors, map: {encoders.facts: body}, strict: true}",
		"none of its":                    "{path: elsewhere.safetensors}",
		`did you mean "encoders.facts"?`: "{path: elsewhere.safetensors, only: [encoders.fact]}",
		"no such run folder":             "{path: nowhere}",
		"ends in neither .safetensors":   "{path: data.csv}",
		"neither a model":                "{path: images}",
		`did you mean "facts"?`:          "{path: elsewhere.safetensors, refit: [fact]}",
	} {
		o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("refused"), Sets: []string{"training.init_from=" + from}}
		err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", from, err, want)
			continue
		}
		var code interface{ ExitCode() int }
		if !errors.As(err, &code) || code.ExitCode() != 2 && code.ExitCode() != 4 {
			t.Errorf("%s: %v has no exit code of a config or a model", from, err)
		}
		if _, err := os.Stat(w.at("refused")); err == nil {
			t.Errorf("%s: a run folder was made", from)
		}
	}
}

// --from is training.init_from.path from the working folder.
func TestFrom(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t)
	var out bytes.Buffer
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("from"), From: run}
	if err := app.Train(context.Background(), o, app.Streams{Out: &out, Err: &bytes.Buffer{}, JSON: true}); err != nil {
		t.Fatal(err)
	}
	var r app.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.InitFrom == nil || r.InitFrom.From != filepath.Base(run) {
		t.Errorf("%v: began from %+v", err, r.InitFrom)
	}
}

// What decides between two labels is not taken where they are other ones, or the
// other way round; and two labels that are added to two are an error that says
// whose they are.
func TestInitFromOtherPair(t *testing.T) {
	c := sample.Default()
	c.Output = "{type: binary, column: pass}"
	w := newWorkshop(t, c)
	first, _ := w.train(t)
	other := bytes.ReplaceAll(bytes.ReplaceAll(read(t, w.at("data.csv")), []byte(",no,"), []byte(",bad,")), []byte(",yes,"), []byte(",good,"))
	w.write(t, "other.csv", string(other))
	from := "training.init_from.path=" + filepath.Base(first)

	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("refused"), Sets: []string{"data.path=other.csv", from}}
	err := app.Train(context.Background(), o, app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), `of the model that it begins from, "no", "yes"`) || !strings.Contains(err.Error(), "training.init_from.relabel") {
		t.Errorf("two labels more: %v", err)
	}
	for name, sets := range map[string][]string{
		"other labels":             {"data.path=other.csv", from, "training.init_from.relabel=true"},
		"the other way round":      {from, "output.positive=no"},
		"the same":                 {from},
		"the same, once relabeled": {from, "training.init_from.relabel=true"},
	} {
		_, r := w.train(t, sets...)
		var random []string
		for _, x := range r.InitFrom.Random {
			random = append(random, x.Name)
		}
		want := []string{"head.weight", "head.bias"}
		if strings.HasPrefix(name, "the same") {
			want = nil
		}
		if !slices.Equal(random, want) {
			t.Errorf("%s: %v begin by chance, want %v", name, random, want)
		}
	}
}
