//go:build !failpoints

package failpoint

// Here is a failpoint that a test can select; see the package.
func Here(place, what string) {}
