package checkpoints_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// gone is the number of a process that has ended: numbers end far below it.
const gone = 1<<31 - 2

// What a killed process has left of an output, the next one to the same place deletes; no
// folder of another place, kind or running process, and none without our marker.
func TestH5_KilledOutputs(t *testing.T) {
	for _, existing := range []bool{false, true} {
		t.Run(fmt.Sprintf("existing=%v", existing), func(t *testing.T) {
			parent := t.TempDir()
			target := filepath.Join(parent, "out")
			put := func(dir, text string) {
				o, err := checkpoints.NewOutput(dir, "export", true, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer o.Close()
				if err := os.WriteFile(filepath.Join(o.Dir, "a"), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
				if err := o.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			in := parent
			if existing {
				put(target, "old")
				in = target
			}
			left := func(label string, pid int, kind string) string {
				dir := filepath.Join(in, fmt.Sprintf(".tmp-%s-%d-0123abcd", label, pid))
				if err := os.MkdirAll(filepath.Join(dir, "samples"), 0o777); err != nil {
					t.Fatal(err)
				}
				if kind != "" {
					f, err := checkpoints.ReadFolder(nil, dir, kind, nil)
					if err != nil {
						t.Fatal(err)
					}
					if err := f.Own(checkpoints.Owner{}); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(filepath.Join(dir, "samples", "half"), []byte("x"), 0o666); err != nil {
					t.Fatal(err)
				}
				return dir
			}
			ours := []string{left("out", gone, "export")}
			if existing {
				in = parent // from before the target existed
				ours = append(ours, left("out", gone, "export"))
				in = target
			}
			others := []string{left("out", gone-1, ""), left("out", gone-2, "explanation"), left("other", gone, "export"), left("out", os.Getppid(), "export")}
			put(target, "new")
			for _, dir := range ours {
				if _, err := os.Lstat(dir); err == nil {
					t.Errorf("%s is still there", dir)
				}
			}
			for _, dir := range others {
				if _, err := os.Lstat(filepath.Join(dir, "samples", "half")); err != nil {
					t.Errorf("deleted: %v", err)
				}
			}
			if b, err := os.ReadFile(filepath.Join(target, "a")); string(b) != "new" || err != nil {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}

// Where the folder around a new output is replaced while it is written, nothing is put
// into what took its place.
func TestH5_ParentReplaced(t *testing.T) {
	top := t.TempDir()
	parent, elsewhere := filepath.Join(top, "parent"), filepath.Join(top, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o777); err != nil {
		t.Fatal(err)
	}
	o, err := checkpoints.NewOutput(filepath.Join(parent, "out"), "export", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "a"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(parent, parent+"2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, parent); err != nil {
		t.Fatal(err)
	}
	if err := o.Commit(); err == nil {
		t.Error("it was put somewhere")
	}
	o.Close()
	for _, dir := range []string{elsewhere, parent + "2"} {
		if list, err := os.ReadDir(dir); len(list) != 0 || err != nil {
			t.Errorf("%s holds %v, %v", dir, list, err)
		}
	}
}
