package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// inventory is a tree: what each path is, and holds or leads to.
func inventory(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		switch {
		case err != nil:
		case info.Mode()&fs.ModeSymlink != 0:
			var to string
			to, err = os.Readlink(path)
			all[name] = "a link to " + to
		case info.IsDir():
			all[name] = "a folder, " + info.Mode().String()
		case info.Mode().IsRegular():
			var b []byte
			b, err = os.ReadFile(path)
			all[name] = info.Mode().String() + " " + hash(b)
		default:
			all[name] = info.Mode().String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// planting is a way in which a path of ours becomes somebody else's; it returns
// what is foreign now, below the folder that path is in.
type planting struct {
	name  string
	plant func(path, outside string) error
}

const mine = "# this is mine"

var plantings = []planting{
	{"a link to a file", func(path, outside string) error {
		victim := filepath.Join(outside, "victim")
		return errors.Join(os.WriteFile(victim, []byte(mine), 0o640), os.RemoveAll(path), os.Symlink(victim, path))
	}},
	{"a link to itself, moved away", func(path, outside string) error {
		away := filepath.Join(outside, "away")
		if err := os.Rename(path, away); err != nil {
			return err
		}
		if info, err := os.Stat(away); err == nil && info.IsDir() {
			if err := os.WriteFile(filepath.Join(away, "notes.txt"), []byte(mine), 0o640); err != nil {
				return err
			}
		}
		return os.Symlink(away, path)
	}},
	{"a link to a folder", func(path, outside string) error {
		victim := filepath.Join(outside, "folder")
		return errors.Join(os.MkdirAll(victim, 0o755), os.WriteFile(filepath.Join(victim, "deep"), []byte(mine), 0o640), os.RemoveAll(path), os.Symlink(victim, path))
	}},
	{"foreign content", func(path, outside string) error {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			if err := errors.Join(os.RemoveAll(path), os.MkdirAll(path, 0o750)); err != nil {
				return err
			}
			path = filepath.Join(path, "thesis.txt")
		}
		return os.WriteFile(path, []byte(mine), 0o640)
	}},
	{"notes beside", func(path, _ string) error {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			path = filepath.Dir(path)
		}
		return errors.Join(os.WriteFile(filepath.Join(path, "notes.txt"), []byte(mine), 0o640),
			os.MkdirAll(filepath.Join(path, "my folder"), 0o750), os.WriteFile(filepath.Join(path, "my folder", "deep"), []byte(mine), 0o640))
	}},
}

// foreignCommands are what is done to a folder of ours, by the folder.
type foreignCommands map[string]func(dir string) error

// TestH1_ForeignFiles makes something foreign of each file and folder that commands
// have left, in each way, and lets each command at it again: nothing outside
// changes, and what is foreign is still there, if under a name that was told.
func TestH1_ForeignFiles(t *testing.T) {
	w := newWorkshop(t, sample.Default())
	run, _ := w.train(t, "training.epochs=3", "training.checkpoint.every_steps=1")
	quiet := func() app.Streams { return app.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}} }
	train := func(o app.TrainOptions, sets ...string) func(string) error {
		return func(dir string) error {
			o := o
			o.Config, o.Output, o.Sets = w.at("train.yaml"), dir, append([]string{"training.epochs=3", "training.checkpoint.every_steps=1"}, sets...)
			return app.Train(context.Background(), o, quiet())
		}
	}
	compared := compareOptions(w)
	compared.Seeds, compared.Fusions, compared.Pairs = 1, []string{"concat"}, "none"
	compareIt := func(dir string) error {
		o := compared
		o.Output = dir
		return app.Compare(context.Background(), o, quiet())
	}
	explainIt := func(dir string) error {
		o := app.ExplainOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Rows: "1", Output: dir, Force: true}
		return app.Explain(context.Background(), o, quiet())
	}
	exportIt := func(dir string) error {
		o := app.ExportOptions{SourceOptions: app.SourceOptions{Model: run}, Format: "onnx", Output: dir, Force: true}
		return app.Export(context.Background(), o, quiet())
	}
	for name, make := range map[string]func(string) error{"compared": compareIt, "explained": explainIt, "exported": exportIt} {
		if err := make(w.at(name)); err != nil {
			t.Fatal(err)
		}
	}
	counted, refused, each := 0, 0, 23 // all of them take minutes
	if slow {
		each = 1
	}
	for _, c := range []struct {
		folder   string
		commands foreignCommands
	}{
		{run, foreignCommands{
			"train": train(app.TrainOptions{}), "resume": train(app.TrainOptions{Resume: true}), "force": train(app.TrainOptions{Force: true}),
			"prune": train(app.TrainOptions{Resume: true, AllowChanged: []string{"training.epochs"}}, "training.epochs=4", "training.checkpoint.keep=1"),
		}},
		{w.at("compared"), foreignCommands{"compare": compareIt}},
		{w.at("explained"), foreignCommands{"explain": explainIt}},
		{w.at("exported"), foreignCommands{"export": exportIt}},
	} {
		var names []string
		for name := range inventory(t, c.folder) {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			for j, p := range plantings {
				for k, command := range []string{"train", "resume", "force", "prune", "compare", "explain", "export"} {
					do := c.commands[command]
					if do == nil || name == "." && p.name != "notes beside" || (7*i+3*j+k)%each != 0 {
						continue
					}
					err := foreign(t, c.folder, name, p, command, do)
					counted++
					if err != nil {
						refused++
						var coded interface{ ExitCode() int }
						if !errors.As(err, &coded) || coded.ExitCode() == 1 || coded.ExitCode() == 5 || strings.Contains(err.Error(), "\n") {
							t.Errorf("%s with %s at %s: %v", command, p.name, name, err)
						}
					}
				}
			}
		}
	}
	t.Logf("H1: %d foreign files, %d of them refused", counted, refused)
	if least := map[bool]int{false: 40, true: 700}[slow]; counted < least {
		t.Errorf("%d cases, %d are promised", counted, least)
	}
}

// foreign plants something into a copy of a folder, and lets a command at it.
func foreign(t *testing.T, folder, name string, p planting, command string, do func(string) error) error {
	t.Helper()
	place := t.TempDir()
	dir, outside := filepath.Join(place, "folder"), filepath.Join(place, "outside")
	copyFolder(t, folder, dir)
	if err := os.Mkdir(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	ours := inventory(t, dir)
	if err := p.plant(filepath.Join(dir, name), outside); err != nil {
		t.Fatalf("%s at %s: %v", p.name, name, err)
	}
	before, there := inventory(t, outside), map[string]int{}
	for name, what := range inventory(t, dir) {
		if ours[name] != what {
			there[what]++
		}
	}
	err := do(dir)
	how := fmt.Sprintf("%s with %s at %s (%v)", command, p.name, name, err)
	after := inventory(t, outside)
	for name, what := range before {
		if after[name] != what {
			t.Errorf("%s: outside, %s was %s, and is %s", how, name, what, after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%s: outside, there are %d files, there were %d", how, len(after), len(before))
	}
	left := map[string]int{}
	for _, what := range inventory(t, dir) {
		left[what]++
	}
	for what, n := range there {
		if left[what] < n {
			t.Errorf("%s: %d of %s, there were %d", how, left[what], what, n)
		}
	}
	return err
}
