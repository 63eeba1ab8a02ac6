package checkpoints_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

func wantFile(t testing.TB, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%s holds %q, %v; want %q", path, b, err, want)
	}
}

func TestWriteFileAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	leftover := fmt.Sprintf(".tmp-result.json-%d-0123abcd", deadPid)
	other := fmt.Sprintf(".tmp-other.json-%d-0123abcd", deadPid)
	plant(t, dir, map[string]string{leftover: "half", other: "half"})
	for _, text := range []string{"one", "two"} {
		if err := checkpoints.WriteFileAtomic(path, checkpoints.Bytes([]byte(text))); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, text)
	}
	failure := errors.New("no more data")
	err := checkpoints.WriteFileAtomic(path, func(w io.Writer) error {
		io.WriteString(w, "half of three")
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	wantFile(t, path, "two")
	if got := tree(t, dir); len(got) != 3 || got[other] != "half" { // the folder itself counts
		t.Errorf("left behind: %v", got)
	}

	plant(t, dir, map[string]string{"link": "-> result.json", "nowhere": "-> none", "null": "-> " + os.DevNull})
	before := tree(t, dir)
	for _, link := range []string{"link", "nowhere"} {
		err := checkpoints.WriteFileAtomic(filepath.Join(dir, link), checkpoints.Bytes([]byte("three")))
		wantError(t, err, filepath.Join(dir, link)+": this is a link, and links are not followed when writing; name the file that it leads to", 6)
	}
	if err := checkpoints.WriteFileAtomic(filepath.Join(dir, "null"), checkpoints.Bytes([]byte("three"))); err != nil {
		t.Error(err)
	}
	if d := difference.Of(before, tree(t, dir)); d != "" {
		t.Error(d)
	}

	err = checkpoints.WriteFileAtomic(dir, checkpoints.Bytes(nil))
	wantError(t, err, dir+": a folder is in the place of the file to write", 6)
	err = checkpoints.WriteFileAtomic(filepath.Join(dir, "none", "a"), checkpoints.Bytes(nil))
	wantError(t, err, filepath.Join(dir, "none", "a")+": cannot create the file: no such file", 6)

	// Whoever writes fails with an error of its own: the file has the name that was asked for.
	failed := errors.New("no row is left")
	err = checkpoints.WriteFileAtomic(filepath.Join(dir, "new"), func(io.Writer) error { return failed })
	if want := filepath.Join(dir, "new") + ": no row is left"; !errors.Is(err, failed) || err.Error() != want {
		t.Errorf("it says %v, want %s", err, want)
	}
}

// TestI1_Devices: what stands in /dev is written to, never replaced.
func TestI1_Devices(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the devices are those of Linux")
	}
	write := checkpoints.Bytes([]byte("text"))
	if err := checkpoints.WriteFileAtomic(os.DevNull, write); err != nil {
		t.Error(err)
	}
	err := checkpoints.WriteFileAtomic("/dev/full", write)
	wantError(t, err, "/dev/full: cannot write: no space left on device; free some space", 6)
	for _, path := range []string{os.DevNull, "/dev/full"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Type() != os.ModeDevice|os.ModeCharDevice {
			t.Fatalf("%s is now %v, %v", path, info, err)
		}
	}
}

func TestMkdirAll(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	for range 2 {
		if err := checkpoints.MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(deep); err != nil || !info.IsDir() {
		t.Error(info, err)
	}
	plant(t, dir, map[string]string{"link": "-> a", "file": ""})
	if err := checkpoints.MkdirAll(filepath.Join(dir, "link", "d")); err != nil {
		t.Error(err)
	}
	wantError(t, checkpoints.MkdirAll(filepath.Join(dir, "file")), "a file is in the place of a folder", 6)
}
