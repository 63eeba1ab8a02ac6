package app

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
)

// sets are the overrides of the config, From among them.
func (o TrainOptions) sets() ([]string, error) {
	if o.From == "" {
		return o.Sets, nil
	}
	from, err := filepath.Abs(o.From)
	if err != nil {
		return nil, &UsageError{fmt.Sprintf("--from %s: %v", o.From, err)}
	}
	if folder, err := filepath.Abs(filepath.Dir(o.Config)); err == nil {
		if rel, err := filepath.Rel(folder, from); err == nil {
			from = rel
		}
	}
	quoted, err := json.Marshal(filepath.ToSlash(from)) // which is YAML too
	if err != nil {
		return nil, &UsageError{fmt.Sprintf("--from %s: %v", o.From, err)}
	}
	return append(slices.Clone(o.Sets), "training.init_from.path="+string(quoted)), nil
}
