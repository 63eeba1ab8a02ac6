//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const config = `
name: numbers
data: {path: data.csv, split: {train: 0.6, validation: 0.2, test: 0.2}}
inputs:
  facts: {type: tabular, numeric: [x], encoder: {type: mlp, hidden: [4]}}
output: {type: regression, column: y}
training: {epochs: 1000000, batch_size: 8}
`

// The binary needs nothing of its environment, and a signal ends a training
// with the code that shells know, after the step is saved.
func TestBinary(t *testing.T) {
	version := exec.Command(binary, "version")
	version.Env = []string{}
	if out, err := version.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "chiasm ") {
		t.Fatalf("version gives %q (%v)", out, err)
	}
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("x,y\n")
	for i := range 40 {
		fmt.Fprintf(&rows, "%d,%d\n", i, i*i)
	}
	for name, text := range map[string]string{"data.csv": rows.String(), "train.yaml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		run := fmt.Sprint("run", want)
		cmd := exec.Command(binary, "train", "--config", "train.yaml", "--output", run)
		cmd.Dir, cmd.Env = dir, []string{}
		errs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := ""
		for lines := bufio.NewScanner(errs); lines.Scan(); last = lines.Text() {
			if strings.HasPrefix(lines.Text(), "epoch 1/") {
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
		}
		cmd.Wait() // its error is the exit code
		if code := cmd.ProcessState.ExitCode(); code != want || !strings.HasPrefix(last, "interrupted; a checkpoint is saved") {
			t.Errorf("after %v it ends with %d, want %d, and says %q", signal, code, want, last)
		}
		if saved, err := filepath.Glob(filepath.Join(dir, run, "checkpoints", "step-*")); err != nil || len(saved) == 0 {
			t.Errorf("after %v there is no checkpoint", signal)
		}
	}
}
