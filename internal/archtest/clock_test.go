package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// clocked are the tests that ask the clock, the scheduler or the collector, and
// why a busy machine cannot fail them.
var clocked = map[string]string{
	"serve/load_test.go":                 "waits for goroutines to end, and for models to be collected",
	"data/loader_test.go":                "waits for goroutines to end",
	"cmd/chiasm/kill_test.go":            "chooses moments at which a training is killed",
	"cli/internal/app/growth_test.go":    "measures when nothing else runs and all garbage is collected",
	"internal/parallel/parallel_test.go": "is given minutes for what must come, and nothing for what must not",
	"examples/service/main_test.go":      "logs a time, and asks again until a server listens",
}

// TestF21_NoTestDependsOnLoad: what a test expects must hold on however busy a
// machine. Tests of speed are benchmarks.
func TestF21_NoTestDependsOnLoad(t *testing.T) {
	asks := regexp.MustCompile(`time\.(Sleep|Since)\(|\.HeapAlloc|\.HeapInuse|runtime\.NumGoroutine\(`)
	met := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "bench" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.FromSlash("../../")))
		if found := asks.Find(text); found != nil && name != "internal/archtest/clock_test.go" {
			met[name] = true
			if clocked[name] == "" {
				t.Errorf("%s uses %s: wait for an event, count what is live, or make it a benchmark; if no load can fail it, list it in clocked, with the reason", name, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range clocked {
		if !met[name] {
			t.Errorf("%s is listed in clocked, and asks no clock", name)
		}
	}
}
