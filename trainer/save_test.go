package trainer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/trainer"
)

// saved runs to the end and tells which steps were saved, and which stayed.
func saved(t *testing.T, c trainer.Checkpoint) (all, stayed []int) {
	t.Helper()
	r := everything()
	r.Epochs, r.Checkpoint = 4, c
	r.hooks.Saved = func(step int) { all = append(all, step) }
	tr := r.trainer(t)
	finish(t, tr, false)
	stayed, err := tr.Store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	return all, stayed
}

// Each key of checkpoint does what it says.
func TestCheckpointKeys(t *testing.T) {
	for _, c := range []struct {
		trainer.Checkpoint
		all, stayed []int
	}{
		{trainer.Checkpoint{}, []int{3, 6, 9, 12}, []int{6, 9, 12}},
		{trainer.Checkpoint{EverySteps: 2, Keep: 100}, []int{2, 3, 4, 6, 8, 9, 10, 12}, []int{2, 3, 4, 6, 8, 9, 10, 12}},
		{trainer.Checkpoint{EverySteps: 5, Keep: 2}, []int{3, 5, 6, 9, 10, 12}, []int{10, 12}},
		{trainer.Checkpoint{EverySteps: 1, Keep: 1}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, []int{12}},
	} {
		all, stayed := saved(t, c.Checkpoint)
		best := slices.DeleteFunc(slices.Clone(stayed), func(s int) bool { return slices.Contains(c.stayed, s) })
		if !slices.Equal(all, c.all) || len(best) > 1 || len(stayed)-len(best) != len(c.stayed) {
			t.Errorf("%+v: saved %v, want %v; %v stayed, want %v and the best epoch's", c.Checkpoint, all, c.all, stayed, c.stayed)
		}
	}
	// A clock decides: all that is known is that there are more than without.
	if all, _ := saved(t, trainer.Checkpoint{EveryMinutes: 1e-12}); len(all) <= 4 || all[len(all)-1] != 12 {
		t.Errorf("every instant: saved %v", all)
	}
}

// While a checkpoint is written training goes on, and changes nothing of it: it
// is the one that a run would write that waits.
func TestSavedWhileTraining(t *testing.T) {
	const keep = 100
	files := func(r recipe) (list []string) {
		store := &checkpoints.Store{Dir: "run", FS: r.disk}
		steps, err := store.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			c, err := store.At(context.Background(), step)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range c.Manifest.Files {
				if f.Name != "state.json" { // which has times
					list = append(list, fmt.Sprint(step, f))
				}
			}
		}
		return list
	}
	plain := everything()
	plain.Checkpoint.Keep = keep
	whole := finish(t, plain.trainer(t), false)

	slow := everything()
	slow.Checkpoint.Keep = keep
	release := make(chan struct{})
	slow.hooks.Step = func(s trainer.Step) {
		if s.Step == 5 {
			close(release)
		}
	}
	slow.change = func(tr *trainer.Trainer) {
		tr.Store.FS = &checkpointstest.Hooked{FS: slow.disk, Hook: func(op checkpointstest.Op) (bool, error) {
			if op.Name == "create" && strings.Contains(op.Path, ".tmp-3-") {
				<-release // or the test never ends
			}
			return false, nil
		}}
	}
	if d := difference(finish(t, slow.trainer(t), false), whole); d != "" {
		t.Errorf("it ends with other %s", d)
	}
	if a, b := files(plain), files(slow); !slices.Equal(a, b) {
		t.Errorf("the checkpoints are\n%s\nwant\n%s", strings.Join(b, "\n"), strings.Join(a, "\n"))
	}
}

// TestI1_FullWhileTraining: a disk that is full at any operation of a save ends
// the run with exit code 6. What was saved before is valid, and the run goes on
// from it to the same weights.
func TestI1_FullWhileTraining(t *testing.T) {
	r := everything()
	r.Epochs = 4
	whole := finish(t, r.trainer(t), false)
	failed, stride := 0, 7
	if testing.Short() { // for the race detector, to which operations are alike
		stride = 35
	}
	for n := 1; ; n += stride {
		r := everything()
		r.Epochs = 4
		h := &checkpointstest.Hooked{FS: r.disk, Hook: checkpointstest.FullAt(n)}
		full := r
		full.change = func(tr *trainer.Trainer) { tr.Store.FS = h }
		tr := full.trainer(t)
		_, err := tr.Run(context.Background(), false)
		if err == nil {
			if n < 40 {
				t.Errorf("the disk is full at operation %d, and the run ends well", n)
			}
			break
		}
		failed++
		var e *trainer.SaveError
		var coded interface{ ExitCode() int }
		if !errors.As(err, &e) || !errors.As(err, &coded) || coded.ExitCode() != 6 || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
			t.Fatalf("full at operation %d: %v", n, err)
		}
		if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
			t.Errorf("full at operation %d, and resumed, it ends with other %s", n, d)
		}
	}
	t.Logf("I1: %d full disks, each after another operation", failed)
}
