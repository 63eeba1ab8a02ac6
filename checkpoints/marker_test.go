package checkpoints_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

// locked is a folder of this process, with a marker of run "r1".
func locked(t *testing.T, warnings *[]string) (dir string, lock *checkpoints.Lock, folder *checkpoints.Folder) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	lock, err := checkpoints.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Release() })
	folder, err = checkpoints.ReadFolder(lock.FS(), dir, "run", collect(warnings))
	if err != nil || folder.Marked() {
		t.Fatal(folder, err)
	}
	if err := folder.Own(checkpoints.Owner{Run: "r1"}); err != nil {
		t.Fatal(err)
	}
	return dir, lock, folder
}

func text(s string) func(io.Writer) error { return checkpoints.Bytes([]byte(s)) }

// aside are the names of what was moved aside in a folder.
func aside(t *testing.T, dir string) (names []string) {
	t.Helper()
	for name := range tree(t, dir) {
		if strings.HasPrefix(filepath.Base(name), ".aside-") {
			names = append(names, name)
		}
	}
	return names
}

// What is written over must be as it was written before; all else is moved aside.
func TestFolderWrites(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(path string) error
		aside  bool
	}{
		{"unchanged", func(string) error { return nil }, false},
		{"gone", os.Remove, false},
		{"changed", func(path string) error { return os.WriteFile(path, []byte("# my comments\none"), 0o666) }, true},
		{"what is written next", func(path string) error { return os.WriteFile(path, []byte("two"), 0o666) }, false},
		{"a link to a file", func(path string) error {
			return errors.Join(os.WriteFile(path+".victim", []byte("one"), 0o666), os.Remove(path), os.Symlink(path+".victim", path))
		}, true},
		{"a link to nothing", func(path string) error { return errors.Join(os.Remove(path), os.Symlink("none", path)) }, true},
		{"a folder", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o777)) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var warnings []string
			dir, lock, f := locked(t, &warnings)
			if err := f.Write("a/config.yaml", text("one")); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "a", "config.yaml")
			wantFile(t, path, "one")
			if err := c.change(path); err != nil {
				t.Skip(err)
			}
			was := tree(t, dir)
			f, err := checkpoints.ReadFolder(lock.FS(), dir, "run", collect(&warnings)) // another process
			if err != nil || !f.Marked() || f.Owner().Run != "r1" {
				t.Fatal(f, err)
			}
			if err := f.Write("a/config.yaml", text("two")); err != nil {
				t.Fatal(err)
			}
			wantFile(t, path, "two")
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
				t.Error(info, err)
			}
			moved := aside(t, dir)
			if (len(moved) == 1) != c.aside || len(moved) > 1 || (len(warnings) == 1) != c.aside {
				t.Fatalf("moved aside %q, warnings %q", moved, warnings)
			}
			if c.aside && tree(t, dir)[moved[0]] != was["a/config.yaml"] {
				t.Error("what was moved aside is not what was there")
			}
			if got := tree(t, dir)["a/config.yaml.victim"]; got != was["a/config.yaml.victim"] {
				t.Errorf("what the link leads to holds %q", got)
			}
			if ours, err := f.Has("a/config.yaml"); !ours || err != nil {
				t.Error(ours, err)
			}
		})
	}
}

// A log is ours while what was added to it are lines of its kind.
func TestFolderLog(t *testing.T) {
	for added, ours := range map[string]bool{
		"":                             true,
		"{\"epoch\":2}\n":              true,
		"{\"epoch\":2}\n{\"epoch\":3,": true, // killed
		"{\"ep":                        true,
		"{\"epoch\":2}\nmine\n":        false,
		"mine":                         false,
		"{\"epoch\":2,\nmine\n":        false,
		"{\"note\":\"mine\"}\n":        false,
	} {
		var warnings []string
		dir, lock, f := locked(t, &warnings)
		if err := f.WriteLog("metrics.jsonl", `{"epoch":`, text("{\"epoch\":0}\n")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "metrics.jsonl")
		if err := lock.Append(path, []byte(`{"epoch":1}`)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, "{\"epoch\":0}\n{\"epoch\":1}\n")
		if err := os.WriteFile(path, []byte("{\"epoch\":0}\n{\"epoch\":1}\n"+added), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Has("metrics.jsonl"); got != ours || err != nil {
			t.Errorf("with %q added it is ours: %v, %v", added, got, err)
		}
		if err := f.Remove("metrics.jsonl"); err != nil || (len(aside(t, dir)) == 0) != ours {
			t.Errorf("with %q added: %v, moved aside %q", added, err, aside(t, dir))
		}
	}
}

// A link is not written through, whether it is the file, a folder on the way to
// it, or the log.
func TestLockedFolderFollowsNoLink(t *testing.T) {
	var warnings []string
	dir, lock, f := locked(t, &warnings)
	plant(t, filepath.Dir(dir), map[string]string{"victim/a": "mine", "run/deep": "-> ../victim", "run/log": "-> ../victim/a", "run/inner": "-> .", "run/file": "mine"})
	before := tree(t, filepath.Dir(dir))
	for what, err := range map[string]error{
		"a file in a linked folder":    f.Write("deep/a", text("ours")),
		"a folder in a linked folder":  f.Write("deep/b/a", text("ours")),
		"in a link to the same folder": f.Write("inner/a", text("ours")),
		"in a file":                    f.Write("file/a", text("ours")),
		"a line":                       lock.Append(filepath.Join(dir, "log"), []byte("ours")),
		"out of it":                    f.Write("../victim/a", text("ours")),
		"a rename out of it":           lock.FS().Rename(filepath.Join(dir, "file"), filepath.Join(dir, "..", "victim", "b")),
		"a removal in a linked folder": lock.FS().Remove(filepath.Join(dir, "deep", "a")),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if d := difference.Of(before, tree(t, filepath.Dir(dir))); d != "" {
		t.Error(d)
	}
}

// The lock is of a folder and a file, not of their names.
func TestLockCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(dir string) error
		says   string
	}{
		"nothing":        {func(string) error { return nil }, ""},
		"deleted":        {os.RemoveAll, "the folder was deleted, renamed or replaced"},
		"renamed":        {func(dir string) error { return os.Rename(dir, dir+"2") }, "the folder was deleted, renamed or replaced"},
		"replaced":       {func(dir string) error { return errors.Join(os.Rename(dir, dir+"2"), os.Mkdir(dir, 0o777)) }, "the folder was deleted, renamed or replaced"},
		"lock deleted":   {func(dir string) error { return os.Remove(filepath.Join(dir, ".lock")) }, "the lock file was deleted or replaced"},
		"lock made anew": {func(dir string) error { return os.WriteFile(filepath.Join(dir, ".new"), nil, 0o666) }, ""},
		"lock replaced": {func(dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "x"), nil, 0o666), os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, ".lock")))
		}, "the lock file was deleted or replaced"},
		"link to the same": {func(dir string) error { return errors.Join(os.Rename(dir, dir+"2"), os.Symlink(dir+"2", dir)) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var warnings []string
			dir, lock, f := locked(t, &warnings)
			if err := c.change(dir); err != nil {
				t.Skip(err)
			}
			before := tree(t, filepath.Dir(dir))
			err := f.Write("result.json", text("ours"))
			if c.says == "" {
				if err != nil || lock.Check() != nil {
					t.Error(err, lock.Check())
				}
				return
			}
			wantError(t, err, c.says, 6)
			wantError(t, lock.Append(filepath.Join(dir, "result.json"), []byte("ours")), c.says, 6)
			if d := difference.Of(before, tree(t, filepath.Dir(dir))); d != "" {
				t.Error(d)
			}
		})
	}
}

// A lock file that is not ours is not written to.
func TestLockFileOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		plant map[string]string
		says  string
		holds string
	}{
		"a link":        {map[string]string{"victim": "precious", "run/.lock": "-> ../victim"}, "cannot open the lock file: not a regular file", ""},
		"a broken link": {map[string]string{"run/.lock": "-> ../victim"}, "cannot open the lock file: not a regular file", ""},
		"a folder":      {map[string]string{"run/.lock/a": "mine"}, "cannot open the lock file: not a regular file", ""},
		"a text":        {map[string]string{"run/.lock": "mine"}, "", "mine"},
	} {
		dir := t.TempDir()
		plant(t, dir, c.plant)
		before := tree(t, dir)
		lock, err := checkpoints.LockFolder(filepath.Join(dir, "run"))
		if c.says != "" {
			wantError(t, err, c.says, 6)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			lock.Release()
		}
		if d := difference.Of(before, tree(t, dir)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	dir := t.TempDir()
	plant(t, dir, map[string]string{"victim": "123\n", "run/a": ""})
	if err := os.Link(filepath.Join(dir, "victim"), filepath.Join(dir, "run", ".lock")); err != nil {
		t.Skip(err)
	}
	lock, err := checkpoints.LockFolder(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	lock.Release()
	wantFile(t, filepath.Join(dir, "victim"), "123\n")
}

// A marker that cannot be read is not written over.
func TestUnusableMarker(t *testing.T) {
	for contents, says := range map[string]string{
		"mine": "is invalid: invalid character",
		"{\"format\":1,\"kind\":\"training\",\"files\":{}} mine": "is invalid: data follows after it",
		`{"format":2,"kind":"run"}`:                              "it has format 2, this program supports 1",
		`{"format":1,"kind":"run","who":"me"}`:                   `unknown field "who"`,
		"-> ../victim":                                           "not a regular file",
		`{"format":1,"kind":"export","run":"r"}`:                 "another command (export, not run)",
	} {
		dir := t.TempDir()
		plant(t, dir, map[string]string{"run/" + checkpoints.MarkerName: contents, "victim": "{}"})
		_, err := checkpoints.ReadFolder(nil, filepath.Join(dir, "run"), "run", nil)
		if err == nil || !strings.Contains(err.Error(), says) || exitCode(err) != 6 && exitCode(err) != 2 {
			t.Errorf("%s: %v", contents, err)
		}
	}
	if _, err := checkpoints.ReadFolder(nil, filepath.Join(t.TempDir(), "none"), "run", nil); errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
}
