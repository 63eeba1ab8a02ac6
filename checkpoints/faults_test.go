package checkpoints_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/rng"
)

// A scenario is something that is written. Each begins with the disk that
// prepare makes, does its work in steps, and is judged by what a reader finds.
type scenario struct {
	name    string
	prepare func(t testing.TB, disk checkpoints.FS)
	work    []func(fsys checkpoints.FS) error
	// read returns the version that a reader finds: 0 before the work, i after
	// the i-th step of it. An error means that nothing valid was found.
	read func(t testing.TB, fsys checkpoints.FS) (int, error)
	// damaged says that prepare leaves an invalid checkpoint.
	damaged bool
}

func save(t testing.TB, fsys checkpoints.FS, steps ...int) {
	t.Helper()
	s := &checkpoints.Store{Dir: "run/checkpoints", FS: fsys}
	for _, step := range steps {
		if _, err := s.Save(context.Background(), step, tinyFiles(step)); err != nil {
			t.Fatal(err)
		}
	}
}

func saveStep(step int) func(checkpoints.FS) error {
	return func(fsys checkpoints.FS) error {
		s := &checkpoints.Store{Dir: "run/checkpoints", FS: fsys}
		_, err := s.Save(context.Background(), step, tinyFiles(step))
		return err
	}
}

func prune(keep int, protect ...int) func(checkpoints.FS) error {
	return func(fsys checkpoints.FS) error {
		s := &checkpoints.Store{Dir: "run/checkpoints", FS: fsys}
		return s.Prune(context.Background(), keep, protect...)
	}
}

// latest is a read that maps the newest step to a version.
func latest(versions map[int]int) func(testing.TB, checkpoints.FS) (int, error) {
	return func(t testing.TB, fsys checkpoints.FS) (int, error) {
		s := &checkpoints.Store{Dir: "run/checkpoints", FS: fsys}
		c, err := s.Latest(context.Background())
		if errors.Is(err, checkpoints.ErrNone) {
			err, c = nil, &checkpoints.Checkpoint{Manifest: checkpoints.Manifest{Step: -1}}
		} else if err == nil {
			whole(t, c)
		}
		if err != nil {
			return 0, err
		}
		v, ok := versions[c.Manifest.Step]
		if !ok {
			return 0, fmt.Errorf("step %d was found", c.Manifest.Step)
		}
		return v, nil
	}
}

func saveBundle(step int) func(checkpoints.FS) error {
	return func(fsys checkpoints.FS) error {
		b := &checkpoints.Bundle{Dir: "run/model", FS: fsys}
		_, err := b.Save(context.Background(), step, tinyFiles(step))
		return err
	}
}

func readBundle(t testing.TB, fsys checkpoints.FS) (int, error) {
	b := &checkpoints.Bundle{Dir: "run/model", FS: fsys}
	c, err := b.Open(context.Background())
	if err != nil {
		return 0, err
	}
	whole(t, c)
	return c.Manifest.Step, nil
}

func writeResult(version int) func(checkpoints.FS) error {
	return func(fsys checkpoints.FS) error {
		return checkpoints.WriteAtomic(fsys, "run/result.json", checkpoints.Bytes(fmt.Appendf(nil, "version %d", version)))
	}
}

func readResult(t testing.TB, fsys checkpoints.FS) (int, error) {
	f, err := fsys.Open("run/result.json")
	if err != nil {
		return 0, err
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	var v int
	_, err = fmt.Sscanf(string(b), "version %d", &v)
	return v, err
}

// killedBeforeSync does the work of a process that is killed right after it
// has renamed, before it syncs the folder of checkpoints.
func killedBeforeSync(t testing.TB, fsys checkpoints.FS, work func(checkpoints.FS) error) {
	t.Helper()
	h := &checkpointstest.Hooked{FS: fsys, Hook: func(op checkpointstest.Op) (bool, error) {
		if op.Name == "syncdir" && op.Path == "run/checkpoints" {
			return false, checkpointstest.ErrCrash
		}
		return false, nil
	}}
	if err := work(h); !errors.Is(err, checkpointstest.ErrCrash) {
		t.Fatal(err)
	}
}

func scenarios() []scenario {
	nothing := func(testing.TB, checkpoints.FS) {}
	do := func(f func(checkpoints.FS) error) func(testing.TB, checkpoints.FS) {
		return func(t testing.TB, fsys checkpoints.FS) {
			if err := f(fsys); err != nil {
				t.Fatal(err)
			}
		}
	}
	works := func(list ...func(checkpoints.FS) error) []func(checkpoints.FS) error { return list }
	return []scenario{
		{"first", nothing, works(saveStep(1)), latest(map[int]int{-1: 0, 1: 1}), false},
		{"second", func(t testing.TB, fsys checkpoints.FS) { save(t, fsys, 1) },
			works(saveStep(2)), latest(map[int]int{1: 0, 2: 1}), false},
		{"save-and-prune", func(t testing.TB, fsys checkpoints.FS) { save(t, fsys, 1, 2, 3) },
			works(saveStep(4), prune(2, 1)), latest(map[int]int{3: 0, 4: 2}), false},
		{"over-damaged", func(t testing.TB, fsys checkpoints.FS) {
			save(t, fsys, 1, 2)
			fsys.(*checkpointstest.Disk).Put("run/checkpoints/step-00000002/state.json", []byte("damaged"))
		}, works(saveStep(2)), latest(map[int]int{1: 0, 2: 1}), true},
		{"after-a-kill", func(t testing.TB, fsys checkpoints.FS) {
			save(t, fsys, 1)
			killedBeforeSync(t, fsys, saveStep(2))
		}, works(saveStep(2)), latest(map[int]int{1: 0, 2: 1}), false},
		{"prune-after-a-kill", func(t testing.TB, fsys checkpoints.FS) {
			save(t, fsys, 1, 2, 3)
			killedBeforeSync(t, fsys, prune(1))
		}, works(prune(1)), latest(map[int]int{3: 1}), false},
		{"bundle", do(saveBundle(0)), works(saveBundle(1), saveBundle(2)), readBundle, false},
		{"bundle-over-damaged", func(t testing.TB, fsys checkpoints.FS) {
			// As a killed replacement leaves it, and the old one has rotted.
			if err := saveBundle(0)(fsys); err != nil {
				t.Fatal(err)
			}
			if err := fsys.Rename("run/model", "run/.model.next"); err != nil {
				t.Fatal(err)
			}
			if err := fsys.SyncDir("run"); err != nil {
				t.Fatal(err)
			}
			fsys.(*checkpointstest.Disk).Put("run/model/state.json", []byte("damaged"))
		}, works(saveBundle(1)), readBundle, true},
		{"file", func(t testing.TB, fsys checkpoints.FS) {
			if err := fsys.Mkdir("run"); err != nil {
				t.Fatal(err)
			}
			if err := fsys.SyncDir("."); err != nil {
				t.Fatal(err)
			}
			do(writeResult(0))(t, fsys)
		}, works(writeResult(1), writeResult(2)), readResult, false},
	}
}

// run does the work until a step fails, and returns how many succeeded.
func (s *scenario) run(fsys checkpoints.FS) (done int, err error) {
	for _, step := range s.work {
		if err := step(fsys); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// count is how many operations the work takes.
func (s *scenario) count(t testing.TB) int {
	disk := checkpointstest.NewDisk()
	s.prepare(t, disk)
	h := &checkpointstest.Hooked{FS: disk}
	if _, err := s.run(h); err != nil {
		t.Fatal(err)
	}
	return len(h.Ops)
}

// judge checks that a reader finds a version no older than what was done, and
// whole, that nothing else with the name of a checkpoint is damaged, that the work can be done again, and that it leaves nothing behind.
func (s *scenario) judge(t testing.TB, disk *checkpointstest.Disk, done int, how string) {
	t.Helper()
	before := disk.Tree()
	v, err := s.read(t, disk)
	if err != nil || v < done {
		t.Errorf("%s: after %d steps a reader finds version %d, %v on\n%s", how, done, v, err, before)
		return
	}
	if disk.Tree() != before {
		t.Errorf("%s: reading changed the disk", how)
	}
	if !s.damaged {
		store := &checkpoints.Store{Dir: "run/checkpoints", FS: disk}
		steps, err := store.Steps()
		for _, step := range steps {
			if _, atErr := store.At(context.Background(), step); atErr != nil {
				err = atErr
			}
		}
		if err != nil {
			t.Errorf("%s: a checkpoint is damaged: %v", how, err)
		}
	}
	if _, err := s.run(disk); err != nil {
		t.Errorf("%s: doing it again: %v", how, err)
		return
	}
	if err := prune(2, 1)(disk); err != nil {
		t.Errorf("%s: pruning: %v", how, err)
	}
	if v, err := s.read(t, disk); err != nil || v != len(s.work) {
		t.Errorf("%s: done again, a reader finds version %d, %v", how, v, err)
	}
	if tree := disk.Tree(); strings.Contains(tree, ".tmp-") || strings.Contains(tree, ".trash-") || strings.Contains(tree, ".next") {
		t.Errorf("%s: left behind:\n%s", how, tree)
	}
}

// TestC6_FailedOperation fails the n-th operation, for each n, of everything
// that is written.
func TestC6_FailedOperation(t *testing.T) {
	kinds := []struct {
		name string
		hook func(n int) checkpointstest.Hook
		is   error
	}{
		{"EIO", func(n int) checkpointstest.Hook { return checkpointstest.FailAt(n, syscall.EIO) }, syscall.EIO},
		{"EIO, done all the same", func(n int) checkpointstest.Hook { return checkpointstest.LieAt(n, syscall.EIO) }, syscall.EIO},
		{"ENOSPC", checkpointstest.FullAt, syscall.ENOSPC},
		{"crash", checkpointstest.CrashAt, checkpointstest.ErrCrash},
	}
	failed, reported := 0, 0
	for _, s := range scenarios() {
		for n := range s.count(t) {
			for _, kind := range kinds {
				disk := checkpointstest.NewDisk()
				s.prepare(t, disk)
				h := &checkpointstest.Hooked{FS: disk, Hook: kind.hook(n + 1)}
				done, err := s.run(h)
				op := h.Ops[n]
				how := fmt.Sprintf("%s, %s at operation %d (%s %s)", s.name, kind.name, n+1, op.Name, op.Path)
				failed++
				changes := slices.Contains([]string{"mkdir", "create", "write", "sync", "close", "rename", "syncdir"}, op.Name)
				tidying := s.name == "prune-after-a-kill" // whose failures go to Warn
				if err == nil && changes && !tidying && kind.is == syscall.EIO {
					t.Errorf("%s: no error", how)
				}
				if err != nil {
					reported++
					checkFault(t, how, err, kind.is)
				}
				s.judge(t, disk, done, how)
			}
		}
	}
	t.Logf("C6: %d failed operations, %d reported, the others without effect", failed, reported)
	if failed < 120 {
		t.Errorf("%d operations failed, 120 are promised", failed)
	}
}

// checkFault holds what an error must say: the operation, the path, the
// cause, one line, exit code 6 (4 where reading what is there failed).
func checkFault(t testing.TB, how string, err, is error) {
	t.Helper()
	var e *checkpoints.Error
	if !errors.As(err, &e) || !errors.Is(err, is) {
		t.Errorf("%s: %v is not an Error that wraps %v", how, err, is)
		return
	}
	if e.ExitCode() != 6 || (!strings.HasPrefix(e.Path, "run") && e.Path != ".") || !strings.HasPrefix(e.What, "cannot ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %q with exit code %d names no operation or path", how, err, e.ExitCode())
	}
	if is == syscall.ENOSPC && !strings.Contains(err.Error(), "free some space") {
		t.Errorf("%s: %q says not what to do", how, err)
	}
}

// TestC7_LostWrites cuts the power at every boundary between operations, in
// each way that unsynced writes can get lost.
func TestC7_LostWrites(t *testing.T) {
	seeds := 3
	if slow {
		seeds = 100
	}
	states := map[string]int{}
	total := 0
	for _, s := range scenarios() {
		for n := 0; n <= s.count(t); n++ {
			disk := checkpointstest.NewDisk()
			s.prepare(t, disk)
			h := &checkpointstest.Hooked{FS: disk, Hook: checkpointstest.CrashAt(n + 1)}
			done, _ := s.run(h)
			for _, loss := range checkpointstest.Losses {
				times := 1
				if loss >= checkpointstest.Prefix {
					times = seeds
				}
				for seed := range times {
					how := fmt.Sprintf("%s, power cut before operation %d, unsynced writes %v (%d)", s.name, n+1, loss, seed)
					s.judge(t, disk.Crash(loss, rng.New(uint64(seed)).Int(n)), done, how)
					states[loss.String()]++
					total++
				}
			}
		}
	}
	t.Logf("C7: %d lost-write states: %v", total, states)
	if total < 240 {
		t.Errorf("%d states, 240 are promised", total)
	}
}
