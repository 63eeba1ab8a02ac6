package export

import (
	"bytes"
	"maps"
	"slices"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/trainer"
)

// WriteWeights writes a model's parameters and buffers as safetensors under
// their names, with the config that says what they are for and the fitted
// preprocessing: what a program that builds the network itself needs.
func WriteWeights(b *bundle.Bundle, dir string) error {
	if err := b.Check(); err != nil {
		return err
	}
	fs, err := b.Files()
	if err != nil {
		return err
	}
	contents := map[string][]byte{}
	for _, f := range fs {
		var content bytes.Buffer
		if err := f.Write(&content); err != nil {
			return err
		}
		contents[f.Name] = content.Bytes()
	}
	var weights bytes.Buffer
	tensors := trainer.Tensors(b.Model)
	if err := checkpoints.Write(&weights, tensors, map[string]string{"producer": "chiasm " + version.String(), "name": b.Config.Name}); err != nil {
		return err
	}
	contents[trainer.ModelFile] = weights.Bytes()
	return writeAll(dir, contents)
}

// writeAll writes files by name, in the order of names.
func writeAll(dir string, contents map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		if err := writeFile(dir, name, contents[name]); err != nil {
			return err
		}
	}
	return nil
}
