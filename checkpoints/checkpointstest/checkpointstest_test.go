package checkpointstest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/rng"
)

// A file that was renamed before its bytes were synced may be empty after a
// loss of power.
func Example() {
	disk := checkpointstest.NewDisk()
	f, _ := disk.Create("new")
	io.WriteString(f, "contents")
	f.Close()
	disk.Rename("new", "file")
	disk.SyncDir("/")
	fmt.Print("before: ", disk.Tree())
	fmt.Print("after:  ", disk.Crash(checkpointstest.RenameFirst, rng.New(1)).Tree())
	// Output:
	// before: file 8
	// after:  file 0
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, fsys checkpoints.FS, path, text string, sync bool) {
	t.Helper()
	f, err := fsys.Create(path)
	must(t, err)
	_, err = io.WriteString(f, text)
	must(t, err)
	if sync {
		must(t, f.Sync())
	}
	must(t, f.Close())
}

// TestDiskCrash has one file for each thing that can be unsynced.
func TestDiskCrash(t *testing.T) {
	disk := checkpointstest.NewDisk()
	must(t, disk.Mkdir("d"))
	must(t, disk.SyncDir("/"))
	write(t, disk, "d/durable", "12345678", true)
	write(t, disk, "d/bytes", "12345678", false)
	must(t, disk.SyncDir("d"))
	write(t, disk, "d/name", "12345678", true)
	must(t, disk.Rename("d/durable", "d/renamed"))
	for loss, want := range map[checkpointstest.Loss]string{
		checkpointstest.Lost:        "d/ bytes 0 durable 8",
		checkpointstest.Kept:        "d/ bytes 8 name 8 renamed 8",
		checkpointstest.Torn:        "d/ bytes 8 name 8 renamed 8",
		checkpointstest.RenameFirst: "d/ bytes 0 name 8 renamed 8",
	} {
		after := disk.Crash(loss, rng.New(1))
		got := strings.Join(strings.Fields(strings.ReplaceAll(after.Tree(), "\nd/", "\n")), " ")
		if got != want {
			t.Errorf("%v: %s, want %s", loss, got, want)
		}
		if b, err := after.Get("d/bytes"); loss == checkpointstest.Torn && (string(b) != "1234\x00\x00\x00\x00" || err != nil) {
			t.Errorf("torn bytes %q, %v", b, err)
		}
	}
	// At random: what was durable is there under one of its names, and each
	// state that can be comes up.
	for loss, states := range map[checkpointstest.Loss]int{checkpointstest.Prefix: 3, checkpointstest.Unordered: 4} {
		seen := map[string]bool{}
		for seed := range 200 {
			after := disk.Crash(loss, rng.New(uint64(seed)))
			_, old := after.Get("d/durable")
			_, renamed := after.Get("d/renamed")
			_, name := after.Get("d/name")
			if (old == nil) == (renamed == nil) {
				t.Errorf("%v: a rename was not atomic: %v, %v", loss, old, renamed)
			}
			seen[fmt.Sprint(old == nil, name == nil)] = true
		}
		if len(seen) != states {
			t.Errorf("%v: %d states came up, want %d: %v", loss, len(seen), states, seen)
		}
	}
}

func TestDiskErrors(t *testing.T) {
	disk := checkpointstest.NewDisk()
	disk.Put("d/file", []byte("x"))
	for what, err := range map[string]error{
		"mkdir over a file":       disk.Mkdir("d/file"),
		"mkdir in nothing":        disk.Mkdir("e/f"),
		"mkdir in a file":         disk.Mkdir("d/file/e"),
		"remove a full folder":    disk.Remove("d"),
		"remove nothing":          disk.Remove("e"),
		"remove the root":         disk.Remove("/"),
		"rename onto a folder":    disk.Rename("d/file", "d"),
		"rename nothing":          disk.Rename("e", "f"),
		"sync nothing":            disk.SyncDir("e"),
		"create over a file":      second(disk.Create("d/file")),
		"open a folder":           second(disk.Open("d")),
		"list a file":             second(disk.ReadDir("d/file")),
		"look at nothing":         second(disk.Lstat("d/e")),
		"contents of a folder":    second(disk.Get("d")),
		"contents of nothing":     second(disk.Get("e")),
		"rename out of nowhere":   disk.Rename("d/file", "e/file"),
		"list what is not there":  second(disk.ReadDir("e")),
		"open what is not there":  second(disk.Open("e")),
		"remove below a file":     disk.Remove("d/file/x"),
		"create where there is 0": second(disk.Create("e/f")),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// writeAndRename takes five operations.
func writeAndRename(fsys checkpoints.FS) error {
	f, err := fsys.Create("new")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, "12345678"); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return fsys.Rename("new", "file")
}

func TestHooks(t *testing.T) {
	tests := []struct {
		name string
		hook checkpointstest.Hook
		tree string // after writing "12345678" to a file and renaming it
		err  error
	}{
		{"none", nil, "file 8\n", nil},
		{"write fails", checkpointstest.FailAt(2, syscall.EIO), "new 4\n", syscall.EIO},
		{"rename fails", checkpointstest.FailAt(5, syscall.EIO), "new 8\n", syscall.EIO},
		{"rename lies", checkpointstest.LieAt(5, syscall.EIO), "file 8\n", syscall.EIO},
		{"crash", checkpointstest.CrashAt(1), "", checkpointstest.ErrCrash},
		{"full", checkpointstest.FullAt(2), "new 4\n", syscall.ENOSPC},
		{"full later", checkpointstest.FullAt(6), "file 8\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			disk := checkpointstest.NewDisk()
			err := writeAndRename(&checkpointstest.Hooked{FS: disk, Hook: test.hook})
			if !errors.Is(err, test.err) || disk.Tree() != test.tree {
				t.Errorf("%v and %q, want %v and %q", err, disk.Tree(), test.err, test.tree)
			}
		})
	}
}
