//go:build linux

package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestI1_FullLog fills the disk when the first line of the log is to be written.
// With space, the run goes on.
func TestI1_FullLog(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	filler := filepath.Join(dir, "filler")
	o := app.TrainOptions{Config: w.at("train.yaml"), Output: filepath.Join(dir, "run"), Sets: []string{"training.epochs=2"}}
	log := filepath.Join(o.Output, "metrics.jsonl")
	_, err := start(context.Background(), o, func(line string) {
		if !strings.HasPrefix(line, "epoch 1/") {
			return
		}
		f, err := os.Create(filler)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	})
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 6 || !strings.Contains(err.Error(), log) || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("it ends with %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	o.Resume = true
	if said, err := start(context.Background(), o, nil); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	t.Log("I1: 1 full disk")
}
