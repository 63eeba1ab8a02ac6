// Package python runs a script with the user's Python interpreter, to check written files with the
// tools that own their format. It is the only package that starts another program, and only on
// request.
//
// The interpreter runs only the script and its installed packages: isolated (-I: no PYTHON*
// variables, no packages from the user's home, and neither the working folder nor the script's own
// on the module path), without writing bytecode (-B), in an empty folder of its own.
package python

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Find returns the absolute path of an interpreter: the named one or, for an empty name, python3 or
// python on the PATH. Relative folders on the PATH, such as ".", are skipped, since the contents of
// the working folder are data. A name with a slash is an explicit path. The error states what was
// tried.
func Find(name string) (string, error) {
	names := []string{name}
	if name == "" {
		names = []string{"python3", "python"}
	}
	for _, n := range names {
		if path, ok := find(n); ok {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Python: %s", strings.Join(names, ", "))
}

func find(name string) (string, bool) {
	places := []string{name}
	if filepath.Base(name) == name { // not a path
		places = nil
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			if filepath.IsAbs(dir) {
				places = append(places, filepath.Join(dir, name))
			}
		}
	}
	for _, place := range places {
		path, err := filepath.Abs(place) // links are kept: a virtual environment is found by its link
		if err != nil {
			continue
		}
		if path, err = exec.LookPath(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// packages lists packages whose module has a different name.
var packages = map[string]string{"PIL": "pillow"}

// Has checks that an interpreter can import modules, isolated as in Run.
func Has(ctx context.Context, interpreter string, modules ...string) error {
	for _, m := range modules {
		if _, err := Run(ctx, interpreter, "-c", "import "+m); err != nil {
			name := m
			if p, ok := packages[m]; ok {
				name = p
			}
			return fmt.Errorf("%s has no module %s: %s -m pip install %s (for example into a virtual environment; packages installed with pip install --user are ignored)", interpreter, m, interpreter, name)
		}
	}
	return nil
}

// patience is how long a script may take to exit after it is told to stop.
const patience = 5 * time.Second

// Run runs a script and returns its standard output. Paths among the arguments must be absolute. If
// it fails, the error is the last line of its standard error.
func Run(ctx context.Context, interpreter string, arguments ...string) (out []byte, err error) {
	dir, err := os.MkdirTemp("", "chiasm-python-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := os.RemoveAll(dir); err == nil {
			err = e
		}
	}()
	c := exec.CommandContext(ctx, interpreter, append([]string{"-I", "-B"}, arguments...)...)
	c.Dir, c.WaitDelay = dir, patience
	var printed, errs bytes.Buffer
	c.Stdout, c.Stderr = &printed, &errs
	err = c.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return nil, fmt.Errorf("%s: %s", interpreter, lines[len(lines)-1])
	}
	return printed.Bytes(), err
}
