//go:build unix

package promises_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A setting is what a training must not depend on.
type setting struct {
	name    string
	env     []string
	workers int
	cwd     string // below the place
	umask   string
}

// settings are the 47 of R1; without -tags slow, some of each kind.
func settings() []setting {
	var all []setting
	add := func(fast bool, s setting) {
		if fast || everySetting {
			all = append(all, s)
		}
	}
	for i := range 10 {
		add(i == 0, setting{name: fmt.Sprint("repeated ", i+1), workers: 2})
	}
	for i, cores := range []int{1, 2, 4} {
		for j, gc := range []string{"10", "100", "off"} {
			for k, workers := range []int{0, 1, 4} {
				add(i == j && j == k, setting{
					name: fmt.Sprintf("GOMAXPROCS=%d GOGC=%s workers=%d", cores, gc, workers),
					env:  []string{fmt.Sprint("GOMAXPROCS=", cores), "GOGC=" + gc}, workers: workers,
				})
			}
		}
	}
	for i, s := range []setting{
		{name: "in another folder", cwd: "images"}, {name: "in the root", cwd: "/"},
		{name: "without a home", env: []string{"HOME="}}, {name: "with a home", env: []string{"HOME=/nowhere", "XDG_CACHE_HOME=/nowhere"}},
		{name: "in Kathmandu", env: []string{"TZ=Asia/Kathmandu"}}, {name: "in Honolulu", env: []string{"TZ=Pacific/Honolulu"}},
		{name: "in Turkish", env: []string{"LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"}}, {name: "in C", env: []string{"LANG=C", "LC_ALL=C"}},
		{name: "files for all", umask: "000"}, {name: "files for one", umask: "077"},
	} {
		s.workers = 2
		add(i%2 == 0, s)
	}
	return all
}

// TestDeterminism is R1: the program, given the same config, table and seed,
// writes the same bytes.
func TestDeterminism(t *testing.T) {
	c := sample.Default()
	c.Picture = "{type: cnn, channels: [16, 24], residual: true, dropout: 0.1}"
	c.Fusion = "{type: cross_attention, dim: 24, heads: 4}"
	c.Size = "[18, 21]"
	c.Training = ", modality_dropout: 0.2, average: 0.9, accumulate: 2"
	binary := build(t)
	hashes := map[string][]string{}
	all := settings()
	p := newPlace(t)
	p.yaml = c.YAML()
	p.setRows(60)
	p.save()
	for _, s := range all {
		t.Run("R1/"+s.name, func(t *testing.T) {
			h := p.hash(t, binary, s)
			hashes[h] = append(hashes[h], s.name)
		})
	}
	if len(hashes) != 1 {
		t.Errorf("%d different results: %v", len(hashes), slices.Collect(maps.Values(hashes)))
	}
	t.Logf("R1: %d settings, %d hash", len(all), len(hashes))
	if everySetting && len(all) != 47 {
		t.Errorf("%d settings, the list has 47", len(all))
	}
	p.yaml = strings.Replace(p.yaml, "seed: 7", "seed: 8", 1)
	p.save()
	if _, ok := hashes[p.hash(t, binary, setting{name: "another seed"})]; ok {
		t.Error("another seed gives the same")
	}
}

// hash trains and predicts in a setting, and hashes all that is written but for
// times.
func (p *place) hash(t *testing.T, binary string, s setting) string {
	t.Helper()
	run := func(args ...string) {
		cmd := exec.Command(binary, args...)
		if s.umask != "" {
			cmd = exec.Command("sh", append([]string{"-c", `umask "$0"; exec "$@"`, s.umask, binary}, args...)...)
		}
		cmd.Dir, cmd.Env = p.dir, slices.Concat([]string{"PATH=" + os.Getenv("PATH")}, s.env)
		switch {
		case strings.HasPrefix(s.cwd, "/"):
			cmd.Dir = s.cwd
		case s.cwd != "":
			cmd.Dir = p.at(s.cwd)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := os.RemoveAll(p.at("run")); err != nil {
		t.Fatal(err)
	}
	run("train", "--config", p.at("train.yaml"), "--output", p.at("run"), "--set", fmt.Sprint("training.workers=", s.workers))
	run("predict", "--force", "--model", p.at("run"), "--data", p.at("data.csv"), "--output", p.at("predicted.csv"))
	h := sha256.New()
	for _, name := range []string{"run/model/model.safetensors", "run/model/preprocessing.json", "run/data_report.json", "predicted.csv"} {
		h.Write(p.read(name))
	}
	for line := range bytes.Lines(p.read("run/metrics.jsonl")) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		delete(e, "seconds")
		delete(e, "samples_per_second")
		fmt.Fprintln(h, e)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
