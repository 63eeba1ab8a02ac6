package main

import (
	"fmt"
	"syscall"
	"time"
)

// clock tells a time since some moment.
type clock func() time.Duration

// clocks by name: elapsed time, or CPU time of this process. With one thread on a busy machine, the
// latter approximates the former on an idle one.
var clocks = map[string]clock{"wall": wall, "cpu": cpu}

var started = time.Now()

func wall() time.Duration { return time.Since(started) }

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprintf("getrusage of this process: %v", err)) // cannot be refused
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
