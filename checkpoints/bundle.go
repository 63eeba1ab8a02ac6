package checkpoints

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/chiasm-ml/chiasm/internal/failpoint"
)

// A Bundle is a sealed folder that is replaced as a whole: model/, with everything inference needs.
//
// POSIX cannot swap two folders in one step, so for a moment during a replacement the folder Dir
// does not exist. By then the new one is complete and durable under the sibling name
// ".<name>.next", where [Bundle.Open] looks too: at every moment one of the two names holds the
// complete old or new contents. The steps are
//
//	write  .tmp-…  and sync it
//	rename .tmp-…  to .model.next, sync the parent
//	rename model   to .trash-…
//	rename .model.next to model, sync the parent
//	delete .trash-…
//
// and the next Save completes one that was killed. Only one process may save at a time (see
// [LockFolder]); any number may read.
type Bundle struct {
	Dir     string
	Version string          // of the program, for the manifest
	Warn    func(err error) // receives what was skipped, moved aside or could not be cleaned up; may be nil
	FS      FS              // nil: the operating system's
	Owner   Owner           // who writes the bundle and may replace it

	names map[string]bool // of the bundle's files
}

func (b *Bundle) next() string {
	return join(filepath.Dir(b.Dir), "."+filepath.Base(b.Dir)+".next")
}

func (b *Bundle) warn(err error) {
	if b.Warn != nil {
		b.Warn(err)
	}
}

// Open verifies and returns the bundle: the folder Dir or, if that is being replaced or is invalid,
// its successor.
func (b *Bundle) Open(ctx context.Context) (*Checkpoint, error) {
	fsys := orOS(b.FS)
	// A writer may rename both between our two checks. Then we check again, and once more in case
	// it writes one bundle after another.
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

// Save replaces the bundle. When it returns without error, the new one is durable; after an error,
// [Bundle.Open] returns the old one or the new one. If anything in its place does not belong
// entirely to the Owner, including a link or an added file, it is renamed unchanged to a name
// starting with ".aside-", and reported to Warn.
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
	stage, err := writeStage(ctx, fsys, parent, Manifest{Version: b.Version, Step: step, Run: b.Owner.Run}, files)
	if err != nil {
		return nil, err
	}
	defer stage.done()
	failpoint.Here("rename", "next model")
	if err := fsys.Rename(stage.dir, b.next()); err != nil {
		stage.undo(fsys)
		return nil, fileSystem("rename into place", b.next(), err)
	}
	failpoint.Here("renamed", "next model")
	if err := fsys.SyncDir(parent); err != nil {
		return nil, fileSystem("sync the folder", parent, err)
	}
	b.names = learn(b.names, stage.manifest.Files)
	if err := b.promote(ctx, step); err != nil {
		return nil, err
	}
	if err := b.leftovers().remove(ctx, fsys, parent); err != nil {
		b.warn(err) // they take up space and do no harm
	}
	return &Checkpoint{Dir: b.Dir, Manifest: stage.manifest, fsys: fsys}, nil
}

// settle handles the successor left by a killed Save: it is promoted if the bundle is missing or
// invalid, and otherwise deleted.
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
		return b.promote(ctx, next.Manifest.Step)
	}
	return b.clear(ctx, b.next(), 0)
}

func (b *Bundle) leftovers() leftovers { return leftovers{isStep, b.Owner, b.names} }

// Clear deletes the bundle and the leftovers of a killed Save. Anything that does not belong
// entirely to the Owner is renamed instead, as by [Bundle.Save].
func (b *Bundle) Clear(ctx context.Context) error {
	for _, dir := range []string{b.next(), b.Dir} {
		if err := b.clear(ctx, dir, 0); err != nil {
			return err
		}
	}
	return b.leftovers().remove(ctx, orOS(b.FS), filepath.Dir(b.Dir))
}

// clear deletes what is at path, via the trash, or sets it aside.
func (b *Bundle) clear(ctx context.Context, path string, step int) error {
	old, err := b.vacate(ctx, path, step)
	if err != nil || old == nil {
		return err
	}
	defer old.done()
	if err := orOS(b.FS).SyncDir(filepath.Dir(path)); err != nil {
		return fileSystem("sync the folder", filepath.Dir(path), err)
	}
	return discard(orOS(b.FS), old.dir, old.manifest, b.Warn)
}

// trash is a folder to be deleted, under its final name.
type trash struct {
	dir      string
	manifest Manifest
	done     func()
}

// vacate moves what is at path out of the way: to the trash, which it returns, if all of it belongs
// to the Owner, and aside otherwise.
func (b *Bundle) vacate(ctx context.Context, path string, step int) (*trash, error) {
	fsys := orOS(b.FS)
	there, err := exists(fsys, path)
	if err != nil || !there {
		return nil, err
	}
	m, err := b.Owner.claim(ctx, fsys, path, nil)
	if isForeign(err) {
		return nil, setAside(fsys, path, err, b.Warn)
	}
	if err != nil {
		return nil, err
	}
	dir, done, err := retire(fsys, path, step)
	if err != nil {
		return nil, err
	}
	b.names = learn(b.names, m.Files)
	return &trash{dir, m, done}, nil
}

// promote renames the successor, which is complete and durable, to the bundle's name.
func (b *Bundle) promote(ctx context.Context, step int) error {
	fsys, parent := orOS(b.FS), filepath.Dir(b.Dir)
	old, err := b.vacate(ctx, b.Dir, step)
	if err != nil {
		return err
	}
	if old != nil {
		defer old.done()
	}
	failpoint.Here("rename", "model")
	if err := fsys.Rename(b.next(), b.Dir); err != nil {
		return fileSystem("rename into place", b.Dir, err)
	}
	failpoint.Here("renamed", "model")
	if err := fsys.SyncDir(parent); err != nil {
		return fileSystem("sync the folder", parent, err)
	}
	if old == nil {
		return nil
	}
	return discard(fsys, old.dir, old.manifest, b.Warn)
}
