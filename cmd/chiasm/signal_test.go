//go:build unix

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestI4_Signals sends SIGINT and SIGTERM at each phase of a training, a second
// one after the first, and closes its standard output. What it leaves is valid
// and goes on to the same bytes.
func TestI4_Signals(t *testing.T) {
	program, err := withFailpoints()
	if err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, program, 3)
	type signal struct {
		phase, actions, point string
		n, code               int
		says                  string
	}
	var signals []signal
	for _, s := range []signal{
		{phase: "preprocess", point: "preprocess read", n: 1, says: "interrupted"},
		{phase: "build", point: "build model", n: 1, says: "a checkpoint is saved"},
		{phase: "step", point: "step gradient", n: 6, says: "a checkpoint is saved"},
		{phase: "evaluate", point: "evaluate batch", n: 2, says: "a checkpoint is saved"},
		{phase: "save", point: "rename checkpoint", n: 2, says: "interrupted"},
		{phase: "export", point: "rename next model", n: 1, says: "interrupted"},
	} {
		s.actions, s.code = "INT", 130
		signals = append(signals, s)
		s.actions, s.code = "TERM", 143
		signals = append(signals, s)
	}
	signals = append(signals, []signal{
		{phase: "preprocess, twice", actions: "INT,INT", point: "preprocess fitted", n: 1, code: 130, says: "at once"},
		{phase: "step, twice", actions: "INT,INT", point: "step updated", n: 6, code: 130, says: "at once"},
		{phase: "evaluate, then another", actions: "INT,TERM", point: "evaluate batch", n: 4, code: 143, says: "at once"},
		{phase: "save, twice", actions: "TERM,TERM", point: "write optimizer.safetensors", n: 3, code: 143, says: "at once"},
	}...)
	sent := 0
	for i, s := range signals {
		if !slow && i%3 != 0 {
			continue
		}
		sent++
		how, dir := fmt.Sprintf("%s at %s", s.actions, s.phase), v.fresh()
		code, errs := v.train(dir, fmt.Sprintf("CHIASM_FAILPOINT=%s@%d@%s", s.actions, s.n, s.point))
		if code != s.code || !strings.Contains(errs, s.says) || strings.Contains(errs, "goroutine") {
			t.Errorf("%s: it ends with %d, want %d, and says %s", how, code, s.code, errs)
		}
		v.survives(dir, how)
	}
	v.withoutReader()
	t.Logf("I4: %d signals and a closed standard output", sent)
}

// withoutReader trains with a standard output that nobody reads.
func (v *victim) withoutReader() {
	v.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		v.t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	dir := v.fresh()
	cmd, errs := v.command(dir)
	cmd.Stdout = w
	cmd.Run() // its error is what is tested
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGPIPE {
		v.t.Errorf("standard output closed: it ends with %v and says %s", cmd.ProcessState, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		v.t.Errorf("standard output closed: %v", err)
	}
	v.survives(dir, "standard output closed")
}
