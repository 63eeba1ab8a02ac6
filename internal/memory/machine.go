package memory

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Variable is the environment variable that overrides the detected amount of memory: bytes, or a
// number with KiB, MiB, GiB or TiB.
const Variable = "CHIASM_MEMORY"

// assumed is the memory of a machine that does not report it.
const assumed = 8 << 30

// Machine is the number of bytes of memory available to this process: the value of Variable, or
// else the memory of the machine, or of its control group (a container) if that has less. If
// neither is known (on Linux it is), it is 8 GiB. An unreadable Variable counts as not set; see
// Check.
func Machine() int64 { return machine() }

var machine = sync.OnceValue(func() int64 {
	if n, err := Parse(os.Getenv(Variable)); err == nil {
		return n
	}
	return detect("/")
})

// Model is the number of bytes that a program of a model may plan: three quarters of Machine.
// Models read from a file may use less, see Loaded.
func Model() int64 { return Machine() / 4 * 3 }

// Loaded is the number of bytes that a program of a model read from a file may plan: a quarter of
// Machine, since several programs may exist at once.
func Loaded() int64 { return Machine() / 4 }

// Check reports an unreadable Variable.
func Check() error {
	s, set := os.LookupEnv(Variable)
	if !set || s == "" {
		return nil
	}
	if _, err := Parse(s); err != nil {
		return fmt.Errorf("the environment variable %s: %w", Variable, err)
	}
	return nil
}

// units of Parse and Text, the largest first.
var units = []struct {
	name  string
	bytes int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// Parse parses a number of bytes, such as 4GiB, 1.5 GiB or 1048576.
func Parse(s string) (int64, error) {
	number, unit := strings.TrimSpace(s), int64(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(n), u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v*float64(unit) >= 1) || v*float64(unit) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not an amount of memory, expected one like 4GiB, 512MiB or a number of bytes", s)
	}
	return int64(v * float64(unit)), nil
}

// Text formats an amount of memory with three digits: 4.21 GiB.
func Text(bytes int64) string {
	for _, u := range units {
		if bytes >= u.bytes {
			v := float64(bytes) / float64(u.bytes)
			if v >= 1000 {
				return fmt.Sprintf("%.0f %s", v, u.name)
			}
			return fmt.Sprintf("%.3g %s", v, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// detect reads what a Linux system reports below root.
func detect(root string) int64 {
	total := int64(assumed)
	if n, ok := physical(root); ok {
		total = n
	}
	for _, n := range groups(root) {
		total = min(total, n)
	}
	return total
}

func physical(root string) (int64, bool) {
	b, err := os.ReadFile(path.Join(root, "proc/meminfo"))
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		f := strings.Fields(string(line))
		if len(f) >= 2 && f[0] == "MemTotal:" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err == nil && n > 0
		}
	}
	return 0, false
}

// groups lists the limits of the control groups of this process, its own and the enclosing ones,
// for both versions.
func groups(root string) (limits []int64) {
	b, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(b) {
		f := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(f) != 3 {
			continue
		}
		base, file := "", ""
		switch {
		case f[0] == "0":
			base, file = path.Join(root, "sys/fs/cgroup"), "memory.max"
		case strings.Contains(","+f[1]+",", ",memory,"):
			base, file = path.Join(root, "sys/fs/cgroup/memory"), "memory.limit_in_bytes"
		default:
			continue
		}
		// Inside a container, the path is that of the host but the group itself is mounted at the
		// root, which then has the limit.
		for dir := path.Clean("/" + f[2]); ; dir = path.Dir(dir) {
			if text, err := os.ReadFile(path.Join(base, dir, file)); err == nil {
				if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
					limits = append(limits, n)
				}
			}
			if dir == "/" {
				break
			}
		}
	}
	return limits
}
