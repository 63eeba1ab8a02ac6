//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

//go:generate go run -C asm . -set gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg simd
//go:generate go run -C asm . -set pack -out ../pack_amd64.s -stubs ../pack_amd64.go -pkg simd
//go:generate go run -C asm . -set vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg simd
//go:generate go run -C asm . -set row -out ../row_amd64.s -stubs ../row_amd64.go -pkg simd

func available() []*kernels {
	var ps []*kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasBMI2 {
		ps = append(ps, &avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		ps = append(ps, &avx2)
	}
	return append(ps, &portable)
}

var avx512 = kernels{
	name: "avx512",

	add: addAVX512, sub: subAVX512, mul: mulAVX512, mulAdd: mulAddAVX512, larger: largerAVX512,
	scale: scaleAVX512, axpy: axpyAVX512, addScalar: addScalarAVX512, affine: affineAVX512,
	sum: sumAVX512, sumSquares: sumSquaresAVX512, dot: dotAVX512, max: maxAVX512,
	exp: expAVX512, log: logAVX512, tanh: tanhAVX512, sigmoid: sigmoidAVX512, erf: erfAVX512, expSum: expSumAVX512,
	relu: reluAVX512, gelu: geluAVX512, geluTanh: geluTanhAVX512, silu: siluAVX512,
	reluGrad: reluGradAVX512, geluGrad: geluGradAVX512, geluTanhGrad: geluTanhGradAVX512, siluGrad: siluGradAVX512,
	softmaxRows: softmaxRowsAVX512, softmaxRowsKeep: softmaxRowsKeepAVX512, softmaxGradRows: softmaxGradRowsAVX512,
	normaliseRows: normaliseRowsAVX512, normaliseGradSums: normaliseGradSumsAVX512,
	normaliseGrad: normaliseGradAVX512, normaliseGradParams: normaliseGradParamsAVX512,
	adamW: adamWAVX512, dropout: dropoutAVX512,

	gemm: gemmKernel{mr: 12, nr: 32, tile: tile512, wideRows: 3, wideCols: 128, wide: wideTile512,
		lanes: 16, transpose: transpose512, copyRows: copyShort512, gather: gatherShort512, pickRows: pickShort512,
	},
}

var avx2 = kernels{
	name: "avx2",

	add: addAVX2, sub: subAVX2, mul: mulAVX2, mulAdd: mulAddAVX2, larger: largerAVX2,
	scale: scaleAVX2, axpy: axpyAVX2, addScalar: addScalarAVX2, affine: affineAVX2,
	sum: sumAVX2, sumSquares: sumSquaresAVX2, dot: dotAVX2, max: maxAVX2,
	exp: expAVX2, log: logAVX2, tanh: tanhAVX2, sigmoid: sigmoidAVX2, erf: erfAVX2, expSum: expSumAVX2,
	relu: reluAVX2, gelu: geluAVX2, geluTanh: geluTanhAVX2, silu: siluAVX2,
	reluGrad: reluGradAVX2, geluGrad: geluGradAVX2, geluTanhGrad: geluTanhGradAVX2, siluGrad: siluGradAVX2,
	softmaxRows: softmaxRowsAVX2, softmaxRowsKeep: softmaxRowsKeepAVX2, softmaxGradRows: softmaxGradRowsAVX2,
	normaliseRows: normaliseRowsAVX2, normaliseGradSums: normaliseGradSumsAVX2,
	normaliseGrad: normaliseGradAVX2, normaliseGradParams: normaliseGradParamsAVX2,
	adamW: adamWAVX2, dropout: dropoutAVX2,

	gemm: gemmKernel{mr: 6, nr: 16, tile: tile256, wideRows: 1, wideCols: 64, wide: wideTile256,
		lanes: 8, transpose: transpose256, copyRows: copyShort256, gather: gatherShort256, pickRows: pickShort256,
	},
}
