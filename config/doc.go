// Package config turns a YAML file into a model to train: it reads the file
// strictly, checks what no struct can say alone, and calls the constructors
// that the file names.
//
// What a file can name is in a Registry, which is a value: Builtin has what
// Chiasm brings, AddEncoder and its siblings add to it. The options of each
// entry are the config struct of its constructor, read and documented by its
// tags and comments alone:
//
//	type Config struct {
//		// Width of the vectors.
//		Dim int `yaml:"dim" default:"64" validate:"min=1"`
//	}
//
//	func New(s *nn.Scope, in encoders.Input, c Config) (*Encoder, error)
//
//	err := config.AddEncoder(reg, "text", "my_encoder", "an encoder of mine", New)
//
// Every mistake in a file is an *Error that holds all of them, each with file,
// line, column and dotted key; its exit code is 2. Nothing here opens a file
// but the config itself, and nothing trains.
package config
