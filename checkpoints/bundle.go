package checkpoints

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// A Bundle is one sealed folder that is replaced as a whole: model/, with all
// that inference needs.
//
// POSIX cannot swap two folders in one step, so for an instant during a
// replacement there is no folder Dir. The new one is whole and durable by then
// under the name ".<name>.next" beside it, where [Bundle.Open] looks too: at
// every instant one of the two names holds the old or the new contents, whole.
// The steps are
//
//	write  .tmp-…  and sync it
//	rename .tmp-…  to .model.next, sync the parent
//	rename model   to .trash-…
//	rename .model.next to model, sync the parent
//	delete .trash-…
//
// and the next Save finishes what a killed one began. Only one process may
// save at a time (see [LockFolder]); any number may read.
type Bundle struct {
	Dir     string
	Version string          // of the program, for the manifest
	Warn    func(err error) // told of what was passed over, moved aside or could not be tidied up; may be nil
	FS      FS              // nil: the machine's
}

func (b *Bundle) next() string {
	return join(filepath.Dir(b.Dir), "."+filepath.Base(b.Dir)+".next")
}

func (b *Bundle) warn(err error) {
	if b.Warn != nil {
		b.Warn(err)
	}
}

// Open verifies the bundle and returns it: the folder Dir or, when that is
// being replaced or is invalid, its successor.
func (b *Bundle) Open(ctx context.Context) (*Checkpoint, error) {
	fsys := orOS(b.FS)
	// A writer may rename both between our two looks. Then we look again, and
	// once more for the case that it writes one bundle after another.
	const least, most = 3, 10
	for try := 1; ; try++ {
		before, _ := readManifest(fsys, b.Dir)
		c, err := open(ctx, fsys, b.Dir)
		if err == nil {
			return c, nil
		}
		next, nextErr := open(ctx, fsys, b.next())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		after, _ := readManifest(fsys, b.Dir)
		changed := before.Checksum != after.Checksum
		if nextErr == nil {
			if after.Checksum != "" && !changed {
				b.warn(fmt.Errorf("%w; its successor %s is used", err, filepath.Base(b.next())))
			}
			return next, nil
		}
		if try >= least && !changed || try == most {
			return nil, err
		}
	}
}

// Save replaces the bundle. When it returns without error the new one is
// durable; after an error [Bundle.Open] gives the old one, or the new. What is
// in its place and is not a sealed folder is moved aside, to a name beginning
// with ".damaged-", and reported to Warn.
func (b *Bundle) Save(ctx context.Context, step int, files []File) (*Checkpoint, error) {
	if step < 0 {
		return nil, invalid("step %d is negative", step)
	}
	fsys, parent := orOS(b.FS), filepath.Dir(b.Dir)
	if err := mkdirAll(fsys, parent); err != nil {
		return nil, err
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	stage, err := writeStage(ctx, fsys, parent, Manifest{Version: b.Version, Step: step}, files)
	if err != nil {
		return nil, err
	}
	defer stage.done()
	failpoint.Here("rename", "next model")
	if err := fsys.Rename(stage.dir, b.next()); err != nil {
		removeFolder(fsys, stage.dir) // what cannot be removed now, the next Save removes
		return nil, fileSystem("rename into place", b.next(), err)
	}
	failpoint.Here("renamed", "next model")
	if err := fsys.SyncDir(parent); err != nil {
		return nil, fileSystem("sync the folder", parent, err)
	}
	if err := b.promote(step); err != nil {
		return nil, err
	}
	if err := removeLeftovers(fsys, parent, isStep); err != nil {
		b.warn(err) // they take space and do no harm
	}
	return &Checkpoint{Dir: b.Dir, Manifest: stage.manifest, fsys: fsys}, nil
}

// settle deals with the successor that a killed Save left: it takes its place
// if the bundle is missing or invalid, and goes otherwise.
func (b *Bundle) settle(ctx context.Context) error {
	fsys := orOS(b.FS)
	there, err := exists(fsys, b.next())
	if err != nil || !there {
		return err
	}
	_, dirErr := open(ctx, fsys, b.Dir)
	next, nextErr := open(ctx, fsys, b.next())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if dirErr != nil && nextErr == nil {
		return b.promote(next.Manifest.Step)
	}
	_, done, err := b.clear(b.next(), 0)
	if err == nil {
		done()
	}
	return err
}

// clear moves what is at path out of the way: to the trash if it is a sealed
// folder, and aside otherwise. It returns the trash, if any.
func (b *Bundle) clear(path string, step int) (trash string, done func(), err error) {
	fsys, nothing := orOS(b.FS), func() {}
	there, err := exists(fsys, path)
	if err != nil || !there {
		return "", nothing, err
	}
	if _, err := readManifest(fsys, path); err == nil {
		return retire(fsys, path, step)
	} else if aside, moveErr := moveAside(fsys, path); moveErr != nil {
		return "", nothing, moveErr
	} else {
		b.warn(fmt.Errorf("%w; moved aside to %s", err, filepath.Base(aside)))
	}
	return "", nothing, nil
}

// promote puts the successor, which is whole and durable, in the bundle's
// place.
func (b *Bundle) promote(step int) error {
	fsys, parent := orOS(b.FS), filepath.Dir(b.Dir)
	trash, done, err := b.clear(b.Dir, step)
	if err != nil {
		return err
	}
	defer done()
	failpoint.Here("rename", "model")
	if err := fsys.Rename(b.next(), b.Dir); err != nil {
		return fileSystem("rename into place", b.Dir, err)
	}
	failpoint.Here("renamed", "model")
	if err := fsys.SyncDir(parent); err != nil {
		return fileSystem("sync the folder", parent, err)
	}
	if trash == "" {
		return nil
	}
	return removeFolder(fsys, trash)
}
