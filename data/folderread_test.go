//go:build unix

package data

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFolderReadsFiles(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "images")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(dir, 0o755))
	must(os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	must(os.WriteFile(filepath.Join(top, "secret"), []byte("secret"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "good"), []byte("good"), 0o644))
	must(os.Symlink("good", filepath.Join(dir, "inside")))
	must(os.Symlink("../secret", filepath.Join(dir, "outside")))
	must(os.Symlink("loop", filepath.Join(dir, "loop")))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "zero")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "large"), nil, 0o644))
	must(os.Truncate(filepath.Join(dir, "large"), MaxFileBytes+1))

	root, err := os.OpenRoot(dir)
	must(err)
	defer root.Close()
	for _, name := range []string{"good", "inside", "sub/../good"} {
		b, err := readFile(root, name)
		if err != nil || !bytes.Equal(b, []byte("good")) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	for _, c := range []struct {
		name string
		kind string
		part string
	}{
		{"absent", unreadable, "no such file"},
		{"sub", unreadable, "folder"},
		{".", unreadable, "folder"},
		{"pipe", unreadable, "pipe"},
		{"large", tooLarge, "33554433 bytes"},
		{"../secret", unreadable, "inside the files folder"},
		{"sub/../../secret", unreadable, "inside the files folder"},
		{filepath.Join(top, "secret"), unreadable, "inside the files folder"},
		{"outside", unreadable, "inside the files folder"},
		{"zero", unreadable, "inside the files folder"},
		{"loop", unreadable, "loop"},
		{"go\x00od", unreadable, `go\x00od`},
		{"", unreadable, "empty"},
	} {
		b, err := readFile(root, c.name)
		var bad *CellFileError
		if !errors.As(err, &bad) || bad.Kind != c.kind || !strings.Contains(err.Error(), c.part) || bad.ExitCode() != 3 {
			t.Errorf("%q: %v, want one that is %s and has %q", c.name, err, c.kind, c.part)
		}
		if b != nil {
			t.Errorf("%q: %d bytes were read", c.name, len(b))
		}
		if errors.Is(err, fs.ErrNotExist) != (c.name == "absent") {
			t.Errorf("%q: %v says wrongly whether the file exists", c.name, err)
		}
	}
}
