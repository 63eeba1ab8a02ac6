package serve

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestGroupMemory(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("a/memory.max", "1000\n")
	write("a/b/memory.max", "max\n")
	write("a/c/memory.max", "300\n")
	write("memory/d/memory.limit_in_bytes", "700\n")
	for self, want := range map[string]int64{
		"0::/a/b\n":               1000, // a limit of the group above
		"0::/a/c\n":               300,
		"0::/\n":                  math.MaxInt64,
		"5:cpu:/d\n4:memory:/d\n": 700, // version 1
		"0::/gone/from/here\n":    math.MaxInt64,
		"nonsense":                math.MaxInt64,
	} {
		if got := groupMemory(write("self", self), root); got != want {
			t.Errorf("%q: %d, want %d", self, got, want)
		}
	}
	if got := groupMemory(filepath.Join(root, "none"), root); got != math.MaxInt64 {
		t.Errorf("without groups: %d", got)
	}
	if DefaultMemory() < leastMemory {
		t.Errorf("the default is %d", DefaultMemory())
	}
}
