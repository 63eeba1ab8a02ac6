//go:build !linux

package serve

// lower does nothing: threads have no priority of their own here.
func lower() {}
