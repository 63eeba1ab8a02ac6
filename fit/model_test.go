package fit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/trainer"
)

const rows = 60

// little is a model of all three inputs of the sample, with the options of a fusion.
func little(f *config.Fusion) func(*config.Config) {
	return func(c *config.Config) {
		c.Inputs = []config.Input{
			config.NewInput("picture", func(o *image.Options) {
				o.Column, o.Size, o.Missing = sample.Picture, [2]int{8, 8}, data.MissingMask
			},
				config.NewEncoder(func(o *encoders.CNNConfig) { o.Channels = []int{3} })),
			config.NewInput("caption", func(o *text.Common) { o.Column, o.Missing = sample.Caption, data.MissingMask },
				config.NewEncoder(func(o *encoders.NGramsConfig) { o.Dim = 4 })),
			config.NewInput("facts", func(o *tabular.Options) {
				o.Numeric, o.Missing = []string{sample.Width, sample.Height}, data.MissingMask
			}),
		}
		c.Fusion = f
		c.Output = config.NewOutput(func(o *config.BinaryOutput) { o.Column, o.Calibrate = sample.Pass, true })
		c.Data.Split.Column = sample.Split
		c.Data.MissingAll = "prior"
		c.Training.Epochs, c.Training.BatchSize = 3, 8
	}
}

func images() fit.Rows { return fit.Rows{Images: sample.Source(sample.Images())} }

// What a model answers when it is fitted, it answers when it has been saved and
// loaded, pictures and all.
func TestSavedModelAnswersAlike(t *testing.T) {
	ctx := context.Background()
	for name, f := range map[string]*config.Fusion{
		"joint":    config.NewFusion(func(o *fusion.GatedConfig) { o.Dim = 4 }),
		"separate": config.NewFusion(func(o *fusion.ScoreAverageConfig) { o.Train = "separate" }),
	} {
		m, err := fit.Table(ctx, sample.Table(rows), little(f), fit.Options{Rows: images()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Validation == nil || m.Test == nil || m.Calibrated == nil || m.Result.BestStep == 0 {
			t.Errorf("%s: %+v", name, m)
		}
		if want := map[string]int{"joint": 0, "separate": 3}[name]; len(m.Parts) != want {
			t.Errorf("%s: %d parts", name, len(m.Parts))
		}
		dir := filepath.Join(t.TempDir(), "model")
		if err := m.Save(ctx, dir); err != nil {
			t.Fatal(err)
		}
		loaded, err := infer.Load(ctx, dir, infer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		asked := []infer.Row{
			{sample.Picture: sample.Images()["1.png"], sample.Caption: "a red bird", sample.Width: 0.5, sample.Height: 1},
			{sample.Caption: "a boat"},
		}
		want, err := loaded.Predict(ctx, asked)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Predict(ctx, asked...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i].Value != want[i].Value || !slices.Equal(got[i].Probabilities, want[i].Probabilities) {
				t.Errorf("%s: row %d is %v, once loaded %v", name, i, got[i], want[i])
			}
		}
	}
}

// Interrupted at a step and gone on with, a run ends with the weights of one that
// was not interrupted; also one of parts.
func TestStoreAndResume(t *testing.T) {
	for name, f := range map[string]*config.Fusion{
		"joint":    config.NewFusion(func(o *fusion.GatedConfig) { o.Dim = 4 }),
		"separate": config.NewFusion(func(o *fusion.ScoreAverageConfig) { o.Train = "separate" }),
	} {
		whole, err := fit.Table(context.Background(), sample.Table(rows), little(f), fit.Options{Rows: images()})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		o := fit.Options{Rows: images(), Store: &checkpoints.Store{Dir: "run", FS: checkpointstest.NewDisk()}}
		steps := 0
		ctx, stop := context.WithCancel(context.Background())
		o.Hooks.Step = func(trainer.Step) {
			if steps++; steps == 7 {
				stop()
			}
		}
		if _, err := fit.Table(ctx, sample.Table(rows), little(f), o); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatalf("%s: interrupted: %v", name, err)
		}
		o.Resume, o.Hooks = true, trainer.Hooks{}
		resumed, err := fit.Table(context.Background(), sample.Table(rows), little(f), o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(resumed.Bundle.Model.Weights(), whole.Bundle.Model.Weights()) {
			t.Errorf("%s: resumed, it ends with other weights", name)
		}
	}
}

// A table that is given is left as it is, and what is wrong with it is told of it.
func TestTableInMemory(t *testing.T) {
	ctx := context.Background()
	numbers := func(cells ...string) *data.Table {
		y := make([]string, len(cells))
		for i := range y {
			y[i] = []string{"a", "b"}[i%2]
		}
		table, err := data.NewTable("numbers", data.Strings("x", cells...), data.Strings("y", y...))
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	cells := strings.Fields(strings.Repeat("1 2 3 4 5 6 7 8 9 10 ", 5))
	set := func(c *config.Config) {
		c.Inputs = []config.Input{config.NewInput("facts", func(o *tabular.Options) { o.Numeric = []string{"x"} })}
		c.Output = config.NewOutput(func(o *config.BinaryOutput) { o.Column = "y" })
		c.Training.Epochs = 1
	}
	bad := slices.Clone(cells)
	bad[4] = "many"
	if _, err := fit.Table(ctx, numbers(bad...), set, fit.Options{}); err == nil || !strings.Contains(err.Error(), "numbers: row 5") {
		t.Errorf("a cell that is no number: %v", err)
	}
	table := numbers(bad...)
	m, err := fit.Table(ctx, table, func(c *config.Config) { set(c); c.Data.MaxBadRows = 1 }, fit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if table.Bad != nil || len(m.Report.Warnings()) == 0 {
		t.Errorf("the table has bad rows %v; warnings are %q", table.Bad, m.Report.Warnings())
	}
	if _, err := fit.Table(ctx, numbers(cells...), func(c *config.Config) { set(c); c.Output = config.Output{} }, fit.Options{}); err == nil || !strings.Contains(err.Error(), "config: output") {
		t.Errorf("without an output: %v", err)
	}
	if _, err := fit.Table(ctx, numbers(cells...), nil, fit.Options{}); err == nil || !strings.Contains(err.Error(), "config: inputs") {
		t.Errorf("without anything: %v", err)
	}
	if _, err := fit.Table(ctx, numbers(cells...), func(c *config.Config) { set(c); c.Training.InitFrom = &config.InitFrom{Path: "runs/lost"} }, fit.Options{}); err == nil || !strings.Contains(err.Error(), "runs/lost") {
		t.Errorf("from nothing: %v", err)
	}
}

// A model that was fitted can be begun from.
func TestInitFrom(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	f := config.NewFusion(func(o *fusion.GatedConfig) { o.Dim = 4 })
	first, err := fit.Table(ctx, sample.Table(rows), little(f), fit.Options{Rows: images()})
	if err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(dir, "first")
	if err := first.Save(ctx, from); err != nil {
		t.Fatal(err)
	}
	second, err := fit.Table(ctx, sample.Table(rows), func(c *config.Config) {
		little(f)(c)
		c.Training.InitFrom = &config.InitFrom{Path: from}
	}, fit.Options{Rows: images()})
	if err != nil {
		t.Fatal(err)
	}
	if second.Began == nil || len(second.Began.Random) > 0 || len(second.Began.Kept) != 3 {
		t.Errorf("it began from %+v", second.Began)
	}
	if err := os.RemoveAll(from); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "second")
	if err := second.Save(ctx, to); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Load(ctx, to, bundle.Options{}); err != nil {
		t.Errorf("without what it began from: %v", err)
	}
}
