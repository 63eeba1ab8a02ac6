package simd

// tileGo is the kernel of the portable path, for tiles up to (4, 4).
func tileGo(t *tile) {
	var acc [4][4]float32
	if t.h == 4 && t.w == 4 {
		tile4x4(&acc, t)
	} else {
		for i := range t.h {
			a := t.a[i*t.rsa:]
			for p := range t.k {
				v := a[p*t.csa]
				for j, w := range t.b[p*t.ldb:][:t.w] {
					acc[i][j] += v * w
				}
			}
		}
	}
	for i := range t.h {
		c := t.c[i*t.ldc:][:t.w]
		for j := range c {
			v := t.alpha * acc[i][j]
			if t.beta != 0 {
				v += t.beta * c[j]
			}
			c[j] = v
		}
	}
}

// tile4x4 keeps two rows at a time in registers: 8 sums and 6 operands fit into 16 registers.
func tile4x4(acc *[4][4]float32, t *tile) {
	for i := 0; i < 4; i += 2 {
		a0, a1, b := t.a[i*t.rsa:], t.a[(i+1)*t.rsa:], t.b
		var s00, s01, s02, s03, s10, s11, s12, s13 float32
		ia, ib := 0, 0
		for range t.k {
			u, v, w := a0[ia], a1[ia], b[ib:ib+4:ib+4]
			w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
			s00, s01, s02, s03 = s00+u*w0, s01+u*w1, s02+u*w2, s03+u*w3
			s10, s11, s12, s13 = s10+v*w0, s11+v*w1, s12+v*w2, s13+v*w3
			ia, ib = ia+t.csa, ib+t.ldb
		}
		acc[i] = [4]float32{s00, s01, s02, s03}
		acc[i+1] = [4]float32{s10, s11, s12, s13}
	}
}

func transposeGo(dst []float32, dstStride int, src []float32, srcStride, rows, n int) {
	for r := range rows {
		for p, v := range src[r*srcStride:][:n] {
			dst[p*dstStride+r] = v
		}
	}
}

func copyRowsGo(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	for p := range n {
		copy(dst[p*dstStride:][:w], src[p*srcStride:])
	}
}

func gatherGo(dst []float32, dstStride, dstRun int, src []float32, srcRun int, offsets []int32, w, runs int) {
	for i := range runs {
		from, to := src[i*srcRun:], dst[i*dstRun:]
		for p, o := range offsets {
			copy(to[p*dstStride:][:w], from[o:][:w])
		}
	}
}

func pickRowsGo(dst []float32, dstStride int, src []float32, srcStride, w, n int) {
	for p := range n {
		to, from := dst[p*dstStride:][:w], src[p*srcStride:]
		for i := range to {
			to[i] = from[2*i]
		}
	}
}
