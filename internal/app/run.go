package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// Files of a run folder.
const (
	configFile     = "config.yaml"
	metricsFile    = "metrics.jsonl"
	resultFile     = "result.json"
	dataReportFile = "data_report.json"
	reportFile     = "report.html"
	modelDir       = "model"
)

// runFiles are all the names that a training makes in its folder.
var runFiles = []string{configFile, metricsFile, resultFile, dataReportFile, reportFile, modelDir, checkpoints.CheckpointsDir, partsDir}

// UsageError is a wrong use of the command.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// ExitCode is 2.
func (e *UsageError) ExitCode() int { return 2 }

// OutputError is a file or folder that cannot be written.
type OutputError struct {
	Path string
	Err  error
}

func (e *OutputError) Error() string {
	return fmt.Sprintf("cannot write %s: %v; free or choose another --output", e.Path, e.Err)
}

// Unwrap is the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// ExitCode is 6.
func (e *OutputError) ExitCode() int { return 6 }

// runFolder is a run's folder, locked.
type runFolder struct {
	dir  string
	lock *checkpoints.Lock
}

func (f *runFolder) path(name string) string { return filepath.Join(f.dir, name) }

// openRun finds, makes and locks the folder of a run. An empty output is
// runs/<name>, with a number where that exists; resumed, the last of these.
func openRun(output, name string, resume, force bool) (*runFolder, error) {
	dir := output
	if dir == "" {
		dir = defaultRun(name, resume)
	} else if used, err := isUsed(dir); err != nil {
		return nil, &OutputError{dir, err}
	} else if used && !resume && !force {
		return nil, &UsageError{fmt.Sprintf("%s exists and is not empty; go on with --resume, start anew with --force, or choose another --output", dir)}
	}
	if err := checkpoints.MkdirAll(dir); err != nil {
		return nil, err
	}
	lock, err := checkpoints.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	return &runFolder{dir, lock}, nil
}

// clear takes away, if asked to, what a run before left in the folder.
func (f *runFolder) clear(asked bool) error {
	if !asked {
		return nil
	}
	for _, name := range runFiles {
		if err := os.RemoveAll(f.path(name)); err != nil {
			return &OutputError{f.path(name), err}
		}
	}
	return nil
}

func (f *runFolder) close() { f.lock.Release() }

// isUsed reports whether a folder has anything but an old lock in it.
func isUsed(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, e := range entries {
		if e.Name() != checkpoints.LockName {
			return true, err
		}
	}
	return false, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func defaultRun(name string, resume bool) string {
	last := ""
	for n := 1; ; n++ {
		dir := filepath.Join("runs", name)
		if n > 1 {
			dir += "-" + strconv.Itoa(n)
		}
		if _, err := os.Stat(dir); err != nil {
			if resume && last != "" {
				return last
			}
			return dir
		}
		last = dir
	}
}
