package main_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestEnvironmentChangesNothing: cores, garbage collection, folder, home, time
// zone and language are not in the model's bytes.
func TestEnvironmentChangesNothing(t *testing.T) {
	p := newPlace(t)
	p.save()
	elsewhere := t.TempDir()
	var want [32]byte
	for i, c := range []struct {
		dir string
		env []string
	}{
		{p.dir, nil},
		{p.dir, []string{"GOMAXPROCS=1"}},
		{p.dir, []string{"GOMAXPROCS=2", "GOGC=10"}},
		{elsewhere, []string{"GOMAXPROCS=4", "GOGC=off"}},
		{elsewhere, []string{"HOME=" + elsewhere, "TZ=Asia/Tokyo", "LANG=de_DE.UTF-8", "LC_ALL=de_DE.UTF-8", "TERM=xterm"}},
	} {
		run := filepath.Join(t.TempDir(), "run")
		cmd := exec.Command(binary, "train", "--config", p.at("train.yaml"), "--output", run)
		cmd.Dir, cmd.Env = c.dir, append([]string{}, c.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", c.env, err, out)
		}
		b, err := os.ReadFile(filepath.Join(run, "model", "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		switch got := sha256.Sum256(b); {
		case i == 0:
			want = got
		case !bytes.Equal(got[:], want[:]):
			t.Errorf("in %s with %v the model is another", c.dir, c.env)
		}
	}
}
