//go:build !slow

package app_test

// slow asks for every case of a suite; otherwise a subset runs in seconds.
const slow = false
