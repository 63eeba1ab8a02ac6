//go:build amd64 && !noasm

package simd

// The kernels by rows and vectors of columns.
var tiles512 = [13][2]func(t *int){
	1:  {tile512x1x1, tile512x1x2},
	2:  {tile512x2x1, tile512x2x2},
	3:  {tile512x3x1, tile512x3x2},
	4:  {tile512x4x1, tile512x4x2},
	5:  {tile512x5x1, tile512x5x2},
	6:  {tile512x6x1, tile512x6x2},
	7:  {tile512x7x1, tile512x7x2},
	8:  {tile512x8x1, tile512x8x2},
	9:  {tile512x9x1, tile512x9x2},
	10: {tile512x10x1, tile512x10x2},
	11: {tile512x11x1, tile512x11x2},
	12: {tile512x12x1, tile512x12x2},
}

func tile512(t *tile) { tiles512[t.h][(t.w-1)/16](&t.h) }

// The third kernel is for two full vectors: masks are slow on AVX2.
var tiles256 = [7][3]func(t *int){
	1: {tile256x1x1, tile256x1x2, tile256x1full},
	2: {tile256x2x1, tile256x2x2, tile256x2full},
	3: {tile256x3x1, tile256x3x2, tile256x3full},
	4: {tile256x4x1, tile256x4x2, tile256x4full},
	5: {tile256x5x1, tile256x5x2, tile256x5full},
	6: {tile256x6x1, tile256x6x2, tile256x6full},
}

func tile256(t *tile) {
	kind := (t.w - 1) / 8
	if t.w == 16 {
		kind = 2
	}
	tiles256[t.h][kind](&t.h)
}

var wide512 = [4]func(t *int){1: wide512x1, 2: wide512x2, 3: wide512x3}

func wideTile512(t *tile) { wide512[t.h](&t.h) }

func wideTile256(t *tile) { wide256x1(&t.h) }
