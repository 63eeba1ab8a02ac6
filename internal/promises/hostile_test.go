package promises_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

// A mutation changes the files of a checkpoint, which is then sealed anew: sizes and
// checksums are right, and what the files say is not.
type mutation struct {
	name string
	do   func(files map[string][]byte)
}

// victim is a run folder whose checkpoint is changed.
type victim struct {
	*place
	step  int
	owner checkpoints.Owner
	files map[string][]byte // of the newest checkpoint
}

func newVictim(t testing.TB) *victim {
	t.Helper()
	v := &victim{place: newPlace(t)}
	if o := v.train(); o.code != 0 {
		t.Fatal(o.errs)
	}
	home, err := checkpoints.ReadFolder(nil, v.at("run"), "training", nil)
	if err != nil {
		t.Fatal(err)
	}
	v.owner = home.Owner()
	store := &checkpoints.Store{Dir: v.at("run/checkpoints")}
	c, err := store.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v.step, v.files = c.Manifest.Step, map[string][]byte{}
	for _, f := range c.Manifest.Files {
		if v.files[f.Name], err = c.ReadFile(f.Name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(v.at("run/checkpoints")); err != nil {
		t.Fatal(err)
	}
	return v
}

// reseal makes a run folder of the files.
func (v *victim) reseal(t *testing.T, files map[string][]byte) (run, checkpoint string) {
	t.Helper()
	run = filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(run, os.DirFS(v.at("run"))); err != nil {
		t.Fatal(err)
	}
	var all []checkpoints.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, checkpoints.File{Name: name, Write: checkpoints.Bytes(files[name])})
	}
	store := &checkpoints.Store{Dir: filepath.Join(run, "checkpoints"), Owner: v.owner}
	if _, err := store.Save(t.Context(), v.step, all); err != nil {
		t.Fatal(err)
	}
	return run, store.Path(v.step)
}

// hostileCommands are what is asked to use a checkpoint.
func (v *victim) hostileCommands(t *testing.T, run, checkpoint string) map[string][]string {
	out := t.TempDir()
	on := []string{"--model", checkpoint, "--data", v.at("data.csv"), "--images", v.at("images")}
	return map[string][]string{
		"verify":   {"verify", checkpoint},
		"inspect":  {"inspect", "--model", checkpoint},
		"predict":  append([]string{"predict", "--output", filepath.Join(out, "p.csv")}, on...),
		"evaluate": append([]string{"evaluate"}, on...),
		"explain":  append([]string{"explain", "--rows", "1", "--output", filepath.Join(out, "explained")}, on...),
		"export":   {"export", "--model", checkpoint, "--output", filepath.Join(out, "exported")},
		"serve":    {"serve", "--model", checkpoint, "--listen", "127.0.0.1:0"},
		"resume":   {"train", "--config", v.at("train.yaml"), "--output", run, "--resume"},
	}
}

// listening ends a server as soon as it listens.
type listening struct {
	mu   sync.Mutex
	text bytes.Buffer
	stop func()
}

func (l *listening) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if strings.Contains(l.text.String(), "listening on") {
		l.stop()
	}
	return len(b), nil
}

// ask runs a command; a server that listens has used the model: 0.
func (v *victim) ask(t *testing.T, args []string) (o outcome, allocated uint64) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var before, after runtime.MemStats
	var out bytes.Buffer
	errs := &listening{stop: stop}
	runtime.ReadMemStats(&before)
	code := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &out, Err: errs}.Run(ctx, args...)
	runtime.ReadMemStats(&after)
	if args[0] == "serve" && code == 130 {
		code = 0
	}
	return outcome{code, out.String(), errs.text.String()}, after.TotalAlloc - before.TotalAlloc
}

// mostAllocated is what a command may allocate in all with a checkpoint that is
// refused: more than it ever holds at a time.
const mostAllocated = 300 << 20

// verdict asks all commands, or some, about a checkpoint. A model that verify refuses is
// refused by all, with exit code 4 and the same words; of one that it takes, none
// says that the file is at fault, nor that the program is.
func (v *victim) verdict(t *testing.T, files map[string][]byte, only ...string) (valid bool) {
	t.Helper()
	run, checkpoint := v.reseal(t, files)
	commands := v.hostileCommands(t, run, checkpoint)
	if len(only) > 0 {
		maps.DeleteFunc(commands, func(name string, _ []string) bool { return !slices.Contains(only, name) })
	}
	said := map[string]outcome{}
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		o, allocated := v.ask(t, commands[name])
		said[name] = o
		if text := o.out + o.errs; strings.Contains(text, "goroutine ") || strings.Contains(text, "internal fault") || o.code == 1 {
			t.Errorf("%s: exit code %d: %s", name, o.code, o.errs)
		}
		if o.code == 4 && allocated > mostAllocated {
			t.Errorf("%s: %d MiB were allocated", name, allocated>>20)
		}
	}
	valid = said["verify"].code == 0
	core := strings.TrimPrefix(strings.TrimSpace(said["inspect"].errs), "chiasm: ")
	core = strings.TrimLeft(strings.TrimPrefix(core, checkpoint), ":/ ")
	for name, o := range said {
		if (o.code == 4) == valid {
			t.Errorf("verify ends with %d, and %s with %d: %s%s", said["verify"].code, name, o.code, o.errs, said["verify"].out)
		} else if !valid && !strings.Contains(o.out+o.errs, core) {
			t.Errorf("%s says %q, want %q", name, o.out+o.errs, core)
		}
	}
	return valid
}

// TestM2_HostileBundles gives every command checkpoints whose files are sealed
// rightly and say what cannot be.
func TestM2_HostileBundles(t *testing.T) {
	v := newVictim(t)
	if !v.verdict(t, v.files) {
		t.Fatal("the checkpoint as it was is refused")
	}
	all := v.mutations(t)
	if len(all) < 60 {
		t.Fatalf("%d mutations, the list asks for 60", len(all))
	}
	tried, refused := v.each(t, all, hostileEvery)
	t.Logf("M2: %d of %d mutations x 8 commands, %d refused", tried, len(all), refused)
}

// each gives every command one in so many of the mutated checkpoints, and counts those that are
// tried, and refused.
func (v *victim) each(t *testing.T, all []mutation, every int) (tried, refused int) {
	for i, m := range all {
		if i%every != 0 {
			continue
		}
		tried++
		t.Run(m.name, func(t *testing.T) {
			files := maps.Clone(v.files)
			m.do(files)
			if !v.verdict(t, files) {
				refused++
			}
		})
	}
	return tried, refused
}

// A model whose numbers are all finite and whose answers are not is one for verify;
// what it says of a row is an error of the row, in every command that would tell it.
func TestM4_AnswersThatAreNotFinite(t *testing.T) {
	v := newVictim(t)
	files := maps.Clone(v.files)
	weights := bytes.Clone(files["model.safetensors"])
	for at := 8 + int(binary.LittleEndian.Uint64(weights)); at+4 <= len(weights); at += 4 {
		binary.LittleEndian.PutUint32(weights[at:], math.Float32bits(3e38))
	}
	files["model.safetensors"] = weights
	run, checkpoint := v.reseal(t, files)
	commands := v.hostileCommands(t, run, checkpoint)
	for name, code := range map[string]int{"verify": 0, "inspect": 0, "predict": 5, "evaluate": 5, "explain": 5, "serve": 0} {
		o, _ := v.ask(t, commands[name])
		if o.code != code || code == 5 && !strings.Contains(o.errs, "finite") {
			t.Errorf("%s: exit code %d, want %d: %s", name, o.code, code, o.errs)
		}
	}
	for _, output := range []string{"p.csv", "p.jsonl"} {
		at := filepath.Join(t.TempDir(), output)
		on := []string{"predict", "--model", checkpoint, "--data", v.at("data.csv"), "--images", v.at("images"), "--output", at}
		if o, _ := v.ask(t, on); o.code != 5 || !strings.Contains(o.errs, "row 1") {
			t.Errorf("%s: exit code %d: %s", output, o.code, o.errs)
		}
		if _, err := os.Stat(at); err == nil {
			t.Errorf("%s was written", output)
		}
		o, _ := v.ask(t, append(on, "--on-error", "skip"))
		b, err := os.ReadFile(at)
		if err != nil || o.code != 0 || bytes.Count(b, []byte("not a finite number")) != len(v.rows)-1 {
			t.Errorf("%s: exit code %d: %s%s %v", output, o.code, o.errs, b, err)
		}
	}
}

// mutations are by hand, and of each value in each file of JSON.
func (v *victim) mutations(t *testing.T) []mutation {
	t.Helper()
	all := byHand()
	for _, name := range slices.Sorted(maps.Keys(v.files)) {
		if filepath.Ext(name) != ".json" {
			continue
		}
		var tree any
		if err := json.Unmarshal(v.files[name], &tree); err != nil {
			t.Fatal(err)
		}
		to := []any{-1, 1e15, nil, "", []any{}}
		for i, path := range leaves(tree, nil) {
			to := to[i%len(to)]
			all = append(all, mutation{fmt.Sprintf("%s %v = %v", name, path, to), func(files map[string][]byte) {
				files[name] = changed(files[name], path, to)
			}})
		}
	}
	return all
}

// leaves are the paths of values, some of each list and of each long object.
func leaves(v any, at []any) (paths [][]any) {
	each := func(k, child any) { paths = append(paths, leaves(child, append(slices.Clone(at), k))...) }
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) > 20 {
			keys = keys[:3]
		}
		for _, k := range keys {
			each(k, v[k])
		}
	case []any:
		for i := range min(2, len(v)) {
			each(i, v[i])
		}
	}
	if len(at) > 0 {
		paths = append(paths, at)
	}
	return paths
}

func changed(b []byte, path []any, to any) []byte {
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		panic(err)
	}
	at := tree
	for i, k := range path {
		last := i == len(path)-1
		switch k := k.(type) {
		case string:
			if last {
				at.(map[string]any)[k] = to
			} else {
				at = at.(map[string]any)[k]
			}
		case int:
			if last {
				at.([]any)[k] = to
			} else {
				at = at.([]any)[k]
			}
		}
	}
	out, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return out
}

// byHand are mutations that somebody thought of.
func byHand() []mutation {
	text := func(name, old, new string) mutation {
		return mutation{fmt.Sprintf("%s %q for %q", name, new, old), func(files map[string][]byte) {
			if !bytes.Contains(files[name], []byte(old)) {
				panic(name + " has no " + old + ":\n" + string(files[name]))
			}
			files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
		}}
	}
	without := func(name string) mutation {
		return mutation{"without " + name, func(files map[string][]byte) { delete(files, name) }}
	}
	is := func(name, content string) mutation {
		return mutation{name + " is " + content, func(files map[string][]byte) { files[name] = []byte(content) }}
	}
	all := []mutation{
		text("state.json", `"epoch": 1`, `"epoch": -1`),
		text("state.json", `"steps": `, `"steps": 1`),
		text("state.json", `"batch": 0`, `"batch": 1000000000`),
		without("optimizer.safetensors"), without("best.safetensors"), without("model.safetensors"), without("config.yaml"),
		without("preprocessing.json"),
		text("state.json", `"identity": {`, `"identity": null, "before": {`), text("state.json", `"identity"`, `"identities"`),
		is("optimizer.safetensors", ""), is("trained_on.json", "{}"), is("trained_on.json", "[]"), is("state.json", "null"), is("state.json", "{}"),
		is("preprocessing.json", "null"), is("preprocessing.json", "{}"), is("config.yaml", ""), is("config.yaml", "a: &a [*a]"),
		text("config.yaml", "size: [", "size: [16000, 16000] # ["),
	}
	return all
}
