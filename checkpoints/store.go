package checkpoints

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// A Store is a folder of checkpoints, step-00001200/ for step 1200. Only one process may save into
// it at a time: hold the run folder's lock ([LockFolder]). Any number may read. A Store itself must
// not be used concurrently.
//
// Save makes a checkpoint visible in one rename after all of it is on disk. So at every moment,
// even with kill -9 or a power failure, the folder holds the complete earlier checkpoints and
// either the complete new one or none. A failed write affects at most the current save.
type Store struct {
	Dir     string          // created by the first Save if missing
	Version string          // of the program, for the manifest
	Warn    func(err error) // receives what was skipped, moved aside or could not be cleaned up; may be nil
	FS      FS              // nil: the operating system's
	Owner   Owner           // who writes the checkpoints and may delete them

	verified map[int]bool                   // steps that this Store has written or fully read
	written  map[int]map[string]fs.FileInfo // files of the steps that this Store wrote
	names    map[string]bool                // of checkpoint files
}

const stepPrefix = "step-"

// Path is the folder of the checkpoint for step.
func (s *Store) Path(step int) string { return join(s.Dir, fmt.Sprintf("%s%08d", stepPrefix, step)) }

// Steps lists the steps that have a folder, ascending, valid or not. It is empty if there are none.
func (s *Store) Steps() ([]int, error) {
	list, err := orOS(s.FS).ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileSystem("list the folder", s.Dir, err)
	}
	var steps []int
	for _, e := range list {
		digits, ok := strings.CutPrefix(e.Name(), stepPrefix)
		step, err := strconv.Atoi(digits)
		if ok && err == nil && step >= 0 && e.Name() == filepath.Base(s.Path(step)) {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

// At verifies and returns the checkpoint for step.
func (s *Store) At(ctx context.Context, step int) (*Checkpoint, error) {
	fsys, dir := orOS(s.FS), s.Path(step)
	info, err := fsys.Lstat(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	if !info.IsDir() {
		return nil, atPath(dir, invalid("this is not a folder"))
	}
	c, err := open(ctx, fsys, dir)
	if err != nil {
		return nil, err
	}
	if c.Manifest.Step != step {
		return nil, atPath(dir, invalid("the folder is named after step %d, its manifest says %d", step, c.Manifest.Step))
	}
	s.remember(step, true)
	return c, nil
}

func (s *Store) remember(step int, valid bool) {
	if s.verified == nil {
		s.verified = make(map[int]bool)
	}
	s.verified[step] = valid
}

// Save writes the checkpoint for step. When it returns without error, the checkpoint is durable. If
// a valid one for that step already exists, it is kept and returned, and the files are not written;
// an invalid one is moved aside, to a name starting with ".damaged-", and reported to Warn.
//
// Errors of the file system have exit code 6 and name the operation; those of a File's Write are
// wrapped. After any error, the earlier checkpoints are unchanged. Save does not delete anything:
// call [Store.Prune].
func (s *Store) Save(ctx context.Context, step int, files []File) (*Checkpoint, error) {
	if step < 0 {
		return nil, invalid("step %d is negative", step)
	}
	fsys, target := orOS(s.FS), s.Path(step)
	if err := mkdirAll(fsys, s.Dir); err != nil {
		return nil, err
	}
	if kept, err := s.keepOrMoveAside(ctx, step); kept != nil || err != nil {
		return kept, err
	}
	stage, err := writeStage(ctx, fsys, s.Dir, Manifest{Version: s.Version, Step: step, Run: s.Owner.Run}, files)
	if err != nil {
		return nil, err
	}
	defer stage.done()
	failpoint.Here("rename", "checkpoint")
	if err := fsys.Rename(stage.dir, target); err != nil {
		stage.undo(fsys)
		return nil, fileSystem("rename into place", target, err)
	}
	failpoint.Here("renamed", "checkpoint")
	if err := fsys.SyncDir(s.Dir); err != nil {
		return nil, fileSystem("sync the folder", s.Dir, err)
	}
	failpoint.Here("saved", "checkpoint")
	s.remember(step, true)
	s.wrote(step, stage.manifest)
	return &Checkpoint{Dir: target, Manifest: stage.manifest, fsys: fsys}, nil
}

// wrote records the files of a step as they were written, so that they need not be read again
// before they are deleted.
func (s *Store) wrote(step int, m Manifest) {
	fsys, infos := orOS(s.FS), make(map[string]fs.FileInfo, len(m.Files))
	for _, f := range m.Files {
		if info, err := fsys.Lstat(join(s.Path(step), f.Name)); err == nil {
			infos[f.Name] = info
		}
	}
	if s.written == nil {
		s.written = make(map[int]map[string]fs.FileInfo)
	}
	s.written[step], s.names = infos, learn(s.names, m.Files)
}

// keepOrMoveAside handles what is in the place of a checkpoint to be saved: it returns it if it is
// valid, and otherwise makes room.
func (s *Store) keepOrMoveAside(ctx context.Context, step int) (*Checkpoint, error) {
	fsys, target := orOS(s.FS), s.Path(step)
	there, err := exists(fsys, target)
	if err != nil || !there {
		return nil, err
	}
	kept, err := s.At(ctx, step)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil && !s.Owner.owns(kept.Manifest.Run) {
		return nil, setAside(fsys, target, &foreignError{target, "another run wrote it"}, s.Warn)
	}
	if err == nil {
		// The process that renamed it may have died before the sync.
		if err := fsys.SyncDir(s.Dir); err != nil {
			return nil, fileSystem("sync the folder", s.Dir, err)
		}
		return kept, nil
	}
	s.remember(step, false)
	aside, moveErr := moveAside(fsys, target)
	if moveErr != nil {
		return nil, moveErr
	}
	s.warn(fmt.Errorf("%w; moved aside to %s", err, filepath.Base(aside)))
	return nil, nil
}

func (s *Store) warn(err error) {
	if s.Warn != nil {
		s.Warn(err)
	}
}

// Latest returns the newest valid checkpoint, with every file verified. Each newer invalid one is
// reported to Warn, once, with the reason. If there are checkpoints but none is valid, the error
// has exit code 4: starting afresh would be a silent loss. If there are none, the error is
// [ErrNone].
func (s *Store) Latest(ctx context.Context) (*Checkpoint, error) {
	// A checkpoint may be pruned by its training while we verify it. Then there is a newer one, and
	// the list is out of date.
	const tries = 3
	for try := 1; ; try++ {
		c, gone, err := s.latest(ctx)
		if !gone || try == tries {
			return c, err
		}
	}
}

func (s *Store) latest(ctx context.Context) (c *Checkpoint, gone bool, err error) {
	steps, err := s.Steps()
	if err != nil {
		return nil, false, err
	}
	bad := 0
	var newest error
	for _, step := range slices.Backward(steps) {
		c, err := s.At(ctx, step)
		if err == nil {
			return c, false, nil
		}
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if there, lookErr := exists(orOS(s.FS), s.Path(step)); lookErr == nil && !there {
			gone = true
			continue
		}
		s.remember(step, false)
		s.warn(err)
		if bad++; newest == nil {
			newest = err
		}
	}
	if bad == 0 {
		return nil, gone, fmt.Errorf("%s: %w", s.Dir, ErrNone)
	}
	return nil, gone, &Error{
		Path: s.Dir,
		What: fmt.Sprintf("none of the %d checkpoints is valid; the newest: %v", bad, newest),
		Hint: "restore one from a copy, or start again in another folder",
		Err:  newest,
	}
}

// Prune deletes checkpoints of the Store's Owner, except for the newest keep valid ones (at least
// one) and those of the steps in protect. It also deletes leftovers of killed processes. A
// checkpoint counts as valid only after its files were verified, by this Store or now.
//
// Checkpoints of another run or without a manifest stay. One with an added or modified file is
// renamed to a name starting with ".aside-", and reported to Warn.
func (s *Store) Prune(ctx context.Context, keep int, protect ...int) error {
	steps, err := s.Steps()
	if err != nil {
		return err
	}
	old, err := s.beyond(ctx, steps, max(keep, 1), protect)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if m, err := readManifest(orOS(s.FS), s.Path(step)); err == nil && s.Owner.owns(m.Run) {
			s.names = learn(s.names, m.Files)
		}
	}
	if err := s.delete(ctx, old); err != nil {
		return err
	}
	failpoint.Here("prune", "deleted")
	if err := s.leftovers().remove(ctx, orOS(s.FS), s.Dir); err != nil {
		s.warn(err) // they take up space and do no harm
	}
	return nil
}

func (s *Store) leftovers() leftovers { return leftovers{isStep, s.Owner, s.names} }

// Clear deletes all checkpoints of the Store's Owner, the leftovers of killed processes, and the
// folder if nothing else is in it. Otherwise the folder, with its remaining contents, is renamed to
// a name starting with ".aside-", and reported to Warn.
func (s *Store) Clear(ctx context.Context) error {
	fsys := orOS(s.FS)
	info, err := fsys.Lstat(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileSystem("look at", s.Dir, err)
	}
	if !info.IsDir() {
		return setAside(fsys, s.Dir, &foreignError{s.Dir, "this is a link or a file, not a folder that was written here"}, s.Warn)
	}
	steps, err := s.Steps()
	if err != nil {
		return err
	}
	var ours []int
	for _, step := range steps {
		m, err := readManifest(fsys, s.Path(step))
		if err != nil || !s.Owner.owns(m.Run) || !s.plain(step) {
			continue
		}
		s.names = learn(s.names, m.Files)
		ours = append(ours, step)
	}
	if err := s.delete(ctx, ours); err != nil {
		return err
	}
	if err := s.leftovers().remove(ctx, fsys, s.Dir); err != nil {
		s.warn(err)
	}
	return orAside(fsys, s.Dir, removeFile(fsys, s.Dir), s.Warn)
}

// delete deletes the checkpoints of steps; those with foreign contents are set aside.
func (s *Store) delete(ctx context.Context, steps []int) error {
	fsys := orOS(s.FS)
	var gone []trash
	for _, step := range steps {
		failpoint.Here("prune", "before")
		m, err := s.Owner.claim(ctx, fsys, s.Path(step), func(name string, now fs.FileInfo) bool {
			return sameAsWritten(s.written[step][name], now)
		})
		if isForeign(err) {
			err = setAside(fsys, s.Path(step), err, s.Warn)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		dir, done, err := retire(fsys, s.Path(step), step)
		if err != nil {
			return err
		}
		defer done()
		delete(s.verified, step)
		delete(s.written, step)
		gone = append(gone, trash{dir, m, done})
	}
	if len(gone) > 0 {
		failpoint.Here("prune", "renamed")
		// Otherwise a power failure could leave a half-deleted folder under the name of a
		// checkpoint.
		if err := fsys.SyncDir(s.Dir); err != nil {
			return fileSystem("sync the folder", s.Dir, err)
		}
	}
	for _, old := range gone {
		failpoint.Here("prune", "synced")
		if err := discard(fsys, old.dir, old.manifest, s.Warn); err != nil {
			return err
		}
	}
	return nil
}

// beyond lists the steps to delete.
func (s *Store) beyond(ctx context.Context, steps []int, keep int, protect []int) ([]int, error) {
	var old []int
	valid := 0
	for _, step := range slices.Backward(steps) {
		if valid < keep {
			ok, known := s.verified[step]
			if !known {
				_, err := s.At(ctx, step)
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				ok = err == nil
			}
			if ok {
				valid++
			}
			continue
		}
		if slices.Contains(protect, step) {
			continue
		}
		if m, err := readManifest(orOS(s.FS), s.Path(step)); err != nil || !s.Owner.owns(m.Run) || !s.plain(step) {
			continue
		}
		old = append(old, step)
	}
	return old, nil
}

// plain reports whether the folder of a step is a real folder and not a link.
func (s *Store) plain(step int) bool {
	info, err := orOS(s.FS).Lstat(s.Path(step))
	return err == nil && info.IsDir()
}
