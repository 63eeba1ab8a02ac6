package fit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
)

// implied says whether a key of a config, named as in its Identity, has the value that it has
// where it is left out. Runs that are older than a key are runs with its default.
func implied(c *config.Config) func(key string) bool {
	return func(key string) bool {
		src, err := c.YAML()
		if err != nil {
			return false
		}
		var root yaml.Node
		if err := yaml.Unmarshal(src, &root); err != nil || len(root.Content) != 1 || !drop(root.Content[0], strings.Split(key, ".")) {
			return false
		}
		without, err := yaml.Marshal(&root)
		if err != nil {
			return false
		}
		// Paths are relative to the file, in both as much.
		whole, err := config.Parse("config.yaml", src, c.Registry())
		if err != nil {
			return false
		}
		again, err := config.Parse("config.yaml", without, c.Registry())
		if err != nil {
			return false // it is required
		}
		was, err1 := whole.YAML()
		is, err2 := again.YAML()
		return err1 == nil && err2 == nil && bytes.Equal(was, is)
	}
}

// drop takes a key out of a mapping, and reports whether it was there.
func drop(from *yaml.Node, path []string) bool {
	if from.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(from.Content); i += 2 {
		if from.Content[i].Value != path[0] {
			continue
		}
		if len(path) > 1 {
			return drop(from.Content[i+1], path[1:])
		}
		from.Content = append(from.Content[:i], from.Content[i+2:]...)
		return true
	}
	return false
}
