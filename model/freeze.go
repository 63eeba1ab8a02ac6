package model

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/nn"
)

// Freeze leaves the modules at the given paths, such as encoders.photo, out of
// training from now on, and no others: their parameters get no gradient, and
// they run as in evaluation. A path that no trained parameter is within is an
// error that names the nearest module.
func (m *Model) Freeze(paths ...string) error {
	for _, path := range paths {
		if err := m.Has(path); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Equal(m.frozen, paths) {
		return nil
	}
	m.frozen = slices.Clone(paths)
	for key := range m.programs {
		if key.mode == nn.Train {
			delete(m.programs, key)
		}
	}
	return nil
}

// Frozen are the paths of Freeze.
func (m *Model) Frozen() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.frozen)
}

// Has returns an error that names the nearest module unless parameters that can
// be trained are within the path.
func (m *Model) Has(path string) error {
	modules := m.modules()
	if path != "" && slices.Contains(modules, path) {
		return nil
	}
	message := fmt.Sprintf("the model has no trained parameters at %q", path)
	if near := nearest.Name(path, modules); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return errors.New(message)
}

// modules are the paths of everything that has trainable parameters, and of
// these.
func (m *Model) modules() []string {
	var all []string
	for _, p := range m.Params() {
		if p.Offset() < 0 {
			continue
		}
		for i, c := range p.Name {
			if c == '.' {
				all = append(all, p.Name[:i])
			}
		}
		all = append(all, p.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
