package serve

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// DefaultMemory is that of Options.Memory: a quarter of what the machine, or the control
// group that the process runs in, has, and at least 16 MiB; where that cannot be told,
// 512 MiB.
func DefaultMemory() int64 {
	all := min(machineMemory(), groupMemory("/proc/self/cgroup", "/sys/fs/cgroup"))
	if all == math.MaxInt64 {
		return 512 << 20
	}
	return max(leastMemory, all/4)
}

// machineMemory is MemTotal of Linux; the largest number where there is none.
func machineMemory() int64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	var kilobytes int64
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kilobytes); err == nil {
			return kilobytes << 10
		}
	}
	return math.MaxInt64
}

// groupMemory is the least limit of the process's control groups, of either version,
// and of those that these are in.
func groupMemory(self, root string) int64 {
	most := int64(math.MaxInt64)
	b, err := os.ReadFile(self)
	if err != nil {
		return most
	}
	for line := range strings.Lines(string(b)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, ok := strings.Cut(rest, ":")
		base, name := root, "memory.max"
		if controllers != "" {
			base, name = path.Join(root, "memory"), "memory.limit_in_bytes"
		}
		if !ok || controllers != "" && !strings.Contains(","+controllers+",", ",memory,") {
			continue
		}
		// Within a container the group's own path may not be there, and its root is.
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			if limit, err := os.ReadFile(path.Join(base, group, name)); err == nil {
				if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil && n > 0 {
					most = min(most, n)
				}
			}
			if group == "/" {
				break
			}
		}
	}
	return most
}
