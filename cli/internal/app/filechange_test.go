package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestImagesReplacedWhileTraining: a picture that is read again and is another
// one, or is gone, or has come, ends the run, which names it.
func TestImagesReplacedWhileTraining(t *testing.T) {
	for _, c := range []struct {
		name         string
		before, amid func(images, file string) error
		says         string
	}{
		{"replaced", nil, func(images, file string) error {
			other, err := filepath.Glob(filepath.Join(images, "*"))
			for _, o := range other {
				if b, readErr := os.ReadFile(o); readErr == nil && o != file {
					return os.WriteFile(file, b, 0o644)
				}
			}
			return errors.Join(err, errors.New("there is no other picture"))
		}, "was replaced or changed"},
		{"deleted", nil, func(_, file string) error { return os.Remove(file) }, "was deleted"},
		{"appeared", func(_, file string) error { return os.Rename(file, file+".away") },
			func(_, file string) error { return os.Rename(file+".away", file) }, "has appeared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t, sample.Default())
			files, err := filepath.Glob(w.at("images/*"))
			if err != nil || len(files) < 2 {
				t.Fatal(files, err)
			}
			file := files[0]
			if c.before != nil {
				if err := c.before(w.at("images"), file); err != nil {
					t.Fatal(err)
				}
			}
			o := app.TrainOptions{Config: w.at("train.yaml"), Output: w.at("run"), Sets: []string{"data.cache=0", "training.epochs=50"}}
			done := false
			_, err = start(context.Background(), o, func(line string) {
				if !done && strings.HasPrefix(line, "epoch 1/") {
					done = true
					if err := c.amid(w.at("images"), file); err != nil {
						t.Error(err)
					}
				}
			})
			var coded interface{ ExitCode() int }
			if !errors.As(err, &coded) || coded.ExitCode() != 3 || !strings.Contains(err.Error(), filepath.Base(file)) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the run ends with %v", err)
			}
		})
	}
}
