package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Source is what a model can begin from.
type Source struct {
	Path    string
	Weights []checkpoints.Tensor
	// Checksum tells two sources apart.
	Checksum string
	// Config, Inputs and Target are those of a model of this program; nil for
	// weights from elsewhere.
	Config *config.Config
	Inputs []data.Input
	Target data.Target
}

// Open reads a run folder, a model, a checkpoint, a safetensors file, or the
// index of several. The registry is of what the config of a model names.
func Open(ctx context.Context, path string, reg *config.Registry, warn func(error)) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		what := "cannot be read"
		if errors.Is(err, fs.ErrNotExist) {
			what = "there is no such run folder, model, checkpoint or safetensors file"
		}
		return nil, &checkpoints.Error{Path: path, What: what, Err: err}
	}
	if info.IsDir() {
		c, err := checkpoints.Find(ctx, path, warn)
		if err == nil {
			return ofModel(c, path, reg)
		}
		if !errors.Is(err, checkpoints.ErrNone) {
			return nil, err
		}
	}
	file, err := checkpoints.FindWeights(path)
	if err != nil {
		return nil, err
	}
	return ofWeights(file)
}

// ofModel reads a model of this program.
func ofModel(c *checkpoints.Checkpoint, path string, reg *config.Registry) (*Source, error) {
	s := &Source{Path: path, Checksum: c.Manifest.Checksum}
	files := map[string][]byte{}
	var err error
	for _, f := range c.Manifest.Files {
		if filepath.Ext(f.Name) != ".safetensors" {
			if files[f.Name], err = c.ReadFile(f.Name); err != nil {
				return nil, err
			}
		}
	}
	yaml, ok := files[bundle.ConfigFile]
	if !ok {
		return nil, &checkpoints.Error{Path: c.Dir, What: "the folder holds no config, so it is no model of this program"}
	}
	delete(files, bundle.ConfigFile)
	if s.Config, err = config.Parse(filepath.Join(c.Dir, bundle.ConfigFile), yaml, reg); err != nil {
		return nil, &checkpoints.Error{Path: c.Dir, What: "its config cannot be used: " + err.Error(), Err: err}
	}
	if s.Inputs, s.Target, err = data.Decode(files, reg.Kinds()); err != nil {
		return nil, err
	}
	s.Weights, _, err = c.Tensors(trainer.ModelFile)
	return s, err
}

// ofWeights reads weights of any origin.
func ofWeights(path string) (*Source, error) {
	w, err := checkpoints.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	if err := checkpoints.Write(h, w, nil); err != nil {
		return nil, err
	}
	return &Source{Path: path, Weights: w, Checksum: hex.EncodeToString(h.Sum(nil))}, nil
}

// Input is the fitted preprocessing of an input that the source has too and reads
// in the same way: from the same columns, with the same options. nil if there is
// none.
func (s *Source) Input(c *config.Config, name string) (data.Preprocessor, error) {
	if s.Config == nil {
		return nil, nil
	}
	mine, err := unfitted(c, name)
	if err != nil || mine == nil {
		return nil, err
	}
	theirs, err := unfitted(s.Config, name)
	if err != nil || theirs == nil || string(mine) != string(theirs) {
		return nil, err
	}
	for _, in := range s.Inputs {
		if in.Name == name {
			return in.Preprocessor, nil
		}
	}
	return nil, nil
}

// unfitted is what an input's preprocessor is before it has learnt anything, in
// which its options show; nil if there is no such input.
func unfitted(c *config.Config, name string) ([]byte, error) {
	inputs, err := c.NewInputs(nil)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		if in.Name == name {
			b, err := in.MarshalJSON()
			if err != nil {
				return nil, fmt.Errorf("input %s: %w", name, err)
			}
			return append([]byte(in.Kind()+" "), b...), nil
		}
	}
	return nil, nil
}

// within reports whether a dotted path is another, or inside it, and the rest.
func within(path, other string) (rest string, ok bool) {
	if path == other {
		return "", true
	}
	return strings.CutPrefix(path, other+".")
}
