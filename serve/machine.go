package serve

import "github.com/chiasm-ml/chiasm/internal/memory"

// DefaultMemory is that of Options.Memory: a quarter of what the process may count on,
// and at least 16 MiB.
func DefaultMemory() int64 { return max(leastMemory, memory.Machine()/4) }
