//go:build unix

package promises_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
)

// program is the folder of the program, once it is built.
var program string

// build makes the program, for what only a process can show.
func build(t *testing.T) string {
	t.Helper()
	if program == "" {
		dir, err := os.MkdirTemp("", "chiasm")
		if err != nil {
			t.Fatal(err)
		}
		program = dir
		if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "chiasm"), "../../cmd/chiasm").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return filepath.Join(program, "chiasm")
}

// measured is the variable that makes this program a small one that runs
// another: what a process held at most, as the system tells it, is at least what
// the one that started it holds, and a test holds much. Its value is a file for
// the number of bytes.
const measured = "CHIASM_TEST_MEASURED"

func TestMain(m *testing.M) {
	to := os.Getenv(measured)
	if to == "" {
		debug.SetGCPercent(400) // the models are small, and collecting was a third of the time
		code := m.Run()
		if program != "" {
			os.RemoveAll(program)
		}
		os.Exit(code)
	}
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = []string{}, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		os.Exit(1)
	}
	most := int(used.Maxrss)
	if runtime.GOOS == "linux" {
		most *= 1024 // elsewhere it is bytes
	}
	if err := os.WriteFile(to, []byte(strconv.Itoa(most)), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// measure trains by the program, and returns the most memory that it held.
func (p *place) measure(binary string) (o outcome, most int) {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(self, binary, "train", "--config", "train.yaml", "--output", "run")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, []string{measured + "=" + p.at("bytes")}, &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if most, err = strconv.Atoi(string(p.read("bytes"))); err != nil {
		p.t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}, most
}

func deflate(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zeros reads n zeros.
func zeros(n int) io.Reader { return io.LimitReader(zero{}, int64(n)) }

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }
