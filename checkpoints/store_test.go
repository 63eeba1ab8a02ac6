package checkpoints_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

func newStore(t testing.TB, steps ...int) (*checkpoints.Store, *checkpointstest.Disk) {
	t.Helper()
	disk := checkpointstest.NewDisk()
	s := &checkpoints.Store{Dir: "run/checkpoints", FS: disk, Version: "1.2.3"}
	for _, step := range steps {
		if _, err := s.Save(context.Background(), step, tinyFiles(step)); err != nil {
			t.Fatal(err)
		}
	}
	return s, disk
}

func wantSteps(t testing.TB, s *checkpoints.Store, want ...int) {
	t.Helper()
	got, err := s.Steps()
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("steps %v, %v; want %v", got, err, want)
	}
}

func TestStoreEmpty(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		s := &checkpoints.Store{Dir: dir}
		if _, err := s.Latest(context.Background()); !errors.Is(err, checkpoints.ErrNone) {
			t.Errorf("latest of an empty folder: %v, want ErrNone", err)
		}
		if err := s.Prune(context.Background(), 3); err != nil {
			t.Error(err)
		}
		wantSteps(t, s)
	}
}

func TestStoreManifest(t *testing.T) {
	s, _ := newStore(t, 120)
	c, err := s.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	whole(t, c)
	m := c.Manifest
	if m.Format != 1 || m.Version != "1.2.3" || m.Step != 120 || len(m.Files) != 2 || m.Files[0].Name != "model.safetensors" || m.Files[1].Size != int64(len(`{"step":120}`)) {
		t.Errorf("manifest %+v", m)
	}
	if !c.Has("state.json") || c.Has("MANIFEST.json") || c.Has("config.yaml") {
		t.Error("Has is wrong")
	}
	h, err := c.Header("model.safetensors")
	if err != nil || len(h.Tensors) != 1 || h.Tensors[0].DType != "F32" {
		t.Errorf("header %+v, %v", h, err)
	}
	tensors, _, err := c.Tensors("model.safetensors")
	if d := difference.Of(weights(120, 1, 4), tensors); err != nil || d != "" {
		t.Error(err, d)
	}
	_, err = c.ReadFile("config.yaml")
	wantError(t, err, "run/checkpoints/step-00000120/config.yaml: the manifest does not list this file", 4)
}

// TestStoreSameBytes saves the same twice, in two orders of files.
func TestStoreSameBytes(t *testing.T) {
	s, disk := newStore(t, 1)
	other := &checkpoints.Store{Dir: "other", FS: disk, Version: "1.2.3"}
	files := tinyFiles(1)
	slices.Reverse(files)
	c, err := other.Save(context.Background(), 1, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"MANIFEST.json", "model.safetensors", "state.json"} {
		a, _ := disk.Get(s.Path(1) + "/" + name)
		b, _ := disk.Get(c.Dir + "/" + name)
		if len(a) == 0 || string(a) != string(b) {
			t.Errorf("%s differs:\n%q\n%q", name, a, b)
		}
	}
}

func TestStoreKeepsValidMovesInvalid(t *testing.T) {
	s, disk := newStore(t, 1)
	var warnings []string
	s.Warn = collect(&warnings)
	never := []checkpoints.File{{Name: "state.json", Write: func(io.Writer) error { return errors.New("written anew") }}}
	c, err := s.Save(context.Background(), 1, never)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("saving over a valid checkpoint: %v, %v, %q", c, err, warnings)
	}
	whole(t, c)

	disk.Put("run/checkpoints/step-00000001/state.json", []byte(`{"step":2}`))
	if c, err = s.Save(context.Background(), 1, tinyFiles(1)); err != nil {
		t.Fatal(err)
	}
	whole(t, c)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "state.json: the file's SHA-256 is") || !strings.Contains(warnings[0], "moved aside to .damaged-step-00000001-") {
		t.Errorf("warnings %q", warnings)
	}
	if err := s.Prune(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if tree := disk.Tree(); !strings.Contains(tree, ".damaged-step-00000001-") {
		t.Errorf("the damaged one is gone:\n%s", tree)
	}
}

func TestStoreRefuses(t *testing.T) {
	s, disk := newStore(t, 1)
	before := disk.Tree()
	text := checkpoints.Bytes([]byte("text"))
	nan := checkpoints.Tensors([]checkpoints.Tensor{{Name: "a", F32: []float32{nanValue()}}}, nil)
	tests := []struct {
		name  string
		step  int
		files []checkpoints.File
		want  string
		code  int
	}{
		{"negative step", -1, nil, "step -1 is negative", 4},
		{"path", 2, []checkpoints.File{{Name: "../a", Write: text}}, `"../a" is not a valid name`, 4},
		{"hidden", 2, []checkpoints.File{{Name: ".a", Write: text}}, "not a valid name", 4},
		{"manifest", 2, []checkpoints.File{{Name: "manifest.json", Write: text}}, "not a valid name", 4},
		{"twice", 2, []checkpoints.File{{Name: "a", Write: text}, {Name: "a", Write: text}}, "given twice", 4},
		{"not finite", 2, []checkpoints.File{{Name: "a", Write: nan}}, `a: tensor "a": number 0 is NaN`, 5},
		{"own error", 2, []checkpoints.File{{Name: "a", Write: func(io.Writer) error { return io.ErrNoProgress }}}, io.ErrNoProgress.Error(), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.Save(context.Background(), test.step, test.files)
			wantError(t, err, test.want, test.code)
			if got := disk.Tree(); got != before {
				t.Errorf("left behind:\n%s", got)
			}
		})
	}
}

// TestStoreCancelled stops a save that is under way.
func TestStoreCancelled(t *testing.T) {
	s, disk := newStore(t, 1)
	before := disk.Tree()
	ctx, cancel := context.WithCancel(context.Background())
	files := []checkpoints.File{{Name: "a", Write: func(w io.Writer) error {
		cancel()
		for range 100 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
		return errors.New("not stopped")
	}}}
	if _, err := s.Save(ctx, 2, files); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if disk.Tree() != before {
		t.Errorf("left behind:\n%s", disk.Tree())
	}
	if _, err := s.Latest(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search: %v; the checkpoint is not damaged", err)
	}
	unverified := &checkpoints.Store{Dir: s.Dir, FS: disk}
	if err := unverified.Prune(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled pruning: %v", err)
	}
}

func TestStorePrune(t *testing.T) {
	tests := []struct {
		name    string
		damaged []int // state.json of these steps
		noMark  []int // manifest of these steps
		keep    int
		protect []int
		want    []int
	}{
		{"newest", nil, nil, 3, nil, []int{4, 5, 6}},
		{"and best", nil, nil, 2, []int{2, 6, 77}, []int{2, 5, 6}},
		{"at least one", nil, nil, 0, nil, []int{6}},
		{"more than there are", nil, nil, 10, nil, []int{1, 2, 3, 4, 5, 6}},
		{"damaged ones do not count", []int{6, 4}, nil, 2, nil, []int{3, 4, 5, 6}},
		{"none valid, none deleted", []int{1, 2, 3, 4, 5, 6}, nil, 1, nil, []int{1, 2, 3, 4, 5, 6}},
		{"without manifest", nil, []int{6, 2}, 1, nil, []int{2, 5, 6}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, disk := newStore(t, 1, 2, 3, 4, 5, 6)
			for _, step := range test.damaged {
				disk.Put(s.Path(step)+"/state.json", []byte("?"))
			}
			for _, step := range test.noMark {
				disk.Remove(s.Path(step) + "/MANIFEST.json")
			}
			s = &checkpoints.Store{Dir: s.Dir, FS: disk} // one that remembers nothing
			if err := s.Prune(context.Background(), test.keep, test.protect...); err != nil {
				t.Fatal(err)
			}
			wantSteps(t, s, test.want...)
		})
	}
}

// TestStorePruneTrustsItself: what this Store wrote is not read again.
func TestStorePruneTrustsItself(t *testing.T) {
	disk := checkpointstest.NewDisk()
	h := &checkpointstest.Hooked{FS: disk}
	s := &checkpoints.Store{Dir: "checkpoints", FS: h}
	for step := range 5 {
		if _, err := s.Save(context.Background(), step, tinyFiles(step)); err != nil {
			t.Fatal(err)
		}
		if err := s.Prune(context.Background(), 2); err != nil {
			t.Fatal(err)
		}
	}
	for _, op := range h.Ops {
		if op.Name == "open" && !strings.HasSuffix(op.Path, "MANIFEST.json") {
			t.Errorf("%s was read", op.Path)
		}
	}
	wantSteps(t, s, 3, 4)
}

// TestStoreRenamedFolder: a checkpoint says itself which step it is of.
func TestStoreRenamedFolder(t *testing.T) {
	s, disk := newStore(t, 1, 2)
	if err := disk.Rename(s.Path(2), s.Path(3)); err != nil {
		t.Fatal(err)
	}
	_, err := s.At(context.Background(), 3)
	wantError(t, err, "named after step 3, its manifest says 2", 4)
	c, err := s.Latest(context.Background())
	if err != nil || c.Manifest.Step != 1 {
		t.Errorf("latest %v, %v", c, err)
	}
}

// TestStorePrunedWhileReading: a reader lists a checkpoint that its trainer
// then deletes.
func TestStorePrunedWhileReading(t *testing.T) {
	s, disk := newStore(t, 1)
	writer := &checkpoints.Store{Dir: s.Dir, FS: disk}
	listed := false
	var warnings []string
	reader := &checkpoints.Store{Dir: s.Dir, Warn: collect(&warnings), FS: &checkpointstest.Hooked{FS: disk, Hook: func(op checkpointstest.Op) (bool, error) {
		if op.Name == "lstat" && !listed {
			listed = true
			if _, err := writer.Save(context.Background(), 2, tinyFiles(2)); err != nil {
				t.Error(err)
			}
			if err := writer.Prune(context.Background(), 1); err != nil {
				t.Error(err)
			}
		}
		return false, nil
	}}}
	c, err := reader.Latest(context.Background())
	if err != nil || c.Manifest.Step != 2 || len(warnings) > 0 {
		t.Errorf("latest %v, %v, warnings %q; want step 2", c, err, warnings)
	}
}

func TestStoreUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		file:                                  "a file is in the place of a folder",
		filepath.Join(file, "a"):              "not a directory",
		"/proc/no-such-folder/of/checkpoints": "cannot create the folder",
	} {
		s := &checkpoints.Store{Dir: dir}
		_, err := s.Save(context.Background(), 1, tinyFiles(1))
		wantError(t, err, want, 6)
	}
}

func TestOpenAndVerify(t *testing.T) {
	ctx := context.Background()
	s := &checkpoints.Store{Dir: t.TempDir()}
	if _, err := s.Save(ctx, 1, tinyFiles(1)); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Verify(ctx, s.Path(1)); err != nil {
		t.Error(err)
	}
	state := filepath.Join(s.Path(1), "state.json")
	tests := []struct {
		name, want string
		damage     func() error
	}{
		{"folder in place of a file", "not a regular file", func() error { return errors.Join(os.Remove(state), os.Mkdir(state, 0o777)) }},
		{"missing", "no such file", func() error { return os.Remove(state) }},
		{"link", "not a regular file", func() error { return os.Symlink("model.safetensors", state) }},
		{"endless", "not a regular file", func() error { return errors.Join(os.Remove(state), os.Symlink("/dev/zero", state)) }},
	}
	for _, test := range tests {
		if err := test.damage(); err != nil {
			t.Fatal(err)
		}
		err := checkpoints.Verify(ctx, s.Path(1))
		wantError(t, err, state+": cannot read the file: "+test.want, 4)
	}
}
