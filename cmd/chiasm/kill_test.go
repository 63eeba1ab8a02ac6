//go:build unix

package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/rng"
)

// withFailpoints is the program with points where it can be told to end,
// built when first asked for.
var withFailpoints = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "chiasm-failpoints")
	out, err := exec.Command("go", "build", "-tags", "failpoints", "-ldflags=-s -w", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// victim is a training that is to be ended before its end: a table, a config
// with a checkpoint every other step, and what the run leaves if nobody ends it.
type victim struct {
	*place
	program string
	runs    int
	whole   string // what a run that was left alone leaves
	takes   time.Duration
}

func newVictim(t *testing.T, program string, epochs int) *victim {
	t.Helper()
	v := &victim{place: newPlace(t), program: program}
	c := sample.Default()
	c.Training = ", average: 0.9, modality_dropout: 0.2, accumulate: 2, checkpoint: {every_steps: 2, keep: 2}"
	v.yaml = strings.Replace(c.YAML(), "epochs: 2", fmt.Sprint("epochs: ", epochs), 1)
	v.save()
	v.takes = time.Hour
	v.whole = v.alone()
	return v
}

// alone is what a run leaves that nobody ends. The quickest is what a run takes.
func (v *victim) alone() string {
	v.t.Helper()
	dir, started := v.fresh(), time.Now()
	if code, errs := v.train(dir); code != 0 {
		v.t.Fatalf("left alone, it ends with %d: %s", code, errs)
	}
	v.takes = min(v.takes, time.Since(started))
	return v.left(dir)
}

// fresh is the name of a new run folder.
func (v *victim) fresh() string {
	v.runs++
	return filepath.Join(v.dir, fmt.Sprint("run", v.runs))
}

// command trains into dir, from where an earlier training ended.
func (v *victim) command(dir string, env ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(v.program, "train", "--config", "train.yaml", "--output", dir, "--resume")
	cmd.Dir, cmd.Env = v.dir, append([]string{"GOMAXPROCS=2", "GOGC=400"}, env...)
	errs := &bytes.Buffer{}
	cmd.Stderr = errs
	return cmd, errs
}

func (v *victim) train(dir string, env ...string) (code int, errs string) {
	v.t.Helper()
	cmd, said := v.command(dir, env...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// left is what a run wrote, without times and places: the SHA-256 of the final
// weights, those of the last checkpoint, and the figures.
func (v *victim) left(dir string) string {
	v.t.Helper()
	var b strings.Builder
	store := &checkpoints.Store{Dir: filepath.Join(dir, checkpoints.CheckpointsDir)}
	c, err := store.Latest(context.Background())
	if err != nil {
		v.t.Fatal(err)
	}
	for _, f := range c.Manifest.Files {
		if f.Name != "state.json" && f.Name != "config.yaml" { // which have times, and paths
			fmt.Fprintln(&b, "checkpoint", c.Manifest.Step, f.Name, f.SHA256)
		}
	}
	for _, name := range []string{"model/model.safetensors", "model/preprocessing.json", "data_report.json"} {
		contents, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			v.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %x\n", name, sha256.Sum256(contents))
	}
	lines, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		v.t.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			v.t.Fatal(err)
		}
		delete(e, "seconds")
		delete(e, "samples_per_second")
		fmt.Fprintln(&b, e)
	}
	return b.String()
}

// survives checks what a killed run left: each checkpoint that can be seen is
// valid; and that the run goes on to the same bytes.
func (v *victim) survives(dir, how string) {
	v.t.Helper()
	v.whatIsThereIsValid(dir, how)
	if code, errs := v.train(dir); code != 0 {
		v.t.Errorf("%s: resumed, it ends with %d: %s", how, code, errs)
		return
	}
	if got := v.left(dir); got != v.whole {
		v.t.Errorf("%s: resumed, it leaves\n%s\nwant\n%s", how, got, v.whole)
	}
	filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if name := filepath.Base(path); strings.HasPrefix(name, ".tmp") || strings.HasPrefix(name, ".trash") || strings.HasSuffix(name, ".next") {
			v.t.Errorf("%s: %s is left behind", how, path)
		}
		return err
	})
}

func (v *victim) whatIsThereIsValid(dir, how string) {
	v.t.Helper()
	store := &checkpoints.Store{Dir: filepath.Join(dir, checkpoints.CheckpointsDir)}
	steps, err := store.Steps()
	if err != nil {
		v.t.Fatal(err)
	}
	for _, step := range steps {
		if _, err := store.At(context.Background(), step); err != nil {
			v.t.Errorf("%s: %v", how, err)
		}
	}
	model := filepath.Join(dir, "model")
	if _, err := os.Stat(model); err == nil {
		if err := checkpoints.Verify(context.Background(), model); err != nil {
			v.t.Errorf("%s: %v", how, err)
		}
	}
}

// points are the failpoints that a run of v reaches, and how often.
func (v *victim) points() map[string]int {
	v.t.Helper()
	list := v.at("points")
	if code, errs := v.train(v.fresh(), "CHIASM_FAILPOINT_LIST="+list); code != 0 {
		v.t.Fatalf("it ends with %d: %s", code, errs)
	}
	b, err := os.ReadFile(list)
	if err != nil {
		v.t.Fatal(err)
	}
	reached := map[string]int{}
	for line := range strings.Lines(string(b)) {
		reached[strings.TrimSpace(line)]++
	}
	return reached
}

// TestC1_KilledAtFailpoints kills a training at each labelled point, when it is
// first reached and when it is last; a training that was killed goes on to the
// same bytes.
func TestC1_KilledAtFailpoints(t *testing.T) {
	program, err := withFailpoints()
	if err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, program, 3)
	points := v.points()
	if len(points) < 36 {
		t.Fatalf("%d points, 36 are promised: %v", len(points), points)
	}
	killed, labels := 0, 0
	for i, point := range slices.Sorted(maps.Keys(points)) {
		if !slow && i%10 != 0 {
			continue
		}
		labels++
		times := []int{1}
		if n := points[point]; slow && n > 1 {
			times = append(times, n)
		}
		for _, n := range times {
			how, dir := fmt.Sprintf("killed at %q, time %d", point, n), v.fresh()
			cmd, errs := v.command(dir, fmt.Sprintf("CHIASM_FAILPOINT=kill@%d@%s", n, point))
			cmd.Run() // its error is the kill
			if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGKILL {
				t.Fatalf("%s: it ends with %v: %s", how, cmd.ProcessState, errs)
			}
			killed++
			v.survives(dir, how)
		}
	}
	t.Logf("C1: %d kills at %d of %d labelled points", killed, labels, len(points))
}

// TestC2_KilledAtRandom kills trainings at moments drawn from fixed seeds, up
// to three times a run.
func TestC2_KilledAtRandom(t *testing.T) {
	v := newVictim(t, binary, 8)
	for range 2 { // where others use the machine too, the first may be slow
		if v.alone() != v.whole {
			t.Fatal("left alone, it leaves something else")
		}
	}
	want, killed, runs := 60, 0, 0
	if !slow {
		want = 6
	}
	for ; killed < want; runs++ {
		key, dir := rng.New(uint64(runs)).Name("kill"), v.fresh()
		var how []string
		for i := range 3 {
			after := time.Duration(key.Float64(i) * float64(v.takes) / float64(i+1)) // what is left is less each time
			cmd, _ := v.command(dir)
			started := time.Now()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
			err := cmd.Wait() // an error is the kill
			timer.Stop()
			if err == nil {
				// It was done before, on a machine that has less to do than it had.
				v.takes = min(v.takes, time.Since(started))
				break
			}
			killed++
			how = append(how, after.String())
			v.whatIsThereIsValid(dir, fmt.Sprint("killed after ", how))
		}
		v.survives(dir, fmt.Sprint("killed after ", how))
	}
	t.Logf("C2: %d kills at random moments in %d runs", killed, runs)
}
