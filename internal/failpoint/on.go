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

// Variables of the environment.
const (
	// At is what happens where: "<action>[,<action>…]@<n>@<place> <what>", at the
	// n-th time that the point is reached. Actions: kill (as kill -9 does), INT
	// and TERM (the signals, after which the program goes on).
	At = "CHIASM_FAILPOINT"
	// List is a file that every point reached is appended to.
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
			panic(err) // a mistake of the test's
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

// temporary is what a file is called while it is written; its name is amid it.
var temporary = regexp.MustCompile(`^\.tmp-(.+)-[0-9]+-[0-9a-f]{8}$`)

// Here is a point that a test can choose; see the package.
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
