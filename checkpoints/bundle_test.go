package checkpoints_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
)

func TestBundleReplaces(t *testing.T) {
	ctx, run := context.Background(), t.TempDir()
	b := &checkpoints.Bundle{Dir: filepath.Join(run, "model"), Version: "1.2.3"}
	_, err := b.Open(ctx)
	wantError(t, err, "cannot read the file: no such file", 4)
	for step := 1; step <= 3; step++ {
		files := tinyFiles(step)
		if step == 2 {
			files = append(files, checkpoints.File{Name: "labels.json", Write: checkpoints.Bytes([]byte("[]"))})
		}
		c, err := b.Save(ctx, step, files)
		if err != nil {
			t.Fatal(err)
		}
		whole(t, c)
	}
	c, err := b.Open(ctx)
	if err != nil || c.Manifest.Step != 3 || c.Manifest.Version != "1.2.3" || c.Has("labels.json") {
		t.Fatalf("bundle %+v, %v", c, err)
	}
	whole(t, c)
	if list, _ := filepath.Glob(filepath.Join(run, ".*")); len(list) > 0 {
		t.Errorf("left behind: %q", list)
	}
}

// TestBundleAlwaysReadable replaces a bundle while others read it, on the
// machine's file system.
func TestBundleAlwaysReadable(t *testing.T) {
	ctx := context.Background()
	b := &checkpoints.Bundle{Dir: filepath.Join(t.TempDir(), "model")}
	if _, err := b.Save(ctx, 1, tinyFiles(1)); err != nil {
		t.Fatal(err)
	}
	// Open looks again up to ten times: a reader that is not given the processor
	// for as many replacements is refused. So there are few in a round.
	const rounds, replacements = 6, 3
	total := 0
	for round := range rounds {
		var stop atomic.Bool
		reads := make(chan int)
		for range 2 {
			go func() {
				n := 0
				for ; !stop.Load(); n++ {
					if _, err := b.Open(ctx); err != nil {
						t.Error(err)
						break
					}
				}
				reads <- n
			}()
		}
		for i := range replacements {
			step := 2 + round*replacements + i
			if _, err := b.Save(ctx, step, tinyFiles(step)); err != nil {
				t.Error(err)
			}
		}
		stop.Store(true)
		total += <-reads + <-reads
	}
	t.Logf("%d replacements, %d reads", rounds*replacements, total)
}

// TestBundleReadBetweenRenames looks at the bundle after each operation of a
// replacement.
func TestBundleReadBetweenRenames(t *testing.T) {
	disk := checkpointstest.NewDisk()
	if err := saveBundle(1)(disk); err != nil {
		t.Fatal(err)
	}
	h := &checkpointstest.Hooked{FS: disk}
	h.Hook = func(op checkpointstest.Op) (bool, error) {
		if v, err := readBundle(t, disk); err != nil || (v != 1 && v != 2) {
			t.Errorf("before %s %s a reader finds %d, %v", op.Name, op.Path, v, err)
		}
		return false, nil
	}
	if err := saveBundle(2)(h); err != nil {
		t.Fatal(err)
	}
	if len(h.Ops) < 20 {
		t.Errorf("only %d operations", len(h.Ops))
	}
}

func TestBundleSettles(t *testing.T) {
	ctx := context.Background()
	damage := func(path string) func(*checkpointstest.Disk) {
		return func(d *checkpointstest.Disk) { d.Put(path+"/state.json", []byte("?")) }
	}
	next := func(d *checkpointstest.Disk) { // a valid bundle of step 2 as a kill leaves it
		if err := saveBundle(2)(d); err != nil {
			t.Fatal(err)
		}
		if err := d.Rename("run/model", "run/.model.next"); err != nil {
			t.Fatal(err)
		}
	}
	model := func(d *checkpointstest.Disk) {
		b := &checkpoints.Bundle{Dir: "run/other", FS: d}
		if _, err := b.Save(ctx, 1, tinyFiles(1)); err != nil {
			t.Fatal(err)
		}
		if err := d.Rename("run/other", "run/model"); err != nil {
			t.Fatal(err)
		}
	}
	foreign := func(d *checkpointstest.Disk) { d.Put("run/model/thesis.txt", []byte("mine")) }
	type change = func(*checkpointstest.Disk)
	tests := []struct {
		name    string
		make    []change
		found   int    // step that Open gives, 0 for an error
		warns   string // a part of the one warning of Open and Save
		damaged int    // folders that were moved aside
	}{
		{"both valid", []change{next, model}, 1, "", 0},
		{"only the successor", []change{next}, 2, "", 0},
		{"bundle damaged", []change{next, model, damage("run/model")}, 2, "its successor .model.next is used", 1},
		{"successor damaged", []change{next, model, damage("run/.model.next")}, 1, "state.json: it was modified after it was written; .model.next was moved aside to .aside-.model.next-", 1},
		{"both damaged", []change{next, model, damage("run/model"), damage("run/.model.next")}, 0, "model was moved aside to .aside-model-", 2},
		{"a folder of someone else", []change{foreign}, 0, "moved aside to .aside-model-", 1},
		{"a successor of someone else", []change{model, func(d *checkpointstest.Disk) { d.Put("run/.model.next/a", nil) }}, 1, "moved aside to .aside-.model.next-", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			disk := checkpointstest.NewDisk()
			for _, f := range test.make {
				f(disk)
			}
			var warnings []string
			b := &checkpoints.Bundle{Dir: "run/model", FS: disk, Warn: collect(&warnings)}
			c, err := b.Open(ctx)
			if test.found == 0 {
				if exitCode(err) != 4 {
					t.Errorf("opened %v, %v; want an error", c, err)
				}
			} else if err != nil || c.Manifest.Step != test.found {
				t.Errorf("opened %v, %v; want step %d", c, err, test.found)
			}
			if c, err = b.Save(ctx, 3, tinyFiles(3)); err != nil {
				t.Fatal(err)
			}
			whole(t, c)
			if v, err := readBundle(t, disk); v != 3 || err != nil {
				t.Errorf("afterwards a reader finds %d, %v", v, err)
			}
			tree := disk.Tree()
			if strings.Contains(tree, "run/.model.next") || strings.Contains(tree, ".tmp-") || strings.Contains(tree, ".trash-") {
				t.Errorf("left behind:\n%s", tree)
			}
			if (test.warns == "" && len(warnings) > 0) || !strings.Contains(strings.Join(warnings, "\n"), test.warns) {
				t.Errorf("warnings %q, want one with %q", warnings, test.warns)
			}
			folders := slices.DeleteFunc(strings.Split(tree, "\n"), func(s string) bool {
				return !strings.HasPrefix(s, "run/.aside-") || !strings.HasSuffix(s, "/")
			})
			if len(folders) != test.damaged {
				t.Errorf("moved aside: %q, want %d", folders, test.damaged)
			}
		})
	}
}

func TestBundleRefuses(t *testing.T) {
	b := &checkpoints.Bundle{Dir: filepath.Join(t.TempDir(), "model")}
	_, err := b.Save(context.Background(), -1, nil)
	wantError(t, err, "step -1 is negative", 4)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Save(ctx, 1, tinyFiles(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := b.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFind(t *testing.T) {
	ctx, run := context.Background(), t.TempDir()
	find := func(path string) (string, error) {
		c, err := checkpoints.Find(ctx, path, nil)
		if err != nil {
			return "", err
		}
		whole(t, c)
		name, err := filepath.Rel(run, c.Dir)
		return name, err
	}
	want := func(path, want string) {
		t.Helper()
		if got, err := find(path); got != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{run, filepath.Join(run, "none")} {
		_, err := find(path)
		wantError(t, err, path+": there is no model here; give a run folder, its model folder, or a checkpoint", 4)
	}
	s := &checkpoints.Store{Dir: filepath.Join(run, "checkpoints")}
	for step := 1; step <= 2; step++ {
		if _, err := s.Save(ctx, step, tinyFiles(step)); err != nil {
			t.Fatal(err)
		}
	}
	want(run, "checkpoints/step-00000002")
	want(s.Dir, "checkpoints/step-00000002")
	want(s.Path(1), "checkpoints/step-00000001")
	b := &checkpoints.Bundle{Dir: filepath.Join(run, "model")}
	if _, err := b.Save(ctx, 1, tinyFiles(1)); err != nil {
		t.Fatal(err)
	}
	want(run, "model")
	want(b.Dir, "model")
	if err := os.Rename(b.Dir, filepath.Join(run, ".model.next")); err != nil {
		t.Fatal(err)
	}
	want(run, ".model.next")
	want(b.Dir, ".model.next")
	_, err := find(filepath.Join(s.Path(1), "model.safetensors"))
	wantError(t, err, "this is a file, expected a folder", 4)
}
