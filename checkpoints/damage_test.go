package checkpoints_test

import (
	"bytes"
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/rng"
)

// every tells which of many like cases run: all of them with -tags slow,
// otherwise each fourth.
func every(i int) bool { return slow || i%4 == 0 }

// A victim is a checkpoint in memory, to be damaged a file at a time.
type victim struct {
	disk  *checkpointstest.Disk
	store *checkpoints.Store
	files map[string][]byte
}

const victimStep = 1200

func newVictim(t testing.TB) *victim {
	t.Helper()
	v := &victim{disk: checkpointstest.NewDisk(), files: map[string][]byte{}}
	v.store = &checkpoints.Store{Dir: "checkpoints", FS: v.disk}
	c, err := v.store.Save(context.Background(), victimStep, runFiles(victimStep))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{checkpoints.ManifestName}
	for _, f := range c.Manifest.Files {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if v.files[name], err = v.disk.Get(path.Join(c.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func (v *victim) path(name string) string { return path.Join(v.store.Path(victimStep), name) }

// refused damages a file, wants the checkpoint refused with the file named,
// and heals it.
func (v *victim) refused(t testing.TB, name string, damaged []byte, how string, args ...any) {
	t.Helper()
	v.disk.Put(v.path(name), damaged)
	_, err := v.store.At(context.Background(), victimStep)
	v.disk.Put(v.path(name), v.files[name])
	var e *checkpoints.Error
	if !errors.As(err, &e) || e.Path != v.path(name) || e.ExitCode() != 4 || e.What == "" {
		t.Errorf("%s, "+how+": %v; want an error with exit code 4 that names the file", append(append([]any{name}, args...), err)...)
	}
}

// TestK1_Truncate cuts each file of a checkpoint at every length.
func TestK1_Truncate(t *testing.T) {
	v := newVictim(t)
	counted := 0
	for name, b := range v.files {
		for n := range b {
			if every(n) || n+10 > len(b) {
				v.refused(t, name, b[:n], "cut to %d bytes", n)
				counted++
			}
		}
		v.refused(t, name, append(slices.Clone(b), 0), "one byte longer")
		counted++
	}
	t.Logf("K1: a checkpoint of %d files cut at its lengths: %d refused", len(v.files), counted)
}

// TestK1_TruncateAlone cuts a safetensors file that has no manifest beside it.
func TestK1_TruncateAlone(t *testing.T) {
	b := newVictim(t).files["model.safetensors"]
	for n := range b {
		if _, _, err := decode(b[:n]); exitCode(err) != 4 {
			t.Errorf("cut to %d of %d bytes: %v", n, len(b), err)
		}
	}
	t.Logf("K1: %d lengths refused by the codec alone", len(b))
}

// headerBytes is how much of a file is not numbers.
func headerBytes(name string, b []byte) int {
	if strings.HasSuffix(name, ".safetensors") {
		return 8 + len(header(b))
	}
	return len(b)
}

// TestK2_Flip flips every bit of headers, state and manifest, and random bits
// of the numbers; blanks blocks and swaps them.
func TestK2_Flip(t *testing.T) {
	v := newVictim(t)
	counted := map[string]int{}
	flip := func(kind, name string, bit int) {
		b := slices.Clone(v.files[name])
		b[bit/8] ^= 1 << (bit % 8)
		v.refused(t, name, b, "bit %d flipped", bit)
		counted[kind]++
	}
	for name, b := range v.files {
		for bit := range 8 * headerBytes(name, b) {
			if every(bit + bit/8) { // another bit of each byte
				flip("bits of headers and manifest", name, bit)
			}
		}
	}
	key := rng.New(1)
	for i := range 2000 {
		if !every(i / 2) {
			continue
		}
		name := []string{"model.safetensors", "optimizer.safetensors"}[i%2]
		from, until := headerBytes(name, v.files[name]), len(v.files[name])
		flip("bits of numbers", name, 8*from+key.IntN(i, 8*(until-from)))
	}
	const block = 64
	for name, b := range v.files {
		for at := 0; at+2*block <= len(b); at += block {
			blank := slices.Clone(b)
			clear(blank[at : at+block])
			v.refused(t, name, blank, "blank at %d", at)
			swapped := slices.Concat(b[:at], b[at+block:at+2*block], b[at:at+block], b[at+2*block:])
			v.refused(t, name, swapped, "blocks swapped at %d", at)
			counted["blanked and swapped blocks"] += 2
		}
	}
	for name, b := range v.files {
		for other, c := range v.files {
			if name != other {
				v.refused(t, name, c, "replaced by %s", other)
				counted["files swapped"]++
			}
		}
		v.refused(t, name, make([]byte, len(b)), "all zero")
		counted["files swapped"]++
	}
	total := 0
	for _, n := range counted {
		total += n
	}
	t.Logf("K2: %d refused: %v", total, counted)
}

// TestK2_FlipAlone flips every bit of the header of a file without manifest.
// What is then still accepted must hold the same weights: only metadata may
// have changed.
func TestK2_FlipAlone(t *testing.T) {
	want := weights(victimStep, 6, 80)
	b := encode(t, want, map[string]string{"format": "pt"})
	refused, harmless := 0, 0
	into := cleared(want)
	for bit := range 8 * headerBytes(".safetensors", b) {
		b[bit/8] ^= 1 << (bit % 8)
		_, err := checkpoints.LoadInto(bytes.NewReader(b), int64(len(b)), into)
		b[bit/8] ^= 1 << (bit % 8)
		switch {
		case err == nil && difference.None(into, want):
			harmless++
		case exitCode(err) == 4:
			refused++
		default:
			t.Errorf("bit %d flipped: %v, and the weights differ", bit, err)
		}
	}
	t.Logf("K2: %d flips refused by the codec alone, %d in metadata or padding", refused, harmless)
	if harmless > 100 {
		t.Errorf("%d flips were accepted", harmless)
	}
}

// TestK4_NewestDamaged damages the newest k of 4 checkpoints.
func TestK4_NewestDamaged(t *testing.T) {
	damage := []func(d *checkpointstest.Disk, dir string){
		func(d *checkpointstest.Disk, dir string) { d.Put(dir+"/model.safetensors", []byte("short")) },
		func(d *checkpointstest.Disk, dir string) { d.Remove(dir + "/" + checkpoints.ManifestName) },
		func(d *checkpointstest.Disk, dir string) { d.Put(dir+"/state.json", []byte(`{"step":?}`)) },
		func(d *checkpointstest.Disk, dir string) { d.Remove(dir + "/state.json") },
	}
	const n = 4
	for k := 0; k <= n; k++ {
		disk := checkpointstest.NewDisk()
		var warnings []string
		s := &checkpoints.Store{Dir: "checkpoints", FS: disk, Warn: collect(&warnings)}
		for step := 1; step <= n; step++ {
			if _, err := s.Save(context.Background(), step, tinyFiles(step)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range k {
			damage[i](disk, s.Path(n-i))
		}
		before := disk.Tree()
		c, err := s.Latest(context.Background())
		if len(warnings) != k {
			t.Errorf("%d damaged: warnings %q", k, warnings)
		}
		for i, w := range warnings {
			if !strings.HasPrefix(w, s.Path(n-i)+"/") {
				t.Errorf("warning %d is %q, want one that names a file of step %d", i, w, n-i)
			}
		}
		if disk.Tree() != before {
			t.Errorf("%d damaged: reading changed the disk", k)
		}
		if k == n {
			wantError(t, err, "none of the 4 checkpoints is valid", 4)
			if errors.Is(err, checkpoints.ErrNone) {
				t.Error("damaged checkpoints are taken for none")
			}
			continue
		}
		if err != nil || c.Manifest.Step != n-k {
			t.Fatalf("%d damaged: %v, %v; want step %d", k, c, err, n-k)
		}
		whole(t, c)
	}
	t.Logf("K4: %d cases, 0 to %d of %d damaged", n+1, n, n)
}
