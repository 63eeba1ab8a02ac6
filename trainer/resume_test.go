package trainer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/trainer"
)

// TestC3_ResumeAtEveryStep: interrupted after any step and resumed by a new
// process, a run ends with the same weights and figures as one that was left
// alone.
func TestC3_ResumeAtEveryStep(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	last := whole.History[len(whole.History)-1]
	if last.Step < 40 || !whole.Stopped || whole.Best == 1 || whole.Best == last.Epoch {
		t.Fatalf("%d steps, best epoch %d of %d, stopped early: %v; the test wants a long run that stops early", last.Step, whole.Best, last.Epoch, whole.Stopped)
	}
	stride := 1
	if testing.Short() { // for the race detector, to which steps are alike
		stride = 7
	}
	for step := 1; step <= last.Step; step += stride {
		r := everything()
		r.interrupt(t, step, false)
		if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
			t.Errorf("interrupted after step %d, it ends with other %s", step, d)
		}
	}
	t.Logf("C3: %d resume points", (last.Step+stride-1)/stride)
}

// A run that is interrupted after each of its steps ends the same too.
func TestResumeAfterResume(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	r := everything()
	for step := 1; step <= 20; step++ {
		r.interrupt(t, step, step > 1)
	}
	if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
		t.Errorf("interrupted 20 times, it ends with other %s", d)
	}
}

// TestC4_ResumeWithWorkers: shuffled and augmented batches that goroutines
// prepared ahead are the same after an interruption amid an epoch, whatever
// number of goroutines there was and is.
func TestC4_ResumeWithWorkers(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	counted := 0
	for _, before := range []int{0, 1, 4} {
		for _, after := range []int{0, 1, 4} {
			r := everything()
			r.Workers = before
			r.interrupt(t, 5, false)
			r.Workers = after
			if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
				t.Errorf("with %d workers before and %d after, it ends with other %s", before, after, d)
			}
			counted++
		}
	}
	t.Logf("C4: %d resumes amid an epoch", counted)
}

// cancelling gives images, and ends a context at the n-th that is read after
// seen was set to 0.
type cancelling struct {
	sample.Source
	at     int64
	cancel context.CancelFunc
	seen   atomic.Int64
}

const never = -1 << 30

func (c *cancelling) ReadFile(cell string) ([]byte, error) {
	if c.seen.Add(1) == c.at {
		c.cancel()
	}
	return c.Source.ReadFile(cell)
}

// Interrupted during an evaluation, a run is saved as it was after the epoch's
// last step, and evaluates again when it is resumed.
func TestInterruptedDuringEvaluation(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	for _, at := range []int64{1, 3, 5} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r := everything()
		// Steps read no picture between the hook of the epoch's last step and the
		// evaluation: without workers, batches are prepared when asked for.
		images := &cancelling{Source: sample.Images(), at: at, cancel: cancel}
		images.seen.Store(never)
		r.images = images
		r.hooks.Step = func(s trainer.Step) {
			images.seen.Store(0)
			if s.Done < s.Batches {
				images.seen.Store(never)
			}
		}
		if _, err := r.trainer(t).Run(ctx, false); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatalf("interrupted at picture %d: %v", at, err)
		}
		c, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Latest(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var s map[string]any
		if err := json.Unmarshal(must(c.ReadFile("state.json")), &s); err != nil {
			t.Fatal(err)
		}
		if s["batch"] != 5.0 {
			t.Errorf("saved at batch %v of an epoch of 5", s["batch"])
		}
		r.images, r.hooks = nil, trainer.Hooks{}
		if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
			t.Errorf("interrupted at picture %d of evaluations, it ends with other %s", at, d)
		}
	}
}

// rewrite copies a run's latest checkpoint to a disk of its own, changed.
func (r recipe) rewrite(t *testing.T, change func(name string, b []byte, tensors []checkpoints.Tensor) []byte) recipe {
	t.Helper()
	ctx := context.Background()
	c, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Latest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var files []checkpoints.File
	for _, f := range c.Manifest.Files {
		if strings.HasSuffix(f.Name, ".json") {
			b := must(c.ReadFile(f.Name))
			if n := change(f.Name, b, nil); n != nil {
				b = n
			}
			files = append(files, checkpoints.File{Name: f.Name, Write: checkpoints.Bytes(b)})
			continue
		}
		tensors, meta, err := c.Tensors(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		change(f.Name, nil, tensors)
		files = append(files, checkpoints.File{Name: f.Name, Write: checkpoints.Tensors(tensors, meta)})
	}
	r.disk = checkpointstest.NewDisk()
	if _, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Save(ctx, c.Manifest.Step, files); err != nil {
		t.Fatal(err)
	}
	return r
}

// zeroed clears the tensors of a file whose name begins with a word.
func zeroed(file, word string) func(string, []byte, []checkpoints.Tensor) []byte {
	return func(name string, _ []byte, tensors []checkpoints.Tensor) []byte {
		for _, x := range tensors {
			if name == file && strings.HasPrefix(x.Name, word) {
				clear(x.F32)
			}
		}
		return nil
	}
}

// without sets a key of state.json to a value.
func without(key string, value any) func(string, []byte, []checkpoints.Tensor) []byte {
	return func(name string, b []byte, _ []checkpoints.Tensor) []byte {
		if name != "state.json" {
			return nil
		}
		var s map[string]any
		if err := json.Unmarshal(b, &s); err != nil {
			panic(err)
		}
		if _, ok := s[key]; !ok {
			panic("state.json has no " + key)
		}
		s[key] = value
		return must(json.Marshal(s))
	}
}

// TestC5_EveryRestoredPartMatters: a run resumed without one of the parts
// of its checkpoint ends otherwise, or the tests above prove nothing about it.
func TestC5_EveryRestoredPartMatters(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	const amid = 32 // an update into an epoch without improvement, the third after the best
	interrupted := everything()
	interrupted.interrupt(t, amid, false)
	same := func(string, []byte, []checkpoints.Tensor) []byte { return nil }
	noticed := 0
	for _, c := range []struct {
		part   string
		change func(string, []byte, []checkpoints.Tensor) []byte
		noted  bool
	}{
		{"nothing", same, false},
		{"weights", zeroed(trainer.ModelFile, "fusion.mlp"), true},
		{"running statistics", zeroed(trainer.ModelFile, "encoders.picture.stage0.block0.norm.running_mean"), true},
		{"first moments", zeroed("optimizer.safetensors", "first"), true},
		{"second moments", zeroed("optimizer.safetensors", "second"), true},
		{"running mean of the weights", zeroed("optimizer.safetensors", "average"), true},
		{"weights of the best epoch", zeroed("best.safetensors", "fusion.mlp"), true},
		{"steps, for schedule and bias correction", without("steps", 0), true},
		{"epoch", without("epoch", 0), true},
		{"batch", without("batch", 0), true},
		{"sums of the epoch", without("sums", map[string]any{}), true},
		{"best figure", without("best", nil), true},
		{"best epoch", without("best_epoch", 1), true},
		{"patience", without("waited", 0), true},
		{"history", without("history", nil), true},
	} {
		// What no run is ever in is refused.
		var refused *checkpoints.Error
		if _, err := interrupted.rewrite(t, c.change).trainer(t).Run(t.Context(), true); errors.As(err, &refused) && c.noted {
			noticed++
			continue
		}
		d := difference(finish(t, interrupted.rewrite(t, c.change).trainer(t), true), whole)
		if (d != "") != c.noted {
			t.Errorf("resumed without %s, the run differs in %q", c.part, d)
		}
		if d != "" {
			noticed++
		}
	}
	t.Logf("C5: %d parts blanked and noticed", noticed)
}

// A run that ended is not trained further: it gives its result again.
func TestResumeAfterTheEnd(t *testing.T) {
	r := everything()
	whole := finish(t, r.trainer(t), false)
	steps := 0
	r.hooks.Step = func(trainer.Step) { steps++ }
	if d := difference(finish(t, r.trainer(t), true), whole); d != "" || steps > 0 {
		t.Errorf("resumed after its end, it makes %d steps and ends with other %s", steps, d)
	}
}

// Where no checkpoint was written, a resumed run begins at the beginning.
func TestResumeOfNothing(t *testing.T) {
	whole := finish(t, everything().trainer(t), false)
	if d := difference(finish(t, everything().trainer(t), true), whole); d != "" {
		t.Errorf("it ends with other %s", d)
	}
}

// A run does not go on with another config, other data or another version, and
// says which keys have changed.
func TestC9_ChangedIdentityIsRefused(t *testing.T) {
	interrupted := everything()
	interrupted.interrupt(t, 4, false)
	cases := []struct {
		name     string
		identity map[string]string
		allowed  []string
		code     int
		want     []string
	}{
		{"the same", map[string]string{"data": "d1", "seed": "5", "training.epochs": "16"}, nil, 0, nil},
		{"data", map[string]string{"data": "d2", "seed": "5", "training.epochs": "16"}, nil, 3, []string{`data: was "d1", is "d2"`}},
		{"a key", map[string]string{"data": "d1", "seed": "6", "training.epochs": "16"}, nil, 2, []string{`seed: was "5", is "6"`}},
		{"both", map[string]string{"data": "d2", "seed": "6", "training.epochs": "16"}, nil, 2, []string{"data: ", "seed: "}},
		{"a key gone", map[string]string{"data": "d1", "seed": "5"}, nil, 2, []string{`training.epochs: was "16", is absent`}},
		{"a new key", map[string]string{"data": "d1", "seed": "5", "training.epochs": "16", "fusion.type": "max"}, nil, 2, []string{`fusion.type: was absent, is "max"`}},
		{"allowed", map[string]string{"data": "d1", "seed": "5", "training.epochs": "16", "version": "2"}, []string{"version"}, 0, nil},
		{"one of two allowed", map[string]string{"data": "d2", "seed": "5", "training.epochs": "16", "version": "2"}, []string{"version"}, 3, []string{"data: ", "allow it by --allow-changed KEY"}},
		{"what shapes steps", map[string]string{"data": "d1", "seed": "6", "training.epochs": "16"}, []string{"seed"}, 2, []string{`seed: was "5", is "6"; start a new run`}},
		{"what was learnt", map[string]string{"data": "d2", "seed": "5", "training.epochs": "16", "learnt: output.labels": `["a"]`}, []string{"data"}, 3, []string{`an older version of the program wrote this run`, `data: was "d1", is "d2"`}},
	}
	t.Logf("C9: %d resumes of what has changed", len(cases))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := interrupted.rewrite(t, func(string, []byte, []checkpoints.Tensor) []byte { return nil })
			r.Epochs = 2
			r.change = func(tr *trainer.Trainer) { tr.Identity, tr.AllowChanged = c.identity, c.allowed }
			tr := r.trainer(t)
			before := slices.Clone(tr.Model.Weights())
			_, err := tr.Run(context.Background(), true)
			if c.code == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *trainer.ChangedError
			if !errors.As(err, &e) || e.ExitCode() != c.code {
				t.Fatalf("error %v, want exit code %d", err, c.code)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v does not say %s", err, w)
				}
			}
			if !slices.Equal(before, tr.Model.Weights()) {
				t.Error("weights of the other run were loaded")
			}
		})
	}
}

// F8: what early stopping and the monitored figure decide is decided again for
// all epochs, so a run that had stopped goes on as if it had never been told to.
func TestF8_StoppingIsDecidedAgain(t *testing.T) {
	run := func(r recipe, identity map[string]string, allow ...string) (outcome, error) {
		r.change = func(tr *trainer.Trainer) { tr.Identity, tr.AllowChanged = identity, allow }
		tr := r.trainer(t)
		if _, err := tr.Run(context.Background(), len(allow) > 0); err != nil {
			return outcome{}, err
		}
		again := r
		again.change = func(tr *trainer.Trainer) { tr.Identity, tr.AllowChanged = identity, allow }
		return finish(t, again.trainer(t), true), nil
	}
	with := func(patience int, monitor string) recipe {
		r := everything()
		r.Monitor, r.EarlyStopping = monitor, &trainer.EarlyStopping{Patience: patience}
		r.disk, r.rate = checkpointstest.NewDisk(), 0.5
		return r
	}
	identity := func(r recipe) map[string]string {
		return map[string]string{"training.early_stopping.patience": fmt.Sprint(r.EarlyStopping.Patience), "training.monitor": r.Monitor}
	}
	counted, refused := 0, 0
	for _, before := range []int{1, 2, 6} {
		for _, monitor := range []string{"validation.loss", "validation.accuracy"} {
			for _, after := range []int{1, 3, 20} {
				short, long := with(before, "validation.loss"), with(after, monitor)
				stopped, err := run(short, identity(short))
				if err != nil || !stopped.Stopped || len(stopped.History) == short.Epochs {
					t.Fatalf("with a patience of %d the run did not stop: %v", before, err)
				}
				whole, err := run(long, identity(long))
				if err != nil {
					t.Fatal(err)
				}
				long.disk = short.disk
				resumed, err := run(long, identity(long), "training.early_stopping.patience", "training.monitor")
				var setup *trainer.SetupError
				switch {
				case errors.As(err, &setup) && strings.Contains(err.Error(), "with it"):
					refused++
				case err != nil:
					t.Fatal(err)
				default:
					if d := difference(resumed, whole); d != "" {
						t.Errorf("a patience of %d after %d, by %s: the run ends with other %s", after, before, monitor, d)
					}
					counted++
				}
			}
		}
	}
	if counted == 0 || refused == 0 {
		t.Errorf("%d runs went on and %d were refused, want both", counted, refused)
	}
	t.Logf("F8: %d runs went on, %d were refused", counted, refused)
}

// A checkpoint of another model is refused, and nothing of the run is lost.
func TestResumeOfAnotherModel(t *testing.T) {
	r := everything()
	r.interrupt(t, 4, false)
	r.encoder = bigger
	_, err := r.trainer(t).Run(context.Background(), true)
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 4 || !strings.Contains(fmt.Sprint(err), "encoders.facts") {
		t.Errorf("error %v, want exit code 4 and the parameter", err)
	}
}
