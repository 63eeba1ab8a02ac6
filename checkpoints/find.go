package checkpoints

import (
	"context"
	"errors"
	"os"
)

// Names in a run folder.
const (
	CheckpointsDir = "checkpoints"
	ModelDir       = "model"
)

// Find verifies and returns what a user means by path: a sealed folder (a checkpoint, or model/),
// the bundle model/ of a run folder, or else the newest valid checkpoint of a run folder or of its
// checkpoints/. warn, if not nil, receives an error for each invalid one that was skipped.
func Find(ctx context.Context, path string, warn func(err error)) (*Checkpoint, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return nil, atPath(path, invalid("this is a file, expected a folder").
			hinted("give a run folder, its %s folder, or a checkpoint", ModelDir))
	}
	has := func(name string) bool {
		there, err := exists(osFS{}, join(path, name))
		return there && err == nil
	}
	bundle := Bundle{Dir: path, Warn: warn}
	if there, _ := exists(osFS{}, bundle.next()); there || has(ManifestName) {
		return bundle.Open(ctx)
	}
	bundle.Dir = join(path, ModelDir)
	if there, _ := exists(osFS{}, bundle.next()); there || has(ModelDir) {
		return bundle.Open(ctx)
	}
	dir := path
	if has(CheckpointsDir) {
		dir = join(path, CheckpointsDir)
	}
	store := Store{Dir: dir, Warn: warn}
	c, err := store.Latest(ctx)
	if errors.Is(err, ErrNone) {
		e := invalid("there is no model here").hinted("give a run folder, its %s folder, or a checkpoint", ModelDir)
		e.Err = err
		return nil, atPath(path, e)
	}
	return c, err
}
