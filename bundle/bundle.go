// Package bundle keeps a trained model with all that a prediction needs: its
// weights, its config, and its fitted preprocessing and labels. No training
// data is needed to use one.
//
// A bundle is a sealed folder of package checkpoints; every training
// checkpoint holds the same files, and so can be used as one.
package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// ConfigFile is the config that the model was made from, every default filled
// in.
const ConfigFile = "config.yaml"

// Bundle is a model ready to predict.
type Bundle struct {
	Config *config.Config
	Model  *model.Model
	Inputs []data.Input
	Target data.Target
	// Trained says what it was trained on; nil: by data.SplitRule, on rows that are
	// not kept. Of a model that says nothing of it, Load gives rule 1.
	Trained *data.Trained
	// Dir is the folder it was read from.
	Dir string
	// Step is the training step of its weights, and Checksum that of its folder,
	// which tells two models apart. Both are set by Load.
	Step     int
	Checksum string
}

// Check reports what the bundle lacks to predict or to be saved: an error that
// names the field. Load gives bundles that lack nothing.
func (b *Bundle) Check() error {
	switch {
	case b == nil || b.Config == nil:
		return errors.New("bundle: its Config is missing: config.Load and config.Parse make one")
	case b.Model == nil:
		return errors.New("bundle: its Model is missing: Config.NewModel makes one")
	case b.Target == nil:
		return errors.New("bundle: its Target is missing: Config.NewTarget makes one")
	case len(b.Inputs) == 0:
		return errors.New("bundle: its Inputs are missing: Config.NewInputs makes them")
	}
	return nil
}

// Files are the files of a bundle beside the weights.
func (b *Bundle) Files() ([]checkpoints.File, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	yaml, err := b.Config.YAML()
	if err != nil {
		return nil, err
	}
	state, err := data.Encode(b.Inputs, b.Target)
	if err != nil {
		return nil, err
	}
	trained := b.Trained
	if trained == nil {
		trained = &data.Trained{SplitRule: data.SplitRule}
	}
	if state[data.TrainedFile], err = trained.Encode(); err != nil {
		return nil, err
	}
	files := []checkpoints.File{{Name: ConfigFile, Write: checkpoints.Bytes(yaml)}}
	for _, name := range slices.Sorted(maps.Keys(state)) {
		files = append(files, checkpoints.File{Name: name, Write: checkpoints.Bytes(state[name])})
	}
	return files, nil
}

// Save writes the bundle to a folder, in place of a bundle that is there. What
// else is there is moved aside.
func (b *Bundle) Save(ctx context.Context, dir string, step int) error {
	return b.SaveTo(ctx, &checkpoints.Bundle{Dir: dir, Version: version.String()}, step)
}

// SaveTo is Save to a folder that says how to write it and whose it is.
func (b *Bundle) SaveTo(ctx context.Context, to *checkpoints.Bundle, step int) error {
	files, err := b.Files()
	if err != nil {
		return err
	}
	weights := checkpoints.Tensors(trainer.Tensors(b.Model), nil)
	files = append(files, checkpoints.File{Name: trainer.ModelFile, Write: weights})
	_, err = to.Save(ctx, step, files)
	return err
}

// Options say how to read a bundle.
type Options struct {
	Registry *config.Registry // of what the config names; nil: config.Inference()
	// Warn is told of each damaged checkpoint that was passed over; may be nil.
	Warn func(err error)
}

// Load reads what a user means by path: a run folder, its model/, or a
// checkpoint. All of it is verified. The model's weights are held (model.Model.Hold):
// who writes them by hand, other than by training, says so by Model.Changed.
func Load(ctx context.Context, path string, o Options) (*Bundle, error) {
	if o.Registry == nil {
		o.Registry = config.Inference()
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &checkpoints.Error{Path: path, What: "there is no such run folder, model or checkpoint", Err: err}
	}
	// Where another model is put in the place of this one meanwhile, all of it is
	// read again: no model has one's weights and another's preprocessing.
	const tries = 10
	for try := 1; ; try++ {
		b, err := load(ctx, path, o)
		if !errors.Is(err, checkpoints.ErrChanged) || try == tries {
			return b, err
		}
	}
}

func load(ctx context.Context, path string, o Options) (*Bundle, error) {
	c, err := checkpoints.Find(ctx, path, o.Warn)
	if err != nil {
		return nil, err
	}
	return From(c, o)
}

// From reads a model or a checkpoint whose files were verified, by the rules of
// Load: all commands have these. See checkpoints.Find.
func From(c *checkpoints.Checkpoint, o Options) (*Bundle, error) {
	if c == nil {
		return nil, errors.New("bundle: a checkpoint is missing: checkpoints.Find opens one")
	}
	if o.Registry == nil {
		o.Registry = config.Inference()
	}
	yaml, err := c.ReadFile(ConfigFile)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Dir: c.Dir, Step: c.Manifest.Step, Checksum: c.Manifest.Checksum}
	if b.Config, err = config.Parse(filepath.Join(c.Dir, ConfigFile), yaml, o.Registry); err != nil {
		return nil, &checkpoints.Error{Path: c.Dir, What: "its config cannot be used: " + err.Error(), Err: err}
	}
	files := map[string][]byte{}
	for _, f := range c.Manifest.Files {
		if filepath.Ext(f.Name) != ".safetensors" && f.Name != ConfigFile {
			if files[f.Name], err = c.ReadFile(f.Name); err != nil {
				return nil, err
			}
		}
	}
	b.Trained = &data.Trained{SplitRule: 1}
	if file, ok := files[data.TrainedFile]; ok {
		if b.Trained, err = data.DecodeTrained(file); err != nil {
			return nil, err
		}
	}
	if b.Inputs, b.Target, err = data.Decode(files, o.Registry.Kinds()); err != nil {
		return nil, err
	}
	if b.Model, err = b.Config.NewModelWithin(numbers(c.Manifest), b.Inputs, b.Target); err != nil {
		return nil, &checkpoints.Error{Path: c.Dir, What: "its model cannot be made: " + err.Error(), Err: err}
	}
	// Of a model that takes more memory than there is, no number is read.
	if _, err := b.Model.Price(1); err != nil {
		return nil, &checkpoints.Error{Path: c.Dir, What: "its model cannot be used: " + err.Error(), Err: err}
	}
	if err := b.verifyState(c); err != nil {
		return nil, err
	}
	if _, err := c.LoadInto(trainer.ModelFile, trainer.Tensors(b.Model)); err != nil {
		if len(b.Config.Outputs) > 0 { // which once had one layer, head.weight
			err = fmt.Errorf("%w; a model of several outputs whose heads have no layers of their own (head.%s.weight) was written by an older version: train it anew", err, b.Config.Outputs[0].Name)
		}
		return nil, err
	}
	b.Model.Hold()
	return b, nil
}

// verifyState refuses a checkpoint that a run could not be resumed from.
func (b *Bundle) verifyState(c *checkpoints.Checkpoint) error {
	if err := trainer.Verify(c, b.Model); err != nil {
		return err
	}
	o, err := b.Config.NewOptimizer(b.Model)
	if err != nil {
		return nil // what only predicts knows no optimizers
	}
	return trainer.VerifyMoments(c, b.Model, o, b.Config.Training.Average > 0)
}

// numbers bounds how many numbers the weights' file can hold, so that a config
// that asks for more is refused before memory is taken for it.
func numbers(m checkpoints.Manifest) int {
	for _, f := range m.Files {
		if f.Name == trainer.ModelFile {
			return int(max(f.Size/4, 1))
		}
	}
	return 1
}

// ReadFiles gives the inputs that read files the folder that these come from.
func (b *Bundle) ReadFiles(source data.Files) {
	if b == nil {
		return
	}
	for _, in := range b.Inputs {
		if p, ok := in.Preprocessor.(data.FileReader); ok {
			p.ReadFrom(source)
		}
	}
}
