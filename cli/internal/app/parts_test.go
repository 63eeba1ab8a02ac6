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

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/trainer"
)

// separately is a run of two parts, one of them a fusion of two inputs; some
// rows lack some of them.
func separately(pool string) sample.Config {
	c := sample.Default()
	c.Fusion = "{type: score_average, train: separate, hidden: [3], dropout: 0.2, pool: " + pool + ", of: [facts, {type: concat, of: [picture, caption], dim: 4, hidden: [6]}]}"
	c.Training = ", modality_dropout: 0.2, early_stopping: {patience: 2}"
	return c
}

// trainIn trains with options and returns what was printed.
func (w *workshop) trainIn(t testing.TB, o app.TrainOptions) string {
	t.Helper()
	o.Config, o.Sets = w.at("train.yaml"), append([]string{"training.epochs=4", "data.missing_all=prior"}, o.Sets...)
	var out, errs bytes.Buffer
	if err := app.Train(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	return out.String()
}

// decided are the decisions of a model's parts on all rows, by name, with the
// presence of each row, and its logits.
func decided(t *testing.T, b *bundle.Bundle, w *workshop) (parts map[string][2][]float32, logits []float32) {
	t.Helper()
	ctx := context.Background()
	folder, err := data.OpenFolder(w.at("images"))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	b.ReadFiles(folder)
	table, err := data.ReadTable(ctx, w.at("data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	loader, err := data.NewLoader(d, upTo(rows), data.LoaderOptions{BatchSize: rows})
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string][2][]float32{}
	for batch, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.Model.DecisionProgram(rows)
		if err != nil {
			t.Fatal(err)
		}
		b.Model.Fill(p, batch)
		if err := p.Run(0); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, part := range b.Model.Tree().Parts() {
			names = append(names, part.Name)
		}
		slices.Sort(names) // as decisions are
		for i, name := range names {
			parts[name] = [2][]float32{slices.Clone(p.Output(fmt.Sprintf("decision.%d", i))), slices.Clone(p.Output(fmt.Sprintf("present.%d", i)))}
		}
		e, err := b.Model.Program(nn.Eval, rows, false)
		if err != nil {
			t.Fatal(err)
		}
		b.Model.Fill(e, batch)
		if err := e.Run(0); err != nil {
			t.Fatal(err)
		}
		logits = slices.Clone(e.Output("logits"))
	}
	return parts, logits
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Separate training is, bit for bit, the average of models that are trained
// alone: the same weights, the same decisions, joined by the same operator.
func TestSeparateIsTheAverageOfModelsTrainedAlone(t *testing.T) {
	for pool, spec := range map[string]op.Spec{"linear": op.AverageScores{M: 2}, "product": op.ProductScores{M: 2}} {
		w := newWorkshop(t, separately(pool))
		w.trainIn(t, app.TrainOptions{Output: w.at("whole")})
		whole := load(t, w.at("whole"))
		decisions, logits := decided(t, whole, w)
		size := whole.Model.Size()
		names := []string{"caption+picture", "facts"}
		in := make([]op.Array[float32], 4)
		covered := 0
		for i, only := range [][]string{{"picture", "caption"}, {"facts"}} {
			out := w.at("alone" + fmt.Sprint(i))
			w.trainIn(t, app.TrainOptions{Output: out, Only: only})
			alone := load(t, out)
			for _, p := range alone.Model.Params() {
				for _, q := range whole.Model.Params() {
					if p.Name != q.Name {
						continue
					}
					covered++
					if !slices.Equal(p.Data, q.Data) {
						t.Errorf("%s: %s differs from that of the model trained alone", pool, p.Name)
					}
				}
			}
			part := read(t, filepath.Join(w.at("whole"), "parts", names[i], "model", trainer.ModelFile))
			if !bytes.Equal(part, read(t, filepath.Join(out, "model", trainer.ModelFile))) {
				t.Errorf("%s: the model of the part %s is another file", pool, names[i])
			}
			own, _ := decided(t, alone, w)
			got, want := decisions[names[i]], own[names[i]]
			if !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) || len(got[0]) != rows*size {
				t.Errorf("%s: %s decides otherwise in the whole", pool, names[i])
			}
			in[i] = op.Array[float32]{Shape: tensor.Shape{rows, size}, Data: want[0]}
			in[2+i] = op.Array[float32]{Shape: tensor.Shape{rows, 1}, Data: want[1]}
		}
		if pool == "product" {
			for _, p := range whole.Model.Params() {
				if p.Name == "fusion.prior" {
					in = append(in, op.Array[float32]{Shape: tensor.Shape{size}, Data: p.Data})
				}
			}
		}
		if want := len(whole.Model.Params()) + len(in) - 4; covered != want { // the prior is in both
			t.Errorf("%s: %d parameters were compared, want %d", pool, covered, want)
		}
		average := op.Array[float32]{Shape: tensor.Shape{rows, size}, Data: make([]float32, rows*size)}
		if err := spec.Float32().Forward(in, average); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(average.Data, logits) {
			t.Errorf("%s: the whole gives other scores than the average of models trained alone", pool)
		}
	}
}

// Parts are trained one after the other: each takes its own time, and the first of
// all steps is that of the first part.
func TestPartsTakeTheirTime(t *testing.T) {
	w := newWorkshop(t, separately("linear"))
	w.trainIn(t, app.TrainOptions{Output: w.at("whole")})
	read := func(path ...string) (r app.Result) {
		t.Helper()
		b, err := os.ReadFile(w.at(filepath.Join(append([]string{"whole"}, path...)...)))
		if err == nil {
			err = json.Unmarshal(b, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole, first, second := read("result.json"), read("parts", "facts", "result.json"), read("parts", "caption+picture", "result.json")
	if first.Seconds+second.Seconds > whole.Seconds {
		t.Errorf("parts of %v and %v seconds in a run of %v", first.Seconds, second.Seconds, whole.Seconds)
	}
	for name, r := range map[string]app.Result{"whole": whole, "first": first, "second": second} {
		if r.FirstStep <= 0 || r.FirstStep >= r.Seconds {
			t.Errorf("%s: the first step came after %v of %v seconds", name, r.FirstStep, r.Seconds)
		}
	}
	if whole.FirstStep < first.FirstStep || whole.FirstStep > whole.Seconds-second.Seconds {
		t.Errorf("the first step of all came after %v seconds, that of the first part after %v of its own", whole.FirstStep, first.FirstStep)
	}
}

// A run of parts that is interrupted in its second part goes on there, and ends
// with the bytes of one that was not.
func TestPartsAreResumed(t *testing.T) {
	c := separately("linear")
	c.Output = "{type: multiclass, column: kind, calibrate: true}"
	w := newWorkshop(t, c)
	sets := []string{"fusion.weights=fitted", "fusion.calibrate=true"}
	printed := w.trainIn(t, app.TrainOptions{Output: w.at("whole"), Sets: sets})
	var result app.Result
	if err := json.Unmarshal([]byte(printed), &result); err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	if len(result.Parts) != 2 || result.Parts[1].Name != "caption+picture" || result.Parts[0].BestEpoch < 1 || len(result.Calibration.Modalities) != 2 {
		t.Errorf("the result has %+v and %+v", result.Parts, result.Calibration)
	}
	w.figuresAgree(t, "multiclass", w.at("whole"), result)
	lines := strings.Count(string(read(t, filepath.Join(w.at("whole"), "metrics.jsonl"))), `"part":"caption+picture"`)
	if lines != result.Parts[1].Epochs {
		t.Errorf("metrics.jsonl has %d epochs of a part of %d", lines, result.Parts[1].Epochs)
	}
	if page := read(t, filepath.Join(w.at("whole"), "report.html")); !bytes.Contains(page, []byte("Its parts were trained alone")) {
		t.Error("the report does not say it")
	}

	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("stopped"), Sets: append([]string{"training.epochs=4", "data.missing_all=prior"}, sets...)}
	ctx, cancel := context.WithCancel(context.Background())
	begun := false
	said, err := start(ctx, o, func(line string) {
		begun = begun || strings.Contains(line, "part caption+picture")
		if begun && strings.Contains(line, "epoch 2/4") {
			cancel()
		}
	})
	if !errors.Is(err, trainer.ErrInterrupted) || !strings.Contains(said, "--resume --output "+o.Output+"\n") {
		t.Fatalf("%v: %s", err, said)
	}
	o.Resume = true
	if said, err = start(context.Background(), o, nil); err != nil || !strings.Contains(said, "resumed at epoch 3") {
		t.Fatalf("%v: %s", err, said)
	}
	for _, name := range []string{"model/model.safetensors", "parts/facts/model/model.safetensors", "parts/caption+picture/model/model.safetensors"} {
		if !bytes.Equal(read(t, filepath.Join(w.at("whole"), name)), read(t, filepath.Join(o.Output, name))) {
			t.Errorf("resumed, the run ends with another %s", name)
		}
	}

	// Begun anew, nothing of the old parts is left.
	o.Resume, o.Force = false, true
	stale := filepath.Join(o.Output, "parts", "stale")
	if err := os.Mkdir(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := start(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("--force left a part of the run before")
	}
	if !bytes.Equal(read(t, filepath.Join(w.at("whole"), "model", "model.safetensors")), read(t, filepath.Join(o.Output, "model", "model.safetensors"))) {
		t.Error("begun anew, the run ends with another model")
	}
}

// What a part cannot do is said with its name, before anything is written.
func TestImpossibleParts(t *testing.T) {
	w := newWorkshop(t, separately("linear"))
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"data.missing_all=prior", "training.monitor=validation.f7"}}
	if _, err := start(context.Background(), o, nil); err == nil {
		t.Error("an unknown figure is monitored")
	}
	table := strings.Split(string(read(t, w.at("data.csv"))), "\n")
	for i, line := range table[1:] {
		if cells := strings.Split(line, ","); len(cells) > 5 {
			cells[2], cells[3], cells[4] = "", "", ""
			table[i+1] = strings.Join(cells, ",")
		}
	}
	w.write(t, "data.csv", strings.Join(table, "\n"))
	o.Sets = o.Sets[:1]
	_, err := start(context.Background(), o, nil)
	if coded, ok := errors.AsType[interface {
		error
		ExitCode() int
	}](err); !ok || coded.ExitCode() != 3 || !strings.Contains(err.Error(), "part facts: ") {
		t.Errorf("a part without rows: %v", err)
	}
	if _, err := os.Stat(o.Output); err == nil {
		t.Error("a refused run left a folder")
	}
}
