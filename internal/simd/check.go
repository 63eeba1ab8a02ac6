package simd

import "fmt"

// same2, same3 and same4 panic unless the lengths are equal. They are small enough to inline.

func same2(name string, a, b int) {
	if a != b {
		differ(name, a, b)
	}
}

func same3(name string, a, b, c int) {
	if a != b || a != c {
		differ(name, a, b, c)
	}
}

func same4(name string, a, b, c, d int) {
	if a != b || a != c || a != d {
		differ(name, a, b, c, d)
	}
}

//go:noinline
func differ(name string, lengths ...int) {
	panic(fmt.Sprintf("simd: %s of slices of different lengths %v", name, lengths))
}
