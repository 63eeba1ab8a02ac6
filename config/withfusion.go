package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// WithFusion is the config with all inputs joined by one fusion. Its options are
// YAML, as in "hidden: [64], dropout: 0"; where there are none, they are those
// of the config's own fusion if that is of the type, and otherwise defaults. A
// training.balance goes where decisions are joined instead of features.
func (c *Config) WithFusion(kind, options string) (*Config, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	src, err := c.YAML()
	if err != nil {
		return nil, err
	}
	set := fmt.Sprintf("fusion={type: %s, %s}", kind, options)
	if options == "" && c.Fusion != nil && c.Fusion.Type == kind {
		var names []string
		for _, in := range c.Inputs {
			names = append(names, strconv.Quote(in.Name))
		}
		set = "fusion.of=[" + strings.Join(names, ", ") + "]"
	}
	sets := []string{set}
	if c.registry.decides(kind) { // nothing is left to balance
		sets = append(sets, "training.balance="+unbalanced)
	}
	return Parse(filepath.Join(c.dir, kind), src, c.registry, sets...)
}

// Flat says that the fusion joins inputs only, and no other fusions.
func (f *Fusion) Flat() bool {
	for _, o := range f.Of {
		if o.Fusion != nil {
			return false
		}
	}
	return true
}
