package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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

// identityOf is what a run's last checkpoint says that it is of.
func identityOf(t *testing.T, run string) map[string]string {
	t.Helper()
	c, err := (&checkpoints.Store{Dir: filepath.Join(run, checkpoints.CheckpointsDir)}).Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.ReadFile("state.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct{ Identity map[string]string }
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s.Identity
}

// Each key of a run, with another value in the checkpoint, is either refused
// although it is allowed, and nothing is written, or it is one of the few by
// which a run can go on.
func TestF8_EveryKeyIsRefusedOrTakesEffect(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	sets := []string{"training.epochs=1", "training.early_stopping={patience: 2}"}
	run, _ := w.train(t, sets...)
	goesOn := func(key string) bool {
		return key == "data" || key == "version" || key == "architecture" || key == "training.epochs" || strings.HasPrefix(key, "training.monitor") || strings.HasPrefix(key, "training.early_stopping")
	}
	refused := 0
	for _, key := range slices.Sorted(maps.Keys(identityOf(t, run))) {
		if goesOn(key) {
			continue
		}
		aged := w.at("aged")
		copyFolder(t, run, aged)
		age(t, aged, key)
		before := read(t, filepath.Join(aged, "config.yaml"))
		o := app.TrainOptions{Config: w.at("train.yaml"), Output: aged, Resume: true, Sets: sets, AllowChanged: []string{key}}
		_, err := start(context.Background(), o, nil)
		var changed *trainer.ChangedError
		if !errors.As(err, &changed) || !changed.Fixed || !strings.Contains(err.Error(), key+`: was "another"`) {
			t.Errorf("%s: %v", key, err)
		}
		if !bytes.Equal(before, read(t, filepath.Join(aged, "config.yaml"))) {
			t.Errorf("%s: refused, and config.yaml was written", key)
		}
		remove(t, aged)
		refused++
	}
	if refused < 50 {
		t.Errorf("only %d keys", refused)
	}
	t.Logf("F8: %d keys are refused", refused)
}

// A run goes on with other epochs, or another patience, as if it had begun with
// them, or not at all.
func TestF8_ResumeEqualsARunFromTheStart(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	for i, c := range []struct {
		schedule      string
		before, after string
		key           string
		refused       string
	}{
		{"constant", "epochs=2", "epochs=4", "training.epochs", ""},
		{"constant", "epochs=4", "epochs=2", "training.epochs", "4 epochs are done"},
		{"cosine", "epochs=2", "epochs=4", "training.epochs", "the schedule has other learning rates"},
		{"constant", "early_stopping={patience: 1, min_delta: 5}", "early_stopping={patience: 3, min_delta: 5}", "training.early_stopping.patience", ""},
		{"constant", "early_stopping={patience: 3, min_delta: 5}", "early_stopping={patience: 1, min_delta: 5}", "training.early_stopping.patience", "would have ended"},
	} {
		base := []string{"training.epochs=6", "training.schedule=" + c.schedule}
		run := w.at(fmt.Sprint("changed", i))
		if _, err := start(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: run, Sets: instead(base, "training."+c.before)}, nil); err != nil {
			t.Fatal(err)
		}
		sets := instead(base, "training."+c.after)
		record := read(t, filepath.Join(run, "config.yaml"))
		_, err := start(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: run, Sets: sets, Resume: true, AllowChanged: []string{c.key}}, nil)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) || !bytes.Equal(record, read(t, filepath.Join(run, "config.yaml"))) {
				t.Errorf("%s to %s: %v, or config.yaml was written", c.before, c.after, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := w.train(t, sets...)
		for _, name := range []string{"model/model.safetensors", "config.yaml"} {
			if !bytes.Equal(read(t, filepath.Join(run, name)), read(t, filepath.Join(whole, name))) {
				t.Errorf("%s to %s: %s is not that of a run from the start", c.before, c.after, name)
			}
		}
		if a, b := bytes.Count(read(t, filepath.Join(run, "metrics.jsonl")), []byte("\n")), bytes.Count(read(t, filepath.Join(whole, "metrics.jsonl")), []byte("\n")); a != b {
			t.Errorf("%s to %s: %d epochs, and %d from the start", c.before, c.after, a, b)
		}
	}
}

// A key that no run has is not passed over.
func TestF8_UnknownAllowedKey(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=1")
	_, err := start(context.Background(), app.TrainOptions{Config: w.at("train.yaml"), Output: run, Sets: []string{"training.epochs=1"}, Resume: true, AllowChanged: []string{"training.epoch"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "did you mean training.epochs?") {
		t.Errorf("%v", err)
	}
}

// Other data are gone on with only where the same is learnt from them.
func TestF17_OtherDataThatTeachesOtherwise(t *testing.T) {
	for _, c := range []struct {
		name, was, is string // of the table's text
		all           bool
		says          string // empty: it goes on
	}{
		{"a new label", ",boat,", ",barge,", false, "learnt: output.labels"},
		{"labels renamed", ",boat,", ",barge,", true, "learnt: output.labels"},
		{"a new category", ",Bo,", ",Zed,", true, "learnt: inputs.facts.categories"},
		{"new words", "boat ", "barge ", true, "learnt: the vocabulary in"},
		{"a number", "1.64", "91.64", false, "learnt: inputs.facts.numeric"},
		{"two answers change places", ",boat,", "exchanged", false, "learnt: the training rows"},
		{"only validation", "", "", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t, sample.Default())
			run, _ := w.train(t, "training.epochs=1")
			table := string(read(t, w.at("data.csv")))
			changed := strings.Replace(table, c.was, c.is, map[bool]int{true: -1, false: 1}[c.all])
			switch {
			case c.says == "":
				changed = doubled(table, "validation")
			case c.is == "exchanged": // and no count changes
				changed = strings.Replace(changed, ",bird,", c.was, 1)
				changed = strings.Replace(changed, c.is, ",bird,", 1)
			}
			if changed == table {
				t.Fatal("nothing was changed in\n" + table)
			}
			w.write(t, "data.csv", changed)
			o := app.TrainOptions{Config: w.at("train.yaml"), Output: run, Sets: []string{"training.epochs=1"}, Resume: true, AllowChanged: []string{"data"}}
			said, err := start(context.Background(), o, nil)
			if c.says == "" {
				if err != nil || !strings.Contains(said, "resumed after epoch 1, step ") || !strings.Contains(said, "the table has changed since epoch 1") {
					t.Errorf("%v: %s", err, said)
				}
				return
			}
			var e *trainer.ChangedError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) || e.ExitCode() != 3 {
				t.Errorf("%v, want %s", err, c.says)
			}
		})
	}
}

// doubled has a second row for the first of a split, at the end.
func doubled(table, split string) string {
	for line := range strings.Lines(table) {
		if strings.HasSuffix(strings.TrimSpace(line), ","+split) {
			return table + line
		}
	}
	return table
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}
