//go:build !noasm

package simd

import (
	"testing"
	"unsafe"
)

// TestTileLayout holds the offsets that asm/gemm.go uses.
func TestTileLayout(t *testing.T) {
	var x tile
	got := []uintptr{
		unsafe.Offsetof(x.h), unsafe.Offsetof(x.w), unsafe.Offsetof(x.k), unsafe.Offsetof(x.rsa), unsafe.Offsetof(x.csa), unsafe.Offsetof(x.ldb),
		unsafe.Offsetof(x.ldc), unsafe.Offsetof(x.alpha), unsafe.Offsetof(x.beta), unsafe.Offsetof(x.a), unsafe.Offsetof(x.b), unsafe.Offsetof(x.c),
	}
	for i, want := range []uintptr{0, 8, 16, 24, 32, 40, 48, 56, 60, 64, 88, 112} {
		if got[i] != want {
			t.Errorf("field %d is at %d, the assembly expects %d", i, got[i], want)
		}
	}
}
