package serve

import "syscall"

// niceness is how much lower: a third of the share of others. With a lower one, a thread that holds
// up a collection of garbage might not get the processor for long.
const niceness = 5

// lower lowers the priority of this thread, and of no other, unless it is as low already. That it
// cannot be lowered costs predictions time, and nothing else.
func lower() {
	inverse, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 − nice
	if err == nil && 20-inverse < niceness {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness)
	}
}
