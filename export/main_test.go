package export_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets garbage grow to four times of what is held, since models of tests are
// small, and collecting was a third of the tests' time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
