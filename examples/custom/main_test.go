package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

// chiasm runs a command over a registry.
func chiasm(t *testing.T, reg *config.Registry, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Command{Name: "custom", Registry: reg, Out: &o, Err: &e}.Run(context.Background(), args...)
	return code, o.String(), e.String()
}

// trained trains train.yaml, with more flags, and gives the run folder and the
// accuracy on test rows.
func trained(t *testing.T, flags ...string) (dir string, accuracy float64) {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "run")
	code, out, errs := chiasm(t, reg, append([]string{"train", "--config", "train.yaml", "--output", dir, "--json"}, flags...)...)
	if code != 0 {
		t.Fatalf("train ends with %d: %s", code, errs)
	}
	var result struct {
		Test struct {
			Accuracy float64 `json:"accuracy"`
		} `json:"test"`
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatal(err)
	}
	return dir, result.Test.Accuracy
}

// Both inputs together tell what neither tells alone, and the model that was
// trained is evaluated, predicts and is inspected by the same program.
func TestCommands(t *testing.T) {
	dir, accuracy := trained(t)
	if accuracy < 0.95 {
		t.Errorf("accuracy is %.3f, want at least 0.95", accuracy)
	}
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	_, out, errs := chiasm(t, reg, "evaluate", "--model", dir, "--data", "data.csv", "--split", "test", "--json")
	var measured struct {
		Metrics struct {
			Accuracy float64 `json:"accuracy"`
		} `json:"metrics"`
	}
	if err := json.Unmarshal([]byte(out), &measured); err != nil || measured.Metrics.Accuracy != accuracy {
		t.Errorf("evaluate measures %v, training %v (%v, %s)", measured.Metrics.Accuracy, accuracy, err, errs)
	}
	code, out, errs := chiasm(t, reg, "predict", "--model", dir, "--data", "data.csv", "--output", "-")
	if code != 0 || strings.Count(out, "\n") != 401 || !strings.Contains(out, "probability_worn") {
		t.Errorf("predict ends with %d: %s", code, errs)
	}
	code, out, errs = chiasm(t, reg, "inspect", "--model", dir)
	if code != 0 || !strings.Contains(out, "highway(vibration, facts)") || !strings.Contains(out, "input vibration (signal)") {
		t.Errorf("inspect ends with %d: %s%s", code, out, errs)
	}
	// Chiasm itself does not know what this module adds, and says so.
	code, _, errs = chiasm(t, config.Builtin(), "inspect", "--model", dir)
	if code != 4 || !strings.Contains(errs, `unknown type of input "signal"`) {
		t.Errorf("the plain command ends with %d: %s", code, errs)
	}
}

// Half of the rows are worn, and one input alone cannot tell which. The bound is
// three standard deviations of 80 coin tosses away.
func TestOneInputIsNotEnough(t *testing.T) {
	for _, name := range []string{"vibration", "facts"} {
		if _, accuracy := trained(t, "--only", name); accuracy > 0.67 {
			t.Errorf("%s alone has an accuracy of %.3f", name, accuracy)
		}
	}
}

// The same config gives the same bytes: noise and dropout are functions of the
// seed, in custom modules too.
func TestSameTwice(t *testing.T) {
	var models [2][]byte
	for i := range models {
		dir, _ := trained(t, "--set", "training.epochs=2")
		var err error
		if models[i], err = os.ReadFile(filepath.Join(dir, "model", "model.safetensors")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("two trainings of one config differ")
	}
}

func TestMistakesAreNamed(t *testing.T) {
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]string{
		"inputs.vibration.lenght=3":           `inputs.vibration: unknown key "lenght", did you mean "length"?`,
		"inputs.vibration.encoder.kernel=4":   "kernel is 4; it must be odd",
		"inputs.vibration.encoder=mlp":        `unknown signal encoder "mlp"; known are cnn`,
		"fusion.layers=0":                     "fusion.layers: must be at least 1, is 0",
		"inputs.vibration.column=state":       `inputs.vibration: reads the column "state", which is the answer`,
		"inputs.vibration.column=kind":        `data.csv: row 2 (line 3), column "kind": number 1 of the list: "gear"`,
		"training.optimizer.learning_rate=-1": "learning_rate: must be more than 0",
	} {
		code, _, errs := chiasm(t, reg, "train", "--config", "train.yaml", "--output", filepath.Join(t.TempDir(), "run"), "--set", set)
		if code != 2 && code != 3 || !strings.Contains(errs, want) {
			t.Errorf("%s ends with %d: %swant %s", set, code, errs, want)
		}
	}
}
