package checkpoints_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

// A tree is a folder on the disk: what each path holds.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			out[name] = "folder"
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			out[name] = "link to " + to
			return err
		default:
			b, err := os.ReadFile(path)
			out[name] = string(b)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// plant makes files (and the folders above them); a value that begins with
// "-> " makes a link.
func plant(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, contents := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o777)
		if to, ok := strings.CutPrefix(contents, "-> "); err == nil && ok {
			err = os.Symlink(to, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(contents), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// deadPid is beyond any process id of Linux and of the BSDs.
const deadPid = 999_999_999

// TestC8_Leftovers puts into the folder of checkpoints what may lie there, and
// saves, prunes and reads around it.
func TestC8_Leftovers(t *testing.T) {
	ours := fmt.Sprintf("-7-%d-0123abcd", deadPid)
	running := fmt.Sprintf("-7-%d-0123abcd", os.Getppid())
	earlier := fmt.Sprintf("-7-%d-0123abcd", os.Getpid()) // same pid as an earlier process: a container
	tests := []struct {
		name     string
		plant    map[string]string
		gone     []string // what is ours; all else must stay
		warnings int      // of Latest
	}{
		{"temporary folders", map[string]string{
			".tmp" + ours + "/model.safetensors": "half", ".tmp" + earlier + "/state.json": "", ".trash" + ours + "1/state.json": "",
			".tmp-8" + ours[2:] + "/state.json": "half", ".tmp-8" + ours[2:] + "/notes.txt": "mine", ".tmp" + running + "/a": "in use",
			".tmp/a": "", ".tmp-7/a": "", ".tmp-x" + ours + "/a": "", ".tmp" + ours + "0/a": "", "x.tmp" + ours + "/a": "", ".tmp-7-x-0123abcd/a": "",
		}, []string{".tmp" + ours, ".tmp" + earlier}, 0},
		{"trash", map[string]string{
			".trash" + ours + "/MANIFEST.json": "{}", ".trash-8" + ours[2:] + "/MANIFEST.json": "{}", ".trash-8" + ours[2:] + "/notes.txt": "mine", ".trash" + running + "/a": "", ".Trash-1000/files/a": "", ".trash/a": "",
		}, []string{".trash" + ours}, 0},
		{"partial target", map[string]string{"step-00000005/model.safetensors": "half", "step-00000006/MANIFEST.json": ""}, nil, 2},
		{"stray files", map[string]string{
			"notes.txt": "mine", "step-00000009": "a file", "step-9/a": "", "step-0000000x/a": "", "step--0000001/a": "", "step-00000003.old/a": "", ".DS_Store": "",
			"step-00000002/.DS_Store": "",
		}, nil, 1},
		{"symbolic links", map[string]string{
			"step-00000009": "-> elsewhere", "elsewhere/MANIFEST.json": "other", ".tmp" + ours: "-> elsewhere", ".trash" + ours: "-> elsewhere/MANIFEST.json",
		}, nil, 1},
		{"folders in ours", map[string]string{".tmp" + ours + "/deep/er/a": "not written by us"}, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ctx, dir := context.Background(), t.TempDir()
			var warnings []string
			s := &checkpoints.Store{Dir: dir}
			for step := 1; step <= 2; step++ {
				if _, err := s.Save(ctx, step, tinyFiles(step)); err != nil {
					t.Fatal(err)
				}
			}
			plant(t, dir, test.plant)
			want := tree(t, dir)
			s = &checkpoints.Store{Dir: dir, Warn: collect(&warnings)}
			c, err := s.Latest(ctx)
			if err != nil || c.Manifest.Step != 2 {
				t.Fatalf("latest is %v, %v; want step 2", c, err)
			}
			if len(warnings) != test.warnings {
				t.Errorf("warnings %q, want %d", warnings, test.warnings)
			}
			if d := difference.Of(want, tree(t, dir)); d != "" {
				t.Error("Latest changed the folder:\n" + d)
			}
			if _, err := s.Save(ctx, 3, tinyFiles(3)); err != nil {
				t.Fatal(err)
			}
			if err := s.Prune(ctx, 2); err != nil {
				t.Fatal(err)
			}
			got := tree(t, dir)
			for _, name := range append(test.gone, "step-00000001") {
				if _, there := got[name]; there {
					t.Errorf("%s is still there", name)
				}
			}
			for name, contents := range want {
				if strings.HasPrefix(name, "step-00000001") || under(name, test.gone) {
					continue
				}
				if got[name] != contents {
					t.Errorf("%s was %q, now %q", name, contents, got[name])
				}
			}
			// In the very place of what lies there.
			for _, step := range []int{3, 5, 6, 9} {
				if _, err := s.Save(ctx, step, tinyFiles(step)); err != nil {
					t.Errorf("saving step %d: %v", step, err)
				}
				if c, err := s.At(ctx, step); err != nil {
					t.Error(err)
				} else {
					whole(t, c)
				}
			}
		})
	}
	t.Logf("C8: %d kinds of leftovers", len(tests))
}

func under(name string, folders []string) bool {
	for _, f := range folders {
		if name == f || strings.HasPrefix(name, f+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
