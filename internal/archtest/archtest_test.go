package archtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/chiasm-ml/chiasm"

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath, Dir, Doc, Name         string
	Imports, TestImports, XTestImports []string
	GoFiles, TestGoFiles, XTestGoFiles []string
}

// path is the package's path below the module.
func (p goPackage) path() string { return below(p.ImportPath) }

func below(path string) string { return strings.TrimPrefix(path, module+"/") }

// tests are what the package's tests import, each once.
func (p goPackage) tests() []string {
	all := slices.Concat(p.TestImports, p.XTestImports)
	slices.Sort(all)
	return slices.Compact(all)
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// list asks go for all packages, once.
var list = sync.OnceValues(func() ([]goPackage, error) {
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("go list: %s", exit.Stderr)
		}
		return nil, err
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := d.Decode(&p)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

// where is the number of a room's floor, and its name; -1 if it is on no map.
func where(path string) (int, string) {
	for i, f := range house {
		for _, r := range f.rooms {
			if r.path == path {
				return i, f.name
			}
		}
	}
	return -1, ""
}

// inside reports whether path is the package or folder, or in it.
func inside(path, folder string) bool {
	return path == strings.TrimSuffix(folder, "/") || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func isOurs(path string) bool { return strings.HasPrefix(path, module+"/") }

// Every package is on the map, and the map has no others.
func TestEveryPackageHasAFloor(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[p.path()] = true
		if i, _ := where(p.path()); i < 0 {
			t.Errorf("%s is on no floor: put it on the lowest one of house_test.go that is above all it imports", p.path())
		}
	}
	for _, f := range house {
		for _, r := range f.rooms {
			if !seen[r.path] {
				t.Errorf("%s is on the floor %q and does not exist", r.path, f.name)
			}
		}
	}
}

// A package imports what lies on lower floors only.
func TestImportsGoDown(t *testing.T) {
	for _, p := range packages(t) {
		for _, problem := range upward(p.path(), oursAmong(p.Imports)) {
			t.Error(problem)
		}
	}
}

// oursAmong are the imports of this module among some, by their path in it.
func oursAmong(imports []string) []string {
	var ours []string
	for _, i := range imports {
		if isOurs(i) {
			ours = append(ours, below(i))
		}
	}
	return ours
}

// upward says which imports of a package are not on a floor below it, or
// behind a wall.
func upward(path string, imports []string) []string {
	var problems []string
	at, name := where(path)
	for _, i := range imports {
		to, other := where(i)
		switch {
		case slices.Contains(helpers, i) && !slices.Contains(helpers, path):
			problems = append(problems, path+" imports "+i+", which is for tests only")
		case to >= at:
			problems = append(problems, path+" (floor "+name+") imports "+i+" (floor "+other+"): a room uses only what lies below it; move what both need down")
		}
		for _, w := range walls {
			if w.room != path {
				continue
			}
			for _, n := range w.never {
				if inside(i, n) && !inside(i, path) {
					problems = append(problems, path+" imports "+i+", and there is a wall between them: "+w.why)
				}
			}
		}
	}
	return problems
}

// Tests import what lies below, helpers for tests, and what they have on loan.
func TestImportsOfTests(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		at, name := where(p.path())
		for _, i := range oursAmong(p.tests()) {
			to, other := where(i)
			if i == p.path() || to < at || slices.Contains(helpers, i) {
				continue
			}
			if slices.Contains(loans[p.path()], i) {
				used[p.path()+" "+i] = true
				continue
			}
			t.Errorf("tests of %s (floor %s) import %s (floor %s): name it in loans of house_test.go, if there is no other way", p.path(), name, i, other)
		}
	}
	for room, list := range loans {
		for _, i := range list {
			if !used[room+" "+i] {
				t.Errorf("tests of %s have %s on loan and do not use it", room, i)
			}
		}
	}
}

// What is banned is imported nowhere.
func TestNeverImported(t *testing.T) {
	for _, p := range packages(t) {
		for _, problem := range banned(p.path(), p.Imports, p.tests()) {
			t.Error(problem)
		}
	}
}

func banned(path string, imports, tests []string) []string {
	var problems []string
	for _, b := range bans {
		hit := func(i string) bool {
			return i == b.path || strings.HasSuffix(b.path, "/") && inside(i, b.path)
		}
		if !slices.Contains(b.but, path) && slices.ContainsFunc(imports, hit) {
			problems = append(problems, path+" imports "+b.path+": "+b.instead)
		}
		if !b.tests && slices.ContainsFunc(tests, hit) {
			problems = append(problems, "tests of "+path+" import "+b.path+": "+b.instead)
		}
	}
	return problems
}

// Every import from another module is known, and used where the list says.
func TestLibraries(t *testing.T) {
	used := map[string]bool{}
	library := func(i string) string {
		for l := range libraries {
			if inside(i, l) {
				return l
			}
		}
		return ""
	}
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if !strings.Contains(strings.Split(i, "/")[0], ".") || isOurs(i) {
				continue
			}
			l := library(i)
			if !slices.Contains(libraries[l], p.path()) {
				t.Errorf("%s imports %s: the list of libraries in house_test.go does not say so", p.path(), i)
			}
			used[l+" "+p.path()] = true
		}
		for _, i := range p.tests() {
			if strings.Contains(strings.Split(i, "/")[0], ".") && !isOurs(i) && library(i) == "" {
				t.Errorf("tests of %s import %s: the list of libraries in house_test.go does not know it", p.path(), i)
			}
		}
	}
	for l, rooms := range libraries {
		for _, r := range rooms {
			if !used[l+" "+r] {
				t.Errorf("%s is listed as imported by %s, and is not", l, r)
			}
		}
	}
}

// Every package says what it is for, and shows it by an Example.
func TestDocumentation(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.path())
		}
		has := false
		for _, name := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				has = has || ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example")
			}
		}
		switch exempt := slices.Contains(withoutExample, p.path()); {
		case !has && !exempt:
			t.Errorf("%s has no Example", p.path())
		case has && exempt:
			t.Errorf("%s has an Example, and is listed as having none", p.path())
		}
	}
}

// The rules notice what they are there to notice.
func TestPlantedImports(t *testing.T) {
	for _, c := range []struct {
		path, imports, want string
	}{
		{"fusion", "trainer", "lies below"},
		{"fusion", "fusion", "lies below"},
		{"op", "nn", "lies below"},
		{"trainer", "encoders", "wall"},
		{"nn", "modality/text/tokenizer", "wall"},
		{"op", "modality/image/imaging", "wall"},
		{"model", "nn/nntest", "tests only"},
		{"config", "internal/sample", "tests only"},
		{"model", "nn", ""},
		{"data", "internal/words", ""},
	} {
		got := strings.Join(upward(c.path, []string{c.imports}), "; ")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s gives %q, want %q", c.path, c.imports, got, c.want)
		}
	}
	for _, c := range []struct {
		path, imports, tests string
		problems             int
	}{
		{"data", "archive/zip", "", 1}, {"data", "os/exec", "os/exec", 1}, {"data", "", "os/exec", 0}, {"data", "", "math/rand", 1},
		{"nn", "unsafe", "", 0}, {"op", "unsafe", "", 1}, {"serve", "net/http", "", 0}, {"cli", "net/http", "", 1}, {"cli", "net", "", 1}, {"op", "C", "", 1},
	} {
		if got := banned(c.path, []string{c.imports}, []string{c.tests}); len(got) != c.problems {
			t.Errorf("%+v gives %q", c, got)
		}
	}
}
