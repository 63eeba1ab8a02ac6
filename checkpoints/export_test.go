package checkpoints

import "io"

// What the tests in package checkpoints_test need from inside.
var ParseManifest = parseManifest

func (m Manifest) Encode() []byte { return m.encode() }

func WriteAtomic(fsys FS, path string, write func(io.Writer) error) error {
	return writeAtomic(fsys, path, write, nil)
}
