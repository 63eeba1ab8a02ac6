//go:build !slow

package main_test

// slow is set by -tags slow.
const slow = false
