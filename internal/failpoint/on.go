//go:build failpoints

package failpoint

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Environment variables.
const (
	// At selects an action: "<action>[,<action>…]@<n>@<place> <what>", when the point is reached
	// for the n-th time. Actions: kill (like kill -9), INT and TERM (the signals, after which the
	// program continues).
	At = "CHIASM_FAILPOINT"
	// List is a file to which every point reached is appended.
	List = "CHIASM_FAILPOINT_LIST"
)

var points struct {
	sync.Mutex
	once    sync.Once
	reached map[string]int
	actions []string
	n       int
	point   string
	list    *os.File
}

func load() {
	points.reached = map[string]int{}
	if at := os.Getenv(At); at != "" {
		parts := strings.SplitN(at, "@", 3)
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			panic(err) // a mistake in the test
		}
		points.actions, points.n, points.point = strings.Split(parts[0], ","), n, parts[2]
	}
	if path := os.Getenv(List); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		points.list = f
	}
}

// temporary matches the name of a file while it is being written, which contains the final name.
var temporary = regexp.MustCompile(`^\.tmp-(.+)-[0-9]+-[0-9a-f]{8}$`)

// Here is a failpoint that a test can select; see the package.
func Here(place, what string) {
	points.once.Do(load)
	points.Lock()
	defer points.Unlock()
	point := place + " " + temporary.ReplaceAllString(what, "$1")
	points.reached[point]++
	if points.list != nil {
		fmt.Fprintln(points.list, point)
	}
	if point != points.point || points.reached[point] != points.n {
		return
	}
	for _, action := range points.actions {
		signal := map[string]syscall.Signal{"kill": syscall.SIGKILL, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[action]
		if err := syscall.Kill(os.Getpid(), signal); err != nil {
			panic(err)
		}
		time.Sleep(30 * time.Millisecond) // for the signal to arrive
	}
}
