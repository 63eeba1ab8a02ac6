package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A balanced run tells what each input knows alone, in result.json, on the page and in the log,
// and its model predicts, is loaded and is exported like any other.
func TestBalancedRun(t *testing.T) {
	for _, balance := range []string{"auxiliary", "pareto", "average"} {
		w := newWorkshop(t, sample.Default())
		run, printed := w.train(t, "training.epochs=2", "training.balance="+balance, "training.modality_dropout=0.3")
		w.figuresAgree(t, "multiclass", run, printed)
		var saved app.Result
		if err := json.Unmarshal(read(t, run+"/result.json"), &saved); err != nil {
			t.Fatal(err)
		}
		if saved.Alone == nil || saved.Alone.Split != "test" {
			t.Fatalf("%s: result.json has %+v", balance, saved.Alone)
		}
		var names []string
		for _, in := range saved.Alone.Inputs {
			names = append(names, in.Input)
			if v, ok := in.Values.Get("accuracy"); !ok || v < 0 || v > 1 || in.Rows == 0 {
				t.Errorf("%s: %s has the accuracy %v over %d rows", balance, in.Input, v, in.Rows)
			}
		}
		if want := []string{"caption", "facts", "picture"}; !slices.Equal(slices.Sorted(slices.Values(names)), want) {
			t.Errorf("%s: result.json tells of %v", balance, names)
		}
		if page := string(read(t, run+"/report.html")); !strings.Contains(page, `<section id="alone"`) {
			t.Errorf("%s: the page has no section on inputs alone", balance)
		}
		for _, line := range bytes.Split(bytes.TrimSpace(read(t, run+"/metrics.jsonl")), []byte("\n")) {
			if !bytes.Contains(line, []byte(`"loss.alone.caption":`)) {
				t.Errorf("%s: an epoch does not tell the loss of the caption alone: %s", balance, line)
			}
		}
		b, err := bundle.Load(context.Background(), run+"/model", bundle.Options{Registry: config.Builtin()})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(b.Model.Alone()); got != 3 {
			t.Errorf("%s: the saved model has heads of %d inputs", balance, got)
		}
	}
}

// Where nothing is joined by features, a balance is refused before any row is read; what is made
// of a balanced config, with fewer inputs or another fusion, goes without.
func TestBalanceOfNothing(t *testing.T) {
	c := sample.Default()
	c.Training = ", balance: pareto"
	w := newWorkshop(t, c)
	own, err := config.Load(w.at("train.yaml"), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	for _, fusion := range []string{"score_average", "mixture"} {
		late, err := own.WithFusion(fusion, "")
		if err != nil || late.Training.Balance != "none" {
			t.Errorf("%s of a balanced config: balance %v (%v)", fusion, late, err)
		}
		_, err = config.Load(w.at("train.yaml"), config.Builtin(), "fusion={type: "+fusion+"}")
		if err == nil || !strings.Contains(err.Error(), "training.balance") || !strings.Contains(err.Error(), "nothing to balance") {
			t.Errorf("%s: the error is %v", fusion, err)
		}
	}
	for want, names := range map[string][]string{"none": {"caption"}, "pareto": {"caption", "facts"}} {
		some, err := own.Only(names...)
		if err != nil || some.Training.Balance != want {
			t.Errorf("with %v alone the balance is %q (%v), want %s", names, some.Training.Balance, err, want)
		}
	}
	nested := "fusion={type: score_average, of: [{type: concat, of: [picture, caption]}, facts]}"
	if _, err := config.Load(w.at("train.yaml"), config.Builtin(), nested); err != nil {
		t.Error(err)
	}
	_, err = config.Load(w.at("train.yaml"), config.Builtin(), nested, "training.balance=average")
	if err == nil || !strings.Contains(err.Error(), "joins decisions itself") {
		t.Errorf("an average over an average: the error is %v", err)
	}
	late, err := own.WithFusion("gated", "")
	if err != nil || late.Training.Balance != "pareto" {
		t.Errorf("gated of a balanced config: %v", err)
	}
}
