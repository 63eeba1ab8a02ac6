package page

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// binary is the program that users get, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chiasm")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "chiasm")
	// In its own module, whose versions are those that users get.
	if out, err := exec.Command("go", "build", "-C", "../..", "-o", binary, "./cmd/chiasm").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// listening is the line of the log that says where serve listens.
var listening = regexp.MustCompile(`listening on (http://[0-9.:]+)`)
