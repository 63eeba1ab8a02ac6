package bundle_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
)

// A model whose config asks for more than its weights' file holds is refused
// before memory is taken for it: a few kilobytes cannot become terabytes.
func TestLoadTakesNoMoreThanTheFileHolds(t *testing.T) {
	for name, change := range map[string]func(*sample.Config){
		"width":         func(c *sample.Config) { c.Fusion = "{type: concat, dim: 4, hidden: [30000, 30000]}" },
		"a little more": func(c *sample.Config) { c.Fusion = "{type: concat, dim: 4, hidden: [3000]}" },
	} {
		t.Run(name, func(t *testing.T) {
			c := sample.Default()
			change(&c)
			r := newRun(t, sample.Default().YAML())
			var err error
			if r.Config, err = config.Parse("train.yaml", []byte(c.YAML()), config.Builtin()); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "model")
			if err := r.Save(context.Background(), dir, 1); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err = bundle.Load(context.Background(), dir, bundle.Options{})
			runtime.ReadMemStats(&after)
			var limit *nn.LimitError
			if !errors.As(err, &limit) || !strings.Contains(err.Error(), "fusion.") {
				t.Errorf("%v", err)
			}
			var coded interface{ ExitCode() int }
			if !errors.As(err, &coded) || coded.ExitCode() != 4 {
				t.Errorf("exit code of %v is not 4", err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%d MiB were taken", n>>20)
			}
		})
	}
}
