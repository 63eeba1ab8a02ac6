//go:build unix

package imaging

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadFile(t *testing.T) {
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
		b, err := ReadFile(root, name)
		if err != nil || !bytes.Equal(b, []byte("good")) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	for _, c := range []struct {
		name string
		kind Kind
		part string
	}{
		{"absent", Unreadable, "no such file"},
		{"sub", Unreadable, "folder"},
		{".", Unreadable, "folder"},
		{"pipe", Unreadable, "pipe"},
		{"large", TooLarge, "33554433 bytes"},
		{"../secret", Unreadable, "inside the images folder"},
		{"sub/../../secret", Unreadable, "inside the images folder"},
		{filepath.Join(top, "secret"), Unreadable, "inside the images folder"},
		{"outside", Unreadable, "inside the images folder"},
		{"zero", Unreadable, "inside the images folder"},
		{"loop", Unreadable, "loop"},
		{"go\x00od", Unreadable, `go\x00od`},
		{"", Unreadable, "empty"},
	} {
		b, err := ReadFile(root, c.name)
		checkError(t, err, c.kind, c.part)
		if b != nil {
			t.Errorf("%q: %d bytes were read", c.name, len(b))
		}
		if errors.Is(err, fs.ErrNotExist) != (c.name == "absent") {
			t.Errorf("%q: %v says wrongly whether the file exists", c.name, err)
		}
	}
}
