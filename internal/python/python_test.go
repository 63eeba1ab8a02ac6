package python_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/python"
)

func Example() {
	_, err := python.Find("no-such-python")
	fmt.Println(err)
	// Output: there is no Python: no-such-python
}

// program is a shell script in a folder.
func program(t *testing.T, dir, name, script string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRun runs scripts of the shell in the place of Python: what is tested is how
// it is started, and how its end is told.
func TestRun(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip(err)
	}
	ctx, dir := context.Background(), t.TempDir()
	said := program(t, dir, "said", `echo "$@"; pwd; ls -A | wc -l`)
	out, err := python.Run(ctx, said, "-c", "import x")
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) < 3 || lines[0] != "-I -B -c import x" || strings.TrimSpace(lines[2]) != "0" {
		t.Fatalf("%q, error %v", out, err)
	}
	if here, err := os.Getwd(); err != nil || lines[1] == here {
		t.Errorf("it was started in %s, the working folder", here)
	}
	if _, err := os.Stat(lines[1]); !os.IsNotExist(err) {
		t.Errorf("the folder %s is left: %v", lines[1], err)
	}
	failing := program(t, dir, "failing", "echo first >&2; echo what is wrong >&2; exit 3")
	_, err = python.Run(ctx, failing)
	if err == nil || !strings.HasSuffix(err.Error(), ": what is wrong") {
		t.Errorf("error %v", err)
	}
	if err := python.Has(ctx, failing, "numpy"); err == nil || !strings.Contains(err.Error(), "pip install numpy") {
		t.Errorf("error %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := python.Run(stopped, said); err != context.Canceled {
		t.Errorf("stopped: error %v", err)
	}
}

// TestFind: a program in the working folder is not started because the PATH has
// ".", an empty entry or another relative one; one that is named is.
func TestFind(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip(err)
	}
	here, other := t.TempDir(), t.TempDir()
	t.Chdir(here)
	if err := os.Mkdir("bin", 0o755); err != nil {
		t.Fatal(err)
	}
	program(t, here, "python3", "echo foreign")
	program(t, filepath.Join(here, "bin"), "python3", "echo foreign")
	own := program(t, other, "python3", "echo own")
	list := func(dirs ...string) string { return strings.Join(dirs, string(filepath.ListSeparator)) }

	for _, path := range []string{".", "", "bin", "./bin", list(".", ""), list("bin", ".")} {
		t.Setenv("PATH", path)
		if found, err := python.Find(""); err == nil {
			t.Errorf("PATH %q: %s is found", path, found)
		}
		t.Setenv("PATH", list(path, other))
		if found, err := python.Find(""); err != nil || found != own {
			t.Errorf("PATH %q and a folder: %s, error %v, want %s", path, found, err, own)
		}
	}
	for _, named := range []string{"./python3", "bin/python3", filepath.Join(here, "python3")} {
		if found, err := python.Find(named); err != nil || !filepath.IsAbs(found) {
			t.Errorf("%s: %s, error %v", named, found, err)
		}
	}
	if found, err := python.Find("nothing-of-this-name"); err == nil {
		t.Errorf("found %s", found)
	}
}

// TestIsolated starts a Python of this machine, if there is one, among files that
// would take over one that is not isolated.
func TestIsolated(t *testing.T) {
	interpreter, err := python.Find("")
	if err != nil {
		t.Skip(err)
	}
	here, home := t.TempDir(), t.TempDir()
	took := filepath.Join(here, "took-over")
	code := fmt.Sprintf("open(%q, 'a').write(__file__)\n", took)
	site := filepath.Join(home, ".local", "lib", "python3", "site-packages")
	if err := os.MkdirAll(site, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{here, site} {
		for _, name := range []string{"json.py", "numpy.py", "sitecustomize.py", "usercustomize.py", "started.py"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Chdir(here)
	t.Setenv("HOME", home)
	t.Setenv("PYTHONPATH", here)
	t.Setenv("PYTHONUSERBASE", filepath.Join(home, ".local"))
	t.Setenv("PYTHONSTARTUP", filepath.Join(here, "started.py"))
	script := filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(script, []byte("import json, sys\ntry:\n    import numpy\nexcept ImportError:\n    pass\nprint(json.dumps(sys.flags.isolated))\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{script}, {"-c", "import json, sys; print(json.dumps(sys.flags.isolated))"}} {
		out, err := python.Run(context.Background(), interpreter, arguments...)
		if err != nil || strings.TrimSpace(string(out)) != "1" {
			t.Errorf("%v: %q, error %v", arguments, out, err)
		}
	}
	if by, err := os.ReadFile(took); err == nil {
		t.Errorf("%s was run", by)
	}
}
