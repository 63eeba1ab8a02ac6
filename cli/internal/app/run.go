package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/fileid"
	"github.com/chiasm-ml/chiasm/internal/version"
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

// What a training makes in its folder.
var (
	looseFiles = []string{configFile, metricsFile, resultFile, dataReportFile, reportFile}
	runFiles   = append(slices.Clone(looseFiles), modelDir, checkpoints.CheckpointsDir, partsDir)
)

// Kinds of folders, as their markers have them.
const (
	trainingKind   = "training"
	comparisonKind = "comparison"
	autoKind       = "auto"
)

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

// runFolder is a run's folder, locked; or that of a part in it.
type runFolder struct {
	dir   string
	lock  *checkpoints.Lock
	home  *checkpoints.Folder // of the whole run: what is written is noted there
	in    string              // where a part is in it, such as parts/facts/
	owner checkpoints.Owner
	old   checkpoints.Owner // of what was there before the run began
	warn  func(error)
}

// runOptions say which folder a run is to have.
type runOptions struct {
	output, name  string // empty output: runs/<name>
	resume, force bool
	id            string     // of the run
	reads         []readFrom // what the folder must not hold
	ours          bool       // the folder is ours even without a marker
	warn          func(error)
}

func (f *runFolder) path(name string) string { return filepath.Join(f.dir, name) }

// part is the folder of a part of the run.
func (f *runFolder) part(name string) *runFolder {
	p := *f
	p.dir, p.in = f.path(filepath.Join(partsDir, name)), f.in+partsDir+"/"+name+"/"
	return &p
}

// write writes a file of the run.
func (f *runFolder) write(name string, b []byte) error {
	return f.home.Write(f.in+name, checkpoints.Bytes(b))
}

func (f *runFolder) store() *checkpoints.Store {
	return &checkpoints.Store{Dir: f.path(checkpoints.CheckpointsDir), Version: version.String(), Warn: f.warn, FS: f.lock.FS(), Owner: f.owner}
}

func (f *runFolder) model() *checkpoints.Bundle {
	return &checkpoints.Bundle{Dir: f.path(modelDir), Version: version.String(), Warn: f.warn, FS: f.lock.FS(), Owner: f.owner}
}

// openRun finds, makes and locks the folder of a run. An empty output is
// runs/<name>, with a number where that exists; resumed, the last of these.
func openRun(ctx context.Context, o runOptions) (*runFolder, error) {
	dir := o.output
	if dir == "" {
		dir = defaultRun(o.name, o.resume)
	}
	owner, err := o.owner(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := checkpoints.MkdirAll(dir); err != nil {
		return nil, err
	}
	lock, err := checkpoints.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	home, err := checkpoints.ReadFolder(lock.FS(), dir, trainingKind, o.warn)
	if err != nil {
		lock.Release()
		return nil, err
	}
	f := &runFolder{dir: dir, lock: lock, home: home, owner: owner, old: owner, warn: o.warn}
	if o.anew() {
		f.owner = checkpoints.Owner{Run: o.id}
	}
	return f, nil
}

// anew is whether the run begins anew in its folder.
func (o *runOptions) anew() bool { return o.force && !o.resume }

// owner is whose contents the folder has, of those that may be there already; it
// refuses a folder that a training is not to write into. Nothing is changed.
func (o *runOptions) owner(ctx context.Context, dir string) (owner checkpoints.Owner, err error) {
	home, err := checkpoints.ReadFolder(nil, dir, trainingKind, nil)
	if err != nil {
		return owner, err
	}
	if err := o.keepApart(dir, home); err != nil {
		return owner, err
	}
	used, err := isUsed(dir)
	switch {
	case err != nil:
		return owner, &OutputError{dir, err}
	case used && o.output != "" && !o.resume && !o.force:
		return owner, &UsageError{fmt.Sprintf("%s exists and is not empty; go on with --resume, start anew with --force, or choose another --output", dir)}
	case home.Marked():
		owner = home.Owner()
	default:
		owner.Run = o.id
		if there := present(dir); len(there) > 0 {
			if !o.ours && !ofOldRun(ctx, dir) {
				return owner, &UsageError{fmt.Sprintf("%s holds %s, and nothing tells that a training wrote it; choose another --output, or move it away", dir, strings.Join(there, ", "))}
			}
			owner.Also = []string{""} // manifests named no run then
		}
	}
	if !o.anew() {
		for _, name := range []string{checkpoints.CheckpointsDir, partsDir} {
			if path := filepath.Join(dir, name); isLink(path) {
				return owner, &OutputError{path, errors.New("it is a link, and a training writes and deletes in no folder that a link leads to")}
			}
		}
	}
	return owner, nil
}

// keepApart refuses a folder that is, or holds, what the run reads. The config
// that a run has left in its own folder may be given to resume it.
func (o *runOptions) keepApart(dir string, home *checkpoints.Folder) error {
	if err := keepFromReads(dir); err != nil {
		return err
	}
	if !o.ours {
		if err := keepOutOfRuns(dir); err != nil {
			return err
		}
	}
	for _, r := range o.reads {
		if !o.anew() && fileid.Same(filepath.Join(dir, configFile), r.path) {
			if ours, err := home.Has(configFile); err == nil && ours {
				continue
			}
		}
		if err := keepFromReads(dir, r); err != nil {
			return err
		}
	}
	return nil
}

// present lists what has a name that a training gives.
func present(dir string) (names []string) {
	for _, name := range runFiles {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// ofOldRun reports whether a folder without a marker is that of a run from before
// there were markers: a checkpoint or model in it is valid, and names no run.
func ofOldRun(ctx context.Context, dir string) bool {
	for _, in := range []string{dir, filepath.Join(dir, partsDir, "*")} {
		for _, sealed := range []string{modelDir, filepath.Join(checkpoints.CheckpointsDir, "step-*")} {
			paths, err := filepath.Glob(filepath.Join(in, sealed))
			if err != nil {
				continue // a folder whose name is a pattern
			}
			for _, path := range paths {
				if isLink(path) || isLink(filepath.Dir(path)) {
					continue
				}
				if c, err := checkpoints.Open(ctx, path); err == nil && c.Manifest.Run == "" {
					return true
				}
			}
		}
	}
	return false
}

// begin says in the folder whose it is. A run that begins anew first takes away
// what runs before have left. What they did not write is moved aside, if it is in
// the way, and stays otherwise.
func (f *runFolder) begin(ctx context.Context, anew bool) error {
	if anew {
		before := *f
		before.owner = f.old
		if err := before.clear(ctx); err != nil {
			return err
		}
	}
	return f.home.Own(f.owner)
}

func (f *runFolder) clear(ctx context.Context) error {
	for _, name := range append(f.home.Names(), looseFiles...) {
		if err := f.home.Remove(name); err != nil {
			return err
		}
	}
	parts, err := f.lock.FS().ReadDir(f.path(partsDir))
	if err != nil {
		parts = nil // there are none, or it is a link, which is moved aside below
	}
	for _, p := range parts {
		if p.IsDir() {
			if err := f.part(p.Name()).clearSealed(ctx); err != nil {
				return err
			}
			f.lock.FS().Remove(f.part(p.Name()).dir) // what is not empty stays
		}
	}
	if err := f.clearSealed(ctx); err != nil {
		return err
	}
	return f.home.RemoveFolder(partsDir)
}

func (f *runFolder) clearSealed(ctx context.Context) error {
	if err := f.model().Clear(ctx); err != nil {
		return err
	}
	return f.store().Clear(ctx)
}

func (f *runFolder) close() { f.lock.Release() }

// isUsed reports whether a folder has anything in it but an old lock and marker.
func isUsed(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, e := range entries {
		if e.Name() != checkpoints.LockName && e.Name() != checkpoints.MarkerName {
			return true, err
		}
	}
	return false, err
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
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
