package checkpoints

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// LockName is the file of a run folder that its trainer holds locked.
const LockName = ".lock"

// A Lock is the exclusive use of a run folder.
type Lock struct{ f *os.File }

// LockFolder takes the exclusive use of dir, which must exist. Where another
// process has it, or this one has it already, the error has exit code 2: two
// trainings would write over each other. The kernel gives the lock back when
// the process ends, however it ends; the file .lock stays and means nothing by
// itself.
func LockFolder(dir string) (*Lock, error) {
	path := join(dir, LockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fileSystem("open the lock file", path, err)
	}
	taken, err := lockFile(f)
	if err != nil {
		f.Close()
		return nil, fileSystem("lock", path, err)
	}
	if !taken {
		defer f.Close()
		return nil, &Error{
			Path: dir,
			What: "the folder is in use by another training" + holder(f),
			Hint: "wait until it ends, or choose another --output",
			Code: exitUsage,
		}
	}
	// The number is for people; the lock holds without it.
	if f.Truncate(0) == nil {
		fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return &Lock{f}, nil
}

// holder names the process whose number is in the lock file.
func holder(f io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(f, 20))
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

// Release gives the folder back.
func (l *Lock) Release() error { return l.f.Close() }
