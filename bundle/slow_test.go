//go:build slow

package bundle_test

// slow asks for every case of a suite; otherwise a part of each runs in seconds.
const slow = true
