// Package sample holds types whose comments tests read.
package sample

// Options are an example.
type Options struct {
	// Depth is how many layers there are; more than one line of comment
	// becomes one.
	Depth int `yaml:"depth"`
	Width int `yaml:"width,omitempty"` // Width is explained behind.
	Inner int `yaml:"-"`
	Grouped
}

type (
	// Grouped is one of several in a declaration.
	Grouped struct {
		// A has a comment.
		A int `yaml:"a"`
	}
	// Alias is no struct.
	Alias int
)

// Silent has an option that nobody explains.
type Silent struct {
	A int `yaml:"a"`
}
