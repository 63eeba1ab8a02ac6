package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets in simd.tile, which TestTileLayout holds. The kernels take the address
// of its first field.
const (
	tileW, tileK        = 8, 16
	tileRSA, tileCSA    = 24, 32
	tileLdb, tileLdc    = 40, 48
	tileAlpha, tileBeta = 56, 60
	tileA, tileB, tileC = 64, 88, 112
)

func gemm() {
	for h := 1; h <= 12; h++ {
		for vecs := 1; vecs <= 2; vecs++ {
			newTile512(h, vecs).emit(fmt.Sprintf("tile512x%dx%d", h, vecs))
		}
	}
	for h := 1; h <= 6; h++ {
		newTile256(h, 1, true).emit(fmt.Sprintf("tile256x%dx1", h))
		newTile256(h, 2, true).emit(fmt.Sprintf("tile256x%dx2", h))
		newTile256(h, 2, false).emit(fmt.Sprintf("tile256x%dfull", h))
	}
	for h := 1; h <= 3; h++ {
		newWide(true, h).emit(fmt.Sprintf("wide512x%d", h))
	}
	newWide(false, 1).emit("wide256x1")
}

// tileKernel multiplies h rows by vecs vectors of columns. The columns beyond
// w in the last vector are neither read nor written.
type tileKernel struct {
	h, vecs int
	width   int // bytes of a vector
	vector  func() VecVirtual
	// last is how the last vector of a row is loaded and stored.
	mask      func(t Register)
	loadLast  func(m Mem, v VecVirtual)
	storeLast func(v VecVirtual, m Mem)
}

func newTile512(h, vecs int) *tileKernel {
	var k Register
	return &tileKernel{
		h: h, vecs: vecs, width: 64, vector: ZMM,
		mask: func(t Register) { // the lowest w - 16·(vecs-1) bits
			count, bits := GP64(), GP64()
			MOVQ(Mem{Base: t, Disp: tileW}, count)
			SUBQ(Imm(uint64(16*(vecs-1))), count)
			MOVQ(I32(-1), bits)
			BZHIQ(count, bits, bits)
			mask := K()
			KMOVW(bits.As32(), mask)
			k = mask
		},
		loadLast:  func(m Mem, v VecVirtual) { VMOVUPS_Z(m, k, v) },
		storeLast: func(v VecVirtual, m Mem) { VMOVUPS(v, k, m) },
	}
}

func newTile256(h, vecs int, masked bool) *tileKernel {
	var mask VecVirtual
	k := &tileKernel{h: h, vecs: vecs, width: 32, vector: YMM}
	if !masked {
		k.mask = func(Register) {}
		k.loadLast = func(m Mem, v VecVirtual) { VMOVUPS(m, v) }
		k.storeLast = func(v VecVirtual, m Mem) { VMOVUPS(v, m) }
		return k
	}
	k.mask = func(t Register) {
		count, at := GP64(), GP64()
		MOVQ(Mem{Base: t, Disp: tileW}, count)
		NEGQ(count)
		LEAQ(tailMasks(), at)
		mask = YMM()
		VMOVUPS(Mem{Base: at, Index: count, Scale: 4, Disp: 32 * vecs}, mask)
	}
	k.loadLast = func(m Mem, v VecVirtual) { VMASKMOVPS(m, mask, v) }
	k.storeLast = func(v VecVirtual, m Mem) { VMASKMOVPS(v, mask, m) }
	return k
}

// newWide is the kernel for few rows: eight full vectors of columns, so that
// there are enough sums to hide the latency of one.
func newWide(wide bool, h int) *tileKernel {
	k := &tileKernel{h: h, vecs: 8, width: 32, vector: YMM, mask: func(Register) {}}
	if wide {
		k.width, k.vector = 64, ZMM
	}
	k.loadLast = func(m Mem, v VecVirtual) { VMOVUPS(m, v) }
	k.storeLast = func(v VecVirtual, m Mem) { VMOVUPS(v, m) }
	return k
}

func (k *tileKernel) emit(name string) {
	TEXT(name, NOSPLIT, "func(t *int)")
	Pragma("noescape")
	t := Load(Param("t"), GP64())
	k.mask(t)
	field := func(offset int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: offset}, r)
		return r
	}
	stride := func(offset int) GPVirtual {
		r := field(offset)
		SHLQ(Imm(2), r)
		return r
	}
	depth, b := field(tileK), field(tileB)
	rsa, csa, ldb := stride(tileRSA), stride(tileCSA), stride(tileLdb)
	a := k.rowPointers(field(tileA), rsa)
	k.prefetchC(field(tileC), stride(tileLdc))

	acc := make([][]VecVirtual, k.h)
	for i := range acc {
		for range k.vecs {
			v := k.vector()
			k.zero(v)
			acc[i] = append(acc[i], v)
		}
	}
	Label("depth")
	if k.vecs > 2 {
		k.outerByColumn(a, rsa, b, acc)
	} else {
		k.outerByRow(a, rsa, b, acc)
	}
	for _, p := range a {
		ADDQ(csa, p)
	}
	ADDQ(ldb, b)
	DECQ(depth)
	JNZ(LabelRef("depth"))
	k.finish(t, acc, field(tileC), stride(tileLdc))
	VZEROUPPER()
	RET()
}

// rowOf is the place of row i of A.
func rowOf(a []GPVirtual, rsa GPVirtual, i int) Mem {
	m := Mem{Base: a[i/3]}
	if i%3 > 0 {
		m.Index, m.Scale = rsa, uint8(i%3)
	}
	return m
}

// outerByRow adds one step of the depth, with the row of B in registers.
func (k *tileKernel) outerByRow(a []GPVirtual, rsa, b GPVirtual, acc [][]VecVirtual) {
	row := make([]VecVirtual, k.vecs)
	for j := range row {
		row[j] = k.vector()
		k.load(Mem{Base: b, Disp: j * k.width}, row[j], j)
	}
	for i := range acc {
		x := k.vector()
		VBROADCASTSS(rowOf(a, rsa, i), x)
		for j := range row {
			VFMADD231PS(x, row[j], acc[i][j])
		}
	}
}

// outerByColumn adds one step of the depth, with the column of A in registers.
func (k *tileKernel) outerByColumn(a []GPVirtual, rsa, b GPVirtual, acc [][]VecVirtual) {
	column := make([]VecVirtual, k.h)
	for i := range column {
		column[i] = k.vector()
		VBROADCASTSS(rowOf(a, rsa, i), column[i])
	}
	for j := range k.vecs {
		m := Mem{Base: b, Disp: j * k.width}
		if k.h == 1 {
			VFMADD231PS(m, column[0], acc[0][j])
			continue
		}
		v := k.vector()
		VMOVUPS(m, v)
		for i := range column {
			VFMADD231PS(column[i], v, acc[i][j])
		}
	}
}

// rowPointers are those to every third row of A: the two between are reached
// by an index.
func (k *tileKernel) rowPointers(first, rsa GPVirtual) []GPVirtual {
	ps := []GPVirtual{first}
	for i := 3; i < k.h; i += 3 {
		p := GP64()
		LEAQ(Mem{Base: ps[len(ps)-1], Index: rsa, Scale: 2}, p)
		ADDQ(rsa, p)
		ps = append(ps, p)
	}
	return ps
}

// prefetchC asks for C, which is needed only when the sums are done.
func (k *tileKernel) prefetchC(c, ldc GPVirtual) {
	for i := range k.h {
		PREFETCHT0(Mem{Base: c})
		if k.vecs*k.width > 64 {
			PREFETCHT0(Mem{Base: c, Disp: 64})
		}
		if i+1 < k.h {
			ADDQ(ldc, c)
		}
	}
}

func (k *tileKernel) zero(v VecVirtual) {
	if k.width == 64 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

func (k *tileKernel) load(m Mem, v VecVirtual, j int) {
	if j == k.vecs-1 {
		k.loadLast(m, v)
	} else {
		VMOVUPS(m, v)
	}
}

func (k *tileKernel) store(v VecVirtual, m Mem, j int) {
	if j == k.vecs-1 {
		k.storeLast(v, m)
	} else {
		VMOVUPS(v, m)
	}
}

// finish writes alpha·acc + beta·C, without reading C if beta is 0.
func (k *tileKernel) finish(t Register, acc [][]VecVirtual, c, ldc GPVirtual) {
	factor := k.vector()
	VBROADCASTSS(Mem{Base: t, Disp: tileAlpha}, factor)
	for i := range acc {
		for _, v := range acc[i] {
			VMULPS(factor, v, v)
		}
	}
	beta := GP32()
	MOVL(Mem{Base: t, Disp: tileBeta}, beta)
	SHLL(Imm(1), beta) // drops the sign: -0 is 0
	JZ(LabelRef("store"))
	VBROADCASTSS(Mem{Base: t, Disp: tileBeta}, factor)
	p := GP64()
	MOVQ(c, p)
	for i := range acc {
		for j, v := range acc[i] {
			old := k.vector()
			k.load(Mem{Base: p, Disp: j * k.width}, old, j)
			VFMADD231PS(factor, old, v)
		}
		if i+1 < k.h {
			ADDQ(ldc, p)
		}
	}
	Label("store")
	for i := range acc {
		for j, v := range acc[i] {
			k.store(v, Mem{Base: c, Disp: j * k.width}, j)
		}
		if i+1 < k.h {
			ADDQ(ldc, c)
		}
	}
}
