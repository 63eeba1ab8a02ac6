package checkpoints_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// lockVariable makes this test binary a process that holds the lock of the
// folder it names until it is killed.
const lockVariable = "CHIASM_TEST_HOLD_LOCK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(lockVariable); dir != "" {
		_, err := checkpoints.LockFolder(dir)
		fmt.Println("locked", err)
		io.Copy(io.Discard, os.Stdin) // until it is killed, or who started it is gone
		return
	}
	os.Exit(m.Run())
}

// TestI3_Lock: one process at a time, and none after kill -9.
func TestI3_Lock(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), lockVariable+"="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill := func() {
		if !killed {
			killed = true
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	defer kill()
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "locked <nil>\n" {
		t.Fatalf("the other process says %q", line)
	}
	_, err = checkpoints.LockFolder(dir)
	wantError(t, err, fmt.Sprintf("%s: the folder is in use by another training (process %d)", dir, cmd.Process.Pid), 2)

	kill()
	lock, err := checkpoints.LockFolder(dir)
	if err != nil {
		t.Fatalf("after the other was killed: %v", err)
	}
	_, err = checkpoints.LockFolder(dir)
	wantError(t, err, "in use", 2) // by ourselves
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	if lock, err = checkpoints.LockFolder(dir); err != nil {
		t.Fatalf("after the release: %v", err)
	}
	lock.Release()
	_, err = checkpoints.LockFolder(filepath.Join(dir, "none"))
	wantError(t, err, "cannot open the folder: no such file", 6)
}
