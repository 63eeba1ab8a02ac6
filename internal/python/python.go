// Package python asks a Python interpreter that the user has to run a script: to
// check, with the tools that own a format, what was written in it. It is the one
// place where another program is started, only for those who ask for it.
package python

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Find is the path of an interpreter: of the one named, or, for an empty name,
// of python3 or python on the PATH. The error says what was looked for.
func Find(name string) (string, error) {
	names := []string{name}
	if name == "" {
		names = []string{"python3", "python"}
	}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Python: %s", strings.Join(names, ", "))
}

// Has reports whether an interpreter can import modules.
func Has(ctx context.Context, interpreter string, modules ...string) error {
	for _, m := range modules {
		if _, err := Run(ctx, interpreter, "-c", "import "+m); err != nil {
			return fmt.Errorf("%s has no module %s: pip install %s", interpreter, m, m)
		}
	}
	return nil
}

// patience is how long a script may take to end once it is to.
const patience = 5 * time.Second

// Run runs a script and returns what it printed. If it fails, the error is the
// last line of what it printed as errors.
func Run(ctx context.Context, interpreter string, arguments ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, interpreter, arguments...)
	c.WaitDelay = patience
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return nil, fmt.Errorf("%s: %s", interpreter, lines[len(lines)-1])
	}
	return out.Bytes(), err
}
