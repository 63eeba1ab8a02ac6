package config

import (
	"fmt"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// WithMembers is the config of an ensemble of these members, in place of its fusion or its
// own members, with the inputs that they read. An input of the config that none of them
// reads is left out; rows that have no other are then predicted as labels are spread.
func (c *Config) WithMembers(members ...Member) (*Config, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	own := *c
	own.Fusion, own.Members, own.members = nil, members, nil
	read := map[string]bool{}
	for _, m := range members {
		for _, name := range m.Of {
			read[name] = true
		}
		if m.Of == nil {
			for _, in := range c.Inputs {
				read[in.Name] = true
			}
		}
	}
	own.Inputs = nil
	for _, in := range c.Inputs {
		if read[in.Name] {
			own.Inputs = append(own.Inputs, in)
		}
	}
	if len(own.Inputs) < len(c.Inputs) {
		own.Data.MissingAll = "prior"
	}
	return own.again("ensemble")
}

// Member is the config of one of Members as a model of its own, with all that the whole
// does after training.
func (c *Config) Member(i int) (*Config, error) {
	if i < 0 || i >= len(c.members) {
		return nil, fmt.Errorf("config: there is no member %d of %d", i, len(c.members))
	}
	own := *c.members[i]
	own.Output, own.Data.MissingAll = c.Output, c.Data.MissingAll
	return own.again(c.Members[i].Name)
}

// again is a changed config, checked as one that is read.
func (c *Config) again(name string) (*Config, error) {
	src, err := strictyaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Join(c.dir, name), src, c.registry)
}
