// Licences prints the modules that are linked into a Go program, with their versions
// and licences:
//
//	licences PROGRAM
//
// It is run in the module that the program was built from. It fails where a module
// has no licence, one that it does not know, or one that is not accepted.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licences PROGRAM")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// source is where the code of a module is, and which of its folders are linked.
type source struct {
	module, version string
	root            string
	packages        []string
}

func run(program string, out io.Writer) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	sources, err := linked(info.Path)
	if err != nil {
		return err
	}
	if err := same(info.Deps, sources); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	var wrong []error
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, module := range slices.Sorted(maps.Keys(sources)) {
		s := sources[module]
		names, err := s.licences()
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s %s: %w", module, s.version, err))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", module, s.version, strings.Join(names, ", "))
	}
	return errors.Join(append([]error{table.Flush()}, wrong...)...)
}

// linked are the modules of a program's packages, the standard library among them.
func linked(program string) (map[string]*source, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Standard,Module", program)
	cmd.Stderr = os.Stderr
	found, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list -deps %s: %w", program, err)
	}
	root, err := exec.Command("go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	goroot, goversion, _ := strings.Cut(strings.TrimSpace(string(root)), "\n")
	type module struct {
		Path, Version, Dir string
		Replace            *module
	}
	sources := map[string]*source{}
	for d := json.NewDecoder(strings.NewReader(string(found))); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *module
		}
		if err := d.Decode(&p); err == io.EOF {
			return sources, nil
		} else if err != nil {
			return nil, err
		}
		m := p.Module
		switch {
		case p.Standard:
			m = &module{Path: "std", Version: goversion, Dir: goroot}
		case m == nil:
			return nil, fmt.Errorf("%s is in no module", p.Dir)
		}
		at := m
		if m.Replace != nil {
			at = m.Replace
		}
		if sources[m.Path] == nil {
			sources[m.Path] = &source{module: m.Path, version: at.Version, root: at.Dir}
		}
		sources[m.Path].packages = append(sources[m.Path].packages, p.Dir)
	}
}

// same says whether the modules that go list finds now are those that the program
// was built of.
func same(deps []*debug.Module, sources map[string]*source) error {
	for _, d := range deps {
		at := d
		if d.Replace != nil {
			at = d.Replace
		}
		if s := sources[d.Path]; s == nil || s.version != strings.TrimPrefix(at.Version, "(devel)") {
			return fmt.Errorf("it has %s %s, which is not what would be linked here; build it anew, in this folder and for this machine", d.Path, at.Version)
		}
	}
	return nil
}

var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-._].*)?$`)

// licences are those of all licence files between the linked packages and the
// root of their module, which must have one.
func (s *source) licences() (names []string, err error) {
	folders := map[string]bool{s.root: true}
	for _, dir := range s.packages {
		for ; len(dir) > len(s.root); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	atRoot := false
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		files, err := os.ReadDir(folder)
		if err != nil {
			return names, err
		}
		for _, f := range files {
			if f.IsDir() || !licenceFile.MatchString(f.Name()) || filepath.Ext(f.Name()) == ".go" {
				continue
			}
			path := filepath.Join(folder, f.Name())
			text, err := os.ReadFile(path)
			if err != nil {
				return names, err
			}
			atRoot = atRoot || folder == s.root
			relative, err := filepath.Rel(s.root, path)
			if err != nil {
				return names, err
			}
			good, bad := classify(string(text))
			bad = unread(bad, s.module, s.version, filepath.ToSlash(relative))
			names = append(names, good...)
			switch {
			case len(bad) > 0:
				return append(names, bad...), fmt.Errorf("%s says %s, which is not accepted", path, strings.Join(bad, ", "))
			case len(good) == 0:
				return names, fmt.Errorf("the licence in %s is not known here: read it, and add its sentences to scripts/licences/classify.go where it is accepted", path)
			}
		}
	}
	if !atRoot {
		return names, errors.New("it has no licence file")
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
