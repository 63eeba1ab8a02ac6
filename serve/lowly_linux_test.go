package serve

import (
	"runtime"
	"syscall"
	"testing"
)

// What explains runs on a thread of lower priority, and no other thread has it afterwards.
func TestLowly(t *testing.T) {
	priority := func() int {
		p, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // the system call gives 20 − nice
		if err != nil {
			t.Error(err)
		}
		return 20 - p
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := priority()
	during := before
	lowly(func() { during = priority() })
	if want := max(before, niceness); during != want {
		t.Errorf("niceness %d while explaining, want %d", during, want)
	}
	if after := priority(); after != before {
		t.Errorf("niceness %d of the caller's thread, before %d", after, before)
	}
}

// A panic of what runs there is the caller's, whose requests are answered in spite of it.
func TestLowlyPanics(t *testing.T) {
	defer func() {
		if p := recover(); p != "wrong" {
			t.Errorf("panic %v", p)
		}
	}()
	lowly(func() { panic("wrong") })
	t.Error("no panic")
}
