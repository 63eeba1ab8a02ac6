package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/fileid"
)

// readFrom is a file or folder that a command reads.
type readFrom struct{ what, path string }

// readsOf are what a training of a config reads; file is the config's own.
func readsOf(file string, c *config.Config) []readFrom {
	reads := []readFrom{{"the config", file}, {"the table", c.TablePath()}}
	if c.HasFiles() {
		reads = append(reads, readFrom{"the folder of the files", c.FilesPath()})
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
	if o.Data != "" && o.Images == "" && b.Config.HasFiles() {
		s := source{bundle: b}
		reads = append(reads, readFrom{"the folder of the images", s.imageFolder(*o)})
	}
	return keepApart(output, reads...)
}

// keepApart refuses an output that is, or holds, something that is read, and one in the
// folder of a run or comparison.
func keepApart(output string, reads ...readFrom) error {
	if err := keepFromReads(output, reads...); err != nil {
		return err
	}
	return keepOutOfRuns(output)
}

// keepFromReads refuses an output that is, or holds, something that is read: one that
// is written over, or emptied for another run, would take it away.
func keepFromReads(output string, reads ...readFrom) error {
	if folder := fileid.Missing(output); folder != "" {
		return &UsageError{fmt.Sprintf("the output %s leads through %s, which is no folder; choose another one, such as the same without the ..", output, folder)}
	}
	if folder := sealedAround(output); folder != "" {
		return &UsageError{fmt.Sprintf("the output %s is in a model or checkpoint, %s, which is whole only as it was written; choose another one", output, folder)}
	}
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

// sealedAround is the model or checkpoint that a path is, or lies in; "" for none.
func sealedAround(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	for {
		_, manifest := os.Stat(filepath.Join(path, checkpoints.ManifestName))
		_, state := os.Stat(filepath.Join(path, data.StateFile))
		if manifest == nil && state == nil {
			return path
		}
		parent := filepath.Dir(path)
		if parent == path {
			return ""
		}
		path = parent
	}
}

// keepOutOfRuns refuses an output in the folder of a run or comparison, which replaces and
// deletes what is its own, and moves aside what is not.
func keepOutOfRuns(output string) error {
	if folder := runAround(output); folder != "" {
		return &UsageError{fmt.Sprintf("the output %s is in the folder of a run, %s; choose another one, outside of it", output, folder)}
	}
	return nil
}

// runAround is the folder of a run or comparison that a path lies in; "" for none. Links
// on the way are followed.
func runAround(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	for parent := filepath.Dir(path); parent != path; path, parent = parent, filepath.Dir(parent) {
		if real, err := filepath.EvalSymlinks(parent); err == nil {
			parent = real
		}
		for _, kind := range []string{trainingKind, comparisonKind, autoKind} {
			if f, err := checkpoints.ReadFolder(nil, parent, kind, nil); err == nil && f.Marked() {
				return parent
			}
		}
	}
	return ""
}

// mostReport is the size beyond which a file is no data report.
const mostReport = 64 << 20

// mayReport refuses to write over anything but an earlier report that belongs to no
// run: evaluate and predict are called again and again with the same file.
func mayReport(path string) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil // writing says what is wrong with a folder, and a pipe takes it
	}
	if _, err := os.Lstat(filepath.Join(filepath.Dir(path), checkpoints.MarkerName)); err == nil {
		return &UsageError{fmt.Sprintf("--data-report %s is in the folder of another command, and exists; choose another file", path)}
	}
	var b []byte
	if info.Size() <= mostReport {
		if b, err = os.ReadFile(path); err != nil {
			return &data.FileError{Path: path, Err: err}
		}
	}
	var report struct {
		File  *string          `json:"file"`
		Used  *[]string        `json:"columns_used"`
		Cells *json.RawMessage `json:"cells"`
	}
	if json.Unmarshal(b, &report) != nil || report.File == nil || report.Used == nil || report.Cells == nil {
		return &UsageError{fmt.Sprintf("--data-report %s exists and is no such report; choose another file, or move it away", path)}
	}
	return nil
}

// samePlace reports whether two outputs, which need not exist, are the same.
func samePlace(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return fileid.Same(a, b) || errA == nil && errB == nil && absA == absB
}
