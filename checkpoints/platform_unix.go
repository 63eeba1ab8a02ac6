//go:build unix

package checkpoints

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lockFile locks an open file, or reports that another process has it locked.
func lockFile(f *os.File) (taken bool, err error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}

// processRuns reports whether a process with this id exists, including one that we may not signal.
func processRuns(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// otherNames reports whether a file has more than one name.
func otherNames(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || s.Nlink > 1
}
