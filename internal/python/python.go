// Package python asks a Python interpreter that the user has to run a script: to
// check, with the tools that own a format, what was written in it. It is the one
// place where another program is started, only for those who ask for it.
//
// The program is started so that it runs the script and what is installed for the
// interpreter, and nothing that lies about: isolated (-I: no PYTHON* variables, no
// packages of the user's home, neither the working folder nor the script's own on
// the module path), without writing bytecode (-B), in an empty folder of its own.
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

// Find is the absolute path of an interpreter: of the one named, or, for an empty
// name, of python3 or python on the PATH. Folders of the PATH that are relative,
// such as ".", are passed over: what lies in the working folder is data. A name
// with a slash is a path, and meant. The error says what was looked for.
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
	if filepath.Base(name) == name { // no path
		places = nil
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			if filepath.IsAbs(dir) {
				places = append(places, filepath.Join(dir, name))
			}
		}
	}
	for _, place := range places {
		path, err := filepath.Abs(place) // links stay: a virtual environment is found by its link
		if err != nil {
			continue
		}
		if path, err = exec.LookPath(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// packages are those whose module has another name.
var packages = map[string]string{"PIL": "pillow"}

// Has reports whether an interpreter can import modules, isolated as Run is.
func Has(ctx context.Context, interpreter string, modules ...string) error {
	for _, m := range modules {
		if _, err := Run(ctx, interpreter, "-c", "import "+m); err != nil {
			name := m
			if p, ok := packages[m]; ok {
				name = p
			}
			return fmt.Errorf("%s has no module %s: %s -m pip install %s (into a virtual environment, say: packages of pip install --user are not looked at)", interpreter, m, interpreter, name)
		}
	}
	return nil
}

// patience is how long a script may take to end once it is to.
const patience = 5 * time.Second

// Run runs a script and returns what it printed. Paths among the arguments must
// be absolute. If it fails, the error is the last line of what it printed as
// errors.
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
