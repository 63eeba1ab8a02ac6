//go:build linux

package main_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// smallDisk mounts a file system of 1 MiB that has only so many bytes free
// until free is called.
func smallDisk(t *testing.T, bytes int) (dir string, free func()) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20-bytes), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, func() {
		if err := os.Remove(filler); err != nil {
			t.Error(err)
		}
	}
}

// full checks how a command ends for which there is no space.
func full(t *testing.T, code int, errs, path string) {
	t.Helper()
	if code != 6 || !strings.Contains(errs, "no space left") || !strings.Contains(errs, path) || strings.Contains(errs, "goroutine") {
		t.Errorf("it ends with %d, want 6, and says %s, want %s", code, errs, path)
	}
}

// TestI1_FullDisk fills the disk of a training and of a prediction. What was
// saved before is valid, and with some space the run goes on to the same bytes.
func TestI1_FullDisk(t *testing.T) {
	v := newVictim(t, binary, 3)
	counted := 0
	for _, c := range []struct {
		what        string
		bytes       int
		least, most int // checkpoints that are there then
	}{{"the first files", 4 << 10, 0, 0}, {"the first checkpoint", 40 << 10, 0, 0}, {"a later checkpoint", 140 << 10, 1, 2}} {
		t.Run(c.what, func(t *testing.T) {
			dir, free := smallDisk(t, c.bytes)
			w := *v
			w.place = &place{t: t, dir: v.dir}
			run := filepath.Join(dir, "run")
			code, errs := w.train(run)
			full(t, code, errs, run)
			steps, err := (&checkpoints.Store{Dir: filepath.Join(run, "checkpoints")}).Steps()
			if err != nil || len(steps) < c.least || len(steps) > c.most {
				t.Errorf("checkpoints of steps %v are there, %v", steps, err)
			}
			w.whatIsThereIsValid(run, c.what)
			free()
			w.survives(run, c.what)
		})
		counted++
	}
	t.Run("predictions", func(t *testing.T) {
		model := filepath.Join(v.dir, "run1")
		predict := func(output string, out *os.File) (int, string) {
			var errs bytes.Buffer
			cmd := exec.Command(binary, "predict", "--force", "--model", model, "--data", "data.csv", "--output", output)
			cmd.Dir, cmd.Env, cmd.Stderr = v.dir, []string{}, &errs
			if out != nil {
				cmd.Stdout = out
			}
			cmd.Run() // its error is the exit code
			return cmd.ProcessState.ExitCode(), errs.String()
		}
		dir, free := smallDisk(t, 0)
		out := filepath.Join(dir, "out.csv")
		code, errs := predict(out, nil)
		full(t, code, errs, out)
		if left, err := filepath.Glob(filepath.Join(dir, "*out*")); err != nil || len(left) > 0 {
			t.Errorf("%v is left, %v", left, err)
		}
		free()
		if code, errs := predict(out, nil); code != 0 {
			t.Errorf("with space it ends with %d: %s", code, errs)
		}
		device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer device.Close()
		code, errs = predict("-", device)
		full(t, code, errs, "/dev/stdout")
	})
	t.Logf("I1: %d full disks", counted+2)
}

// TestI2_OutputCannotBeWritten: a run folder that cannot be used is found
// before the first step.
func TestI2_OutputCannotBeWritten(t *testing.T) {
	p := newPlace(t)
	p.save()
	// A user who is not root, and may read the program and the table.
	for _, dir := range []string{filepath.Dir(binary), filepath.Dir(p.dir), p.dir} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	train := func(output string) (int, string) {
		cmd := exec.Command(binary, "train", "--config", "train.yaml", "--output", output)
		var errs bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stderr = p.dir, []string{}, &errs
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		cmd.Run() // its error is the exit code
		return cmd.ProcessState.ExitCode(), errs.String()
	}
	for name, mode := range map[string]os.FileMode{"shut": 0o555, "open": 0o777} {
		if err := os.Mkdir(p.at(name), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p.at(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	p.write("file", nil)
	for _, c := range []struct {
		what, output string
		code         int
		says         string
	}{
		{"unwritable", "shut", 6, "permission denied"},
		{"below an unwritable one", "shut/run", 6, "permission denied"},
		{"a file", "file", 6, "file"},
		{"below a file", "file/run", 6, "file"},
		{"missing, and is made", "open/a/run", 0, "best epoch"},
	} {
		code, errs := train(c.output)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: it ends with %d, want %d, and says %s", c.what, code, c.code, errs)
		}
		if c.code != 0 && (strings.Contains(errs, "epoch 1/") || strings.Count(errs, "\n") != 1) {
			t.Errorf("%s: it is found too late, or says too much: %s", c.what, errs)
		}
	}
	p.removed()
	t.Log("I2: 6 folders that cannot be written, or were removed")
}

// removed trains into a folder that somebody takes away meanwhile: training does
// not go on for nothing.
func (p *place) removed() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "train", "--config", "train.yaml", "--output", "gone", "--set", "training.epochs=100000")
	heard := &removing{dir: p.at("gone")}
	cmd.Dir, cmd.Env, cmd.Stderr = p.dir, []string{}, heard
	cmd.Run() // its error is the exit code
	if code := cmd.ProcessState.ExitCode(); code != 6 || !strings.Contains(heard.said.String(), "gone") {
		p.t.Errorf("its folder was taken away, and it ends with %d and says %s", code, heard.said.String()[max(0, heard.said.Len()-500):])
	}
	if err := checkpoints.Verify(context.Background(), p.at("gone/model")); err == nil {
		p.t.Error("its folder was taken away, and there is a model")
	}
}

// removing is a standard error that takes a folder away after an epoch.
type removing struct {
	said bytes.Buffer
	dir  string
	done bool
}

func (r *removing) Write(b []byte) (int, error) {
	if !r.done && bytes.Contains(b, []byte("epoch 2/")) {
		r.done = true
		if err := os.Rename(r.dir, r.dir+" away"); err != nil {
			return 0, err
		}
	}
	return r.said.Write(b)
}
