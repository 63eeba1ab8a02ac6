package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/auto"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// ticking is a clock on which a little time passes whenever somebody looks.
type ticking struct {
	mu   sync.Mutex
	now  time.Time
	tick time.Duration
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

func (c *ticking) Until(ctx context.Context, _ time.Time) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx) // a search looks at the clock after every step
}

// autoOptions are a search over short trainings, for which there is time.
func autoOptions(w *workshop, sets ...string) app.AutoOptions {
	return app.AutoOptions{
		Config: w.at("train.yaml"), Output: w.at("auto"), Sets: instead([]string{"training.epochs=2"}, sets...),
		Time: time.Hour, Preset: auto.Fast, Jobs: 2, Clock: &ticking{tick: time.Microsecond},
	}
}

func runAuto(t testing.TB, ctx context.Context, o app.AutoOptions, hear func(line string)) (found auto.Result, said string, err error) {
	t.Helper()
	var out bytes.Buffer
	errs := &ear{hear: hear}
	err = app.Auto(ctx, o, app.Streams{Out: &out, Err: errs, JSON: true})
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &found); err != nil {
			t.Fatalf("%v: %s", err, out.Bytes())
		}
		if file := read(t, filepath.Join(o.Output, "auto.json")); !bytes.Equal(file, out.Bytes()) {
			t.Error("auto.json is not what was printed")
		}
	}
	return found, errs.String(), err
}

func mustAuto(t testing.TB, o app.AutoOptions) (auto.Result, string) {
	t.Helper()
	found, said, err := runAuto(t, context.Background(), o, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return found, said
}

// modelOf are the bytes of the model in a folder.
func modelOf(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"model.safetensors", "config.yaml", "preprocessing.json"} {
		all.WriteString(hash(read(t, filepath.Join(dir, "model", name))) + " ")
	}
	return all.String()
}

// The model that auto leaves measures on the validation rows what its selection did, of every kind
// of output, and every command takes it; a second search trains nothing, and one elsewhere makes
// the same bytes.
func TestAuto(t *testing.T) {
	for name, output := range map[string]string{
		"accuracy": "{type: multiclass, column: " + sample.Kind + "}",
		"macro_f1": "{type: multilabel, column: " + sample.Tags + "}",
		"mae":      "{type: regression, column: " + sample.Price + "}",
		"roc_auc":  "{type: binary, column: " + sample.Pass + ", calibrate: true}",
	} {
		t.Run(name, func(t *testing.T) {
			c := sample.Default()
			c.Output = output
			w := newWorkshop(t, c)
			o := autoOptions(w)
			o.Metric = name
			found, _ := mustAuto(t, o)
			for _, want := range []string{"picture", "caption", "facts", "score_average", "concat", "facts-tabm"} {
				if !slices.ContainsFunc(found.Candidates, func(r auto.Row) bool { return r.Name == want && r.Ended }) {
					t.Errorf("%s was not trained: %v", want, found.Candidates)
				}
			}
			var result app.Result
			if err := json.Unmarshal(read(t, w.at("auto/result.json")), &result); err != nil {
				t.Fatal(err)
			}
			if v, _ := result.Validation.Get(name); math.Abs(v-float64(found.Chosen.Validation)) > 1e-5*(1+math.Abs(v)) {
				t.Errorf("validation %s is %v, by the selection %v", name, v, found.Chosen.Validation)
			}
			if v, _ := result.Test.Get(name); math.Abs(v-float64(found.Chosen.Test)) > 1e-5*(1+math.Abs(v)) {
				t.Errorf("test %s is %v, in the leaderboard %v", name, v, found.Chosen.Test)
			}
			for _, file := range []string{"auto.html", "report.html", "config.yaml", "metrics.jsonl", "data_report.json"} {
				if len(read(t, w.at("auto/"+file))) == 0 {
					t.Errorf("%s is empty", file)
				}
			}
			w.predict(t, w.at("auto"), "data.csv", "", "predicted.csv")
			first := modelOf(t, w.at("auto"))
			_, said := mustAuto(t, o)
			if strings.Count(said, "trained before") != len(found.Candidates) || modelOf(t, w.at("auto")) != first {
				t.Errorf("a second search makes another model: %s", said)
			}
			o.Output, o.Jobs = w.at("again"), 1
			mustAuto(t, o)
			if modelOf(t, w.at("again")) != first {
				t.Error("the same search elsewhere makes another model")
			}
		})
	}
}

// A search whose time is over leaves what it has, and another one with more time goes on to what
// there had been at once.
func TestAutoEndsAndGoesOn(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := autoOptions(w, "training.epochs=6")
	o.Jobs = 1
	mustAuto(t, o)
	want := modelOf(t, w.at("auto"))
	o.Output = w.at("short")
	o.Clock, o.Time = &ticking{tick: 100 * time.Millisecond}, 9*time.Second
	found, said := mustAuto(t, o)
	if !strings.Contains(said, "stopped before its first epoch") || len(found.Left) == 0 || !strings.Contains(found.Verdict, "with more --time goes on") {
		t.Fatalf("not begun %v, ended early %v: %s\n%s", found.Left, found.Early, found.Verdict, said)
	}
	w.predict(t, w.at("short"), "data.csv", "", "short.csv")
	o.Clock, o.Time = &ticking{tick: time.Microsecond}, time.Hour
	found, said = mustAuto(t, o)
	if len(found.Early)+len(found.Left) > 0 {
		t.Errorf("not begun %v, ended early %v", found.Left, found.Early)
	}
	if modelOf(t, w.at("short")) != want {
		t.Errorf("another model than of one search: %s", said)
	}
}

// ^C leaves the best so far, and the same command goes on to what there had been at once.
func TestAutoInterrupted(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := autoOptions(w)
	o.Jobs = 1
	mustAuto(t, o)
	want := modelOf(t, w.at("auto"))
	o.Output = w.at("interrupted")
	ctx, cancel := context.WithCancel(context.Background())
	found, said, err := runAuto(t, ctx, o, func(line string) {
		if strings.HasPrefix(line, "caption: ") {
			cancel()
		}
	})
	if !errors.Is(err, trainer.ErrInterrupted) || len(found.Candidates) == 0 || !strings.Contains(said, "the best so far is in") {
		t.Fatalf("%v, %v: %s", err, found, said)
	}
	w.predict(t, w.at("interrupted"), "data.csv", "", "interrupted.csv")
	mustAuto(t, o)
	if modelOf(t, w.at("interrupted")) != want {
		t.Error("another model than of one search")
	}
}

// A candidate whose record is damaged is trained again, and said to be.
func TestAutoDamagedRecord(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	o := autoOptions(w)
	mustAuto(t, o)
	want := modelOf(t, w.at("auto"))
	records, err := filepath.Glob(w.at("auto/runs/concat-*/predictions.safetensors"))
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	if err := os.WriteFile(records[0], []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, said := mustAuto(t, o); !strings.Contains(said, "is trained again") || modelOf(t, w.at("auto")) != want {
		t.Errorf("said %s", said)
	}
}

// Wrong uses are one line, and change nothing.
func TestAutoRefuses(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	if err := os.Mkdir(w.at("full"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(t, "full/mine.txt", "mine")
	run, _ := w.train(t, "training.epochs=1")
	for want, change := range map[string]func(o *app.AutoOptions){
		"--time is 0s":               func(o *app.AutoOptions) { o.Time = 0 },
		"--jobs is -1":               func(o *app.AutoOptions) { o.Jobs = -1 },
		`--preset is "better"`:       func(o *app.AutoOptions) { o.Preset = "better" },
		"--config says what":         func(o *app.AutoOptions) { o.Table = w.at("data.csv") },
		"--data is missing":          func(o *app.AutoOptions) { o.Config = "" },
		"--target is missing":        func(o *app.AutoOptions) { o.Config, o.Table = "", w.at("data.csv") },
		"is not of auto":             func(o *app.AutoOptions) { o.Output = w.at("full") },
		"belongs to another command": func(o *app.AutoOptions) { o.Output = run },
		"is in the folder of a run":  func(o *app.AutoOptions) { o.Output = filepath.Join(run, "auto") },
		"holds the config":           func(o *app.AutoOptions) { o.Output = w.dir },
		`the metric "mae"`:           func(o *app.AutoOptions) { o.Metric = "mae" },
		"no test rows":               nil,
	} {
		o := autoOptions(w)
		if change == nil {
			o.Sets = append(o.Sets, "data.split={train: 0.8, validation: 0.2, test: 0}")
			want = "auto judges by test rows"
		} else {
			change(&o)
		}
		_, said, err := runAuto(t, context.Background(), o, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s; said %s", err, want, said)
		}
	}
	if entries, err := os.ReadDir(w.at("full")); err != nil || len(entries) != 1 {
		t.Errorf("the folder of others has %v", entries)
	}
}
