package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteCount is a flag for a number of bytes, with a unit or without.
type byteCount int64

var byteUnits = []struct {
	name string
	size int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

func (n *byteCount) Set(text string) error {
	digits, unit := text, int64(1)
	for _, u := range byteUnits {
		if before, ok := strings.CutSuffix(text, u.name); ok {
			digits, unit = before, u.size
			break
		}
	}
	v, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || v < 1 || v > math.MaxInt64/unit {
		return fmt.Errorf("expected a number of bytes, as 536870912, 512MiB or 2GiB")
	}
	*n = byteCount(v * unit)
	return nil
}

// String is the number with the largest binary unit that divides it; empty for 0.
func (n *byteCount) String() string {
	if *n == 0 {
		return ""
	}
	for _, u := range []int{2, 1, 0} {
		if unit := byteUnits[u]; int64(*n)%unit.size == 0 {
			return fmt.Sprint(int64(*n)/unit.size, unit.name)
		}
	}
	return strconv.FormatInt(int64(*n), 10)
}

// Type is its name in help.
func (n *byteCount) Type() string { return "bytes" }
