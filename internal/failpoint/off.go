//go:build !failpoints

package failpoint

// Here is a point that a test can choose; see the package.
func Here(place, what string) {}
