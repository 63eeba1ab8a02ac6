package bundle_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestSwappedWhileLoading puts one model in the place of another all the time, by
// renames and file by file: each load gives the one or the other, whole, or is
// refused.
func TestSwappedWhileLoading(t *testing.T) {
	ctx := context.Background()
	first, a := saved(t)
	second, b := newRun(t, strings.Replace(sample.Default().YAML(), "seed: 7", "seed: 6", 1)), filepath.Join(t.TempDir(), "model")
	if err := second.Save(ctx, b, 5); err != nil {
		t.Fatal(err)
	}
	wants := map[string][]float32{}
	for dir, r := range map[string]*run{a: first, b: second} {
		c, err := checkpoints.Open(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		wants[c.Manifest.Checksum] = r.predict(t)
	}
	if len(wants) != 2 {
		t.Fatal("both models are the same")
	}
	for name, swap := range map[string]func(place, other string) error{"renames": swapFolders, "files": swapFiles} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			place, other := filepath.Join(dir, "model"), filepath.Join(dir, "other")
			if err := errors.Join(os.CopyFS(place, os.DirFS(a)), os.CopyFS(other, os.DirFS(b))); err != nil {
				t.Fatal(err)
			}
			var stop atomic.Bool
			ended := make(chan int)
			go func() {
				n := 0
				for ; !stop.Load(); n++ {
					if err := swap(place, other); err != nil {
						t.Error(err)
						break
					}
				}
				ended <- n
			}()
			loads := 40
			if slow {
				loads = 400
			}
			got := map[string]int{}
			for range loads {
				m, err := bundle.Load(ctx, place, bundle.Options{})
				if err != nil {
					var e *checkpoints.Error
					if !errors.As(err, &e) || e.ExitCode() != 4 {
						t.Errorf("refused by %v", err)
					}
					got["refused"]++
					continue
				}
				want, known := wants[m.Checksum]
				if !known || !slices.Equal(predictions(t, m), want) {
					t.Errorf("a model with the checksum %.8s predicts as another", m.Checksum)
				}
				got["loaded"]++
			}
			stop.Store(true)
			t.Logf("%d loads beside %d swaps: %v", loads, <-ended, got)
		})
	}
}

func swapFolders(place, other string) error {
	return errors.Join(os.Rename(place, place+".old"), os.Rename(other, place), os.Rename(place+".old", other))
}

func swapFiles(place, other string) error {
	entries, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		p, o := filepath.Join(place, e.Name()), filepath.Join(other, e.Name())
		if err := errors.Join(os.Rename(p, p+".old"), os.Rename(o, p), os.Rename(p+".old", o)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
