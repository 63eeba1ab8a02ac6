//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

//go:generate go run -C asm . -set gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg simd

func available() []*kernels {
	var ps []*kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasBMI2 {
		ps = append(ps, avx512())
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		ps = append(ps, avx2())
	}
	return append(ps, &portable)
}

func avx512() *kernels {
	k := portable
	k.name = "avx512"
	k.gemm = gemmKernel{mr: 12, nr: 32, tile: tile512}
	return &k
}

func avx2() *kernels {
	k := portable
	k.name = "avx2"
	k.gemm = gemmKernel{mr: 6, nr: 16, tile: tile256}
	return &k
}
