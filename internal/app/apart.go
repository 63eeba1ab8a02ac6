package app

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/fileid"
)

// readFrom is a file or folder that a command reads.
type readFrom struct{ what, path string }

// readsOf are what a training of a config reads; file is the config's own.
func readsOf(file string, c *config.Config) []readFrom {
	reads := []readFrom{{"the config", file}, {"the table", c.TablePath()}}
	if c.HasImages() {
		reads = append(reads, readFrom{"the folder of the images", c.ImagesPath()})
	}
	if from := c.InitPath(); from != "" {
		reads = append(reads, readFrom{"what the model begins from", from})
	}
	return reads
}

// keepApart refuses an output that is, or holds, what a command reads that uses a
// model on a table, or that lies in the model.
func (o *SourceOptions) keepApart(output string, b *bundle.Bundle) error {
	if fileid.Holds(b.Dir, output) {
		return &UsageError{fmt.Sprintf("the output %s is in the model, %s; choose another one", output, b.Dir)}
	}
	reads := []readFrom{{"the model", o.Model}, {"the model", b.Dir}, {"the table", o.Data}, {"the folder of the images", o.Images}}
	if o.Data != "" && o.Images == "" && b.Config.HasImages() {
		s := source{bundle: b}
		reads = append(reads, readFrom{"the folder of the images", s.imageFolder(*o)})
	}
	return keepApart(output, reads...)
}

// keepApart refuses an output that is, or holds, something that is read: one that
// is written over, or emptied for another run, would take it away.
func keepApart(output string, reads ...readFrom) error {
	for _, r := range reads {
		switch {
		case r.path == "" || r.path == "-":
		case fileid.Same(output, r.path):
			return &UsageError{fmt.Sprintf("the output %s is %s, %s; choose another one", output, r.what, r.path)}
		case fileid.Holds(output, r.path):
			return &UsageError{fmt.Sprintf("the output %s holds %s, %s; choose another one, such as a new folder in it", output, r.what, r.path)}
		}
	}
	return nil
}
