//go:build amd64 && !noasm

package simd

type transposer = func(dst *float32, dstStride int, src *float32, srcStride, n int)

// The transpositions by rows.
var transposes512 = [17]transposer{
	1:  transpose512x1,
	2:  transpose512x2,
	3:  transpose512x3,
	4:  transpose512x4,
	5:  transpose512x5,
	6:  transpose512x6,
	7:  transpose512x7,
	8:  transpose512x8,
	9:  transpose512x9,
	10: transpose512x10,
	11: transpose512x11,
	12: transpose512x12,
	13: transpose512x13,
	14: transpose512x14,
	15: transpose512x15,
	16: transpose512x16,
}

var transposes256 = [9]transposer{
	1: transpose256x1,
	2: transpose256x2,
	3: transpose256x3,
	4: transpose256x4,
	5: transpose256x5,
	6: transpose256x6,
	7: transpose256x7,
	8: transpose256x8,
}

func transpose512(dst []float32, dstStride int, src []float32, srcStride, rows, n int) {
	_, _ = dst[(n-1)*dstStride+rows-1], src[(rows-1)*srcStride+n-1]
	transposes512[rows](&dst[0], dstStride, &src[0], srcStride, n)
}

func transpose256(dst []float32, dstStride int, src []float32, srcStride, rows, n int) {
	_, _ = dst[(n-1)*dstStride+rows-1], src[(rows-1)*srcStride+n-1]
	transposes256[rows](&dst[0], dstStride, &src[0], srcStride, n)
}

func copyShort512(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	_, _ = dst[(n-1)*dstStride+w-1], src[(n-1)*srcStride+w-1]
	copyRows512(&dst[0], dstStride, &src[0], srcStride, w, n)
}

func copyShort256(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	_, _ = dst[(n-1)*dstStride+w-1], src[(n-1)*srcStride+w-1]
	copyRows256(&dst[0], dstStride, &src[0], srcStride, w, n)
}

// The offsets are within src by the construction of the caller; the portable
// path checks them.

func gatherShort512(dst []float32, dstStride, dstRun int, src []float32, srcRun int, offsets []int32, w, runs int) {
	_, _ = dst[(runs-1)*dstRun+(len(offsets)-1)*dstStride+w-1], src[(runs-1)*srcRun]
	gatherRows512(&dst[0], dstStride, dstRun, &src[0], srcRun, &offsets[0], w, len(offsets), runs)
}

func gatherShort256(dst []float32, dstStride, dstRun int, src []float32, srcRun int, offsets []int32, w, runs int) {
	_, _ = dst[(runs-1)*dstRun+(len(offsets)-1)*dstStride+w-1], src[(runs-1)*srcRun]
	gatherRows256(&dst[0], dstStride, dstRun, &src[0], srcRun, &offsets[0], w, len(offsets), runs)
}

func pickShort512(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	_, _ = dst[(n-1)*dstStride+w-1], src[(n-1)*srcStride+2*w-2]
	pickRows512(&dst[0], dstStride, &src[0], srcStride, w, n)
}

func pickShort256(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	_, _ = dst[(n-1)*dstStride+w-1], src[(n-1)*srcStride+2*w-2]
	pickRows256(&dst[0], dstStride, &src[0], srcStride, w, n)
}
