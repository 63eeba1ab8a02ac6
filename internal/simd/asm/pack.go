package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// pack emits what lays out operands for the tile kernels: transpositions of
// rows (1 … a vector's lanes of them) and copies of short rows.
func pack() {
	for rows := 1; rows <= 16; rows++ {
		newTranspose(true, rows).emit(fmt.Sprintf("transpose512x%d", rows))
	}
	for rows := 1; rows <= 8; rows++ {
		newTranspose(false, rows).emit(fmt.Sprintf("transpose256x%d", rows))
	}
	copyRows512()
	copyRows256()
}

// transposition sets dst[p·dstStride + r] = src[r·srcStride + p] for its rows r and p < n.
type transposition struct {
	e    *emitter
	rows int

	src          []GPVirtual // to every fourth row
	stride, far  GPVirtual   // bytes between rows, and three times that
	dst, dstStep GPVirtual
	keep         Register   // the mask of rows lanes, AVX-512
	keepV        VecVirtual // AVX2
}

func newTranspose(wide bool, rows int) *transposition {
	return &transposition{e: &emitter{wide: wide, consts: map[uint32]VecVirtual{}}, rows: rows}
}

func (t *transposition) emit(name string) {
	TEXT(name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride, n int)")
	Pragma("noescape")
	t.dst, t.dstStep = Load(Param("dst"), GP64()).(GPVirtual), Load(Param("dstStride"), GP64()).(GPVirtual)
	SHLQ(Imm(2), t.dstStep)
	t.src = []GPVirtual{Load(Param("src"), GP64()).(GPVirtual)}
	t.stride, t.far = Load(Param("srcStride"), GP64()).(GPVirtual), GP64()
	SHLQ(Imm(2), t.stride)
	LEAQ(Mem{Base: t.stride, Index: t.stride, Scale: 2}, t.far)
	for r := 4; r < t.rows; r += 4 {
		p := GP64()
		LEAQ(Mem{Base: t.src[len(t.src)-1], Index: t.stride, Scale: 4}, p)
		t.src = append(t.src, p)
	}
	left := Load(Param("n"), GP64()).(GPVirtual)
	t.laneMask()
	lanes := t.e.lanes()

	SUBQ(Imm(uint64(lanes)), left)
	JL(LabelRef("rest"))
	Label("block")
	for _, v := range t.network() {
		t.store(v)
		ADDQ(t.dstStep, t.dst)
	}
	for _, p := range t.src {
		ADDQ(Imm(uint64(4*lanes)), p)
	}
	SUBQ(Imm(uint64(lanes)), left)
	JGE(LabelRef("block"))
	Label("rest")
	ADDQ(Imm(uint64(lanes)), left)
	JZ(LabelRef("done"))
	count := GP64()
	MOVQ(left, count)
	t.e.setMask(count)
	t.e.tail = true
	for _, v := range t.network() {
		t.store(v)
		ADDQ(t.dstStep, t.dst)
		DECQ(left)
		JZ(LabelRef("done"))
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// laneMask makes the mask of the lanes that hold rows.
func (t *transposition) laneMask() {
	switch {
	case t.rows == t.e.lanes():
	case t.e.wide:
		bits, k := GP32(), K()
		MOVL(U32(1<<t.rows-1), bits)
		KMOVW(bits, k)
		t.keep = k
	default:
		at := GP64()
		LEAQ(tailMasks(), at)
		t.keepV = YMM()
		VMOVUPS(Mem{Base: at, Disp: 32 - 4*t.rows}, t.keepV)
	}
}

func (t *transposition) store(v VecVirtual) {
	m := Mem{Base: t.dst}
	switch {
	case t.rows == t.e.lanes():
		VMOVUPS(v, m)
	case t.e.wide:
		VMOVUPS(v, t.keep, m)
	case t.rows == 4:
		VMOVUPS(v.AsX(), m)
	default:
		VMASKMOVPS(v, t.keepV, m)
	}
}

// loadRow reads the vector of row r, nil if there is no such row.
func (t *transposition) loadRow(r int) VecVirtual {
	if r >= t.rows {
		return nil
	}
	m := Mem{Base: t.src[r/4]}
	switch r % 4 {
	case 1, 2:
		m.Index, m.Scale = t.stride, uint8(r%4)
	case 3:
		m.Index, m.Scale = t.far, 1
	}
	v := t.e.vec()
	switch {
	case !t.e.tail:
		VMOVUPS(m, v)
	case t.e.wide:
		VMOVUPS_Z(m, t.e.kmask, v)
	default:
		VMASKMOVPS(m, t.e.vmask, v)
	}
	return v
}

// pair applies a shuffle of two vectors. nil stands for one of which nothing is
// kept; the first holds lower rows, so it is the last to be nil.
func (t *transposition) pair(a, b VecVirtual, shuffle func(b, a, dst VecVirtual)) VecVirtual {
	if a == nil {
		return nil
	}
	if b == nil {
		b = a
	}
	dst := t.e.vec()
	shuffle(b, a, dst)
	return dst
}

// network is the transposed block, one vector a column: rows are interleaved
// by ones, by twos, and then by groups of four lanes.
func (t *transposition) network() []VecVirtual {
	lanes := t.e.lanes()
	v := make([]VecVirtual, lanes)
	for g := 0; g < lanes; g += 4 { // four rows: element c of each, in group q of vector c, is column 4q+c
		var r [4]VecVirtual
		for i := range r {
			r[i] = t.loadRow(g + i)
		}
		low := func(b, a, dst VecVirtual) { VUNPCKLPS(b, a, dst) }
		high := func(b, a, dst VecVirtual) { VUNPCKHPS(b, a, dst) }
		low2 := func(b, a, dst VecVirtual) { VUNPCKLPD(b, a, dst) }
		high2 := func(b, a, dst VecVirtual) { VUNPCKHPD(b, a, dst) }
		l01, h01 := t.pair(r[0], r[1], low), t.pair(r[0], r[1], high)
		l23, h23 := t.pair(r[2], r[3], low), t.pair(r[2], r[3], high)
		v[g], v[g+1] = t.pair(l01, l23, low2), t.pair(l01, l23, high2)
		v[g+2], v[g+3] = t.pair(h01, h23, low2), t.pair(h01, h23, high2)
	}
	if t.e.wide {
		return t.groups512(v)
	}
	out := make([]VecVirtual, 8)
	for c := range 4 {
		out[c] = t.pair(v[c], v[4+c], func(b, a, dst VecVirtual) { VPERM2F128(Imm(0x20), b, a, dst) })
		out[4+c] = t.pair(v[c], v[4+c], func(b, a, dst VecVirtual) { VPERM2F128(Imm(0x31), b, a, dst) })
	}
	return out
}

// groups512 transposes the groups: vector c of row group g holds, in group q,
// column 4q+c.
func (t *transposition) groups512(v []VecVirtual) []VecVirtual {
	out := make([]VecVirtual, 16)
	shuffle := func(imm uint64) func(b, a, dst VecVirtual) {
		return func(b, a, dst VecVirtual) { VSHUFF32X4(Imm(imm), b, a, dst) }
	}
	for c := range 4 {
		even, odd := shuffle(0x88), shuffle(0xdd) // groups 0 and 2 of both, groups 1 and 3
		e01, o01 := t.pair(v[c], v[4+c], even), t.pair(v[c], v[4+c], odd)
		e23, o23 := t.pair(v[8+c], v[12+c], even), t.pair(v[8+c], v[12+c], odd)
		out[c], out[8+c] = t.pair(e01, e23, even), t.pair(e01, e23, odd)
		out[4+c], out[12+c] = t.pair(o01, o23, even), t.pair(o01, o23, odd)
	}
	return out
}

const copySignature = "func(dst *float32, dstStride int, src *float32, srcStride, w, n int)"

// copier holds the arguments of a copy of n rows of w floats, at most two
// vectors.
type copier struct {
	dst, dstStep, src, srcStep, w, n GPVirtual
}

func newCopier() *copier {
	arg := func(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
	c := &copier{arg("dst"), arg("dstStride"), arg("src"), arg("srcStride"), arg("w"), arg("n")}
	SHLQ(Imm(2), c.dstStep)
	SHLQ(Imm(2), c.srcStep)
	return c
}

// rows emits the loop over rows.
func (c *copier) rows(label string, row func()) {
	Label(label)
	row()
	ADDQ(c.srcStep, c.src)
	ADDQ(c.dstStep, c.dst)
	DECQ(c.n)
	JNZ(LabelRef(label))
	VZEROUPPER()
	RET()
}

func copyRows512() {
	TEXT("copyRows512", NOSPLIT, copySignature)
	Pragma("noescape")
	c := newCopier()
	bits := GP64()
	MOVQ(I32(-1), bits)
	BZHIQ(c.w, bits, bits)
	first, second := K(), K()
	KMOVW(bits.As32(), first)
	SHRQ(Imm(16), bits)
	KMOVW(bits.As32(), second)
	c.rows("row", func() {
		a, b := ZMM(), ZMM()
		VMOVUPS_Z(Mem{Base: c.src}, first, a)
		VMOVUPS_Z(Mem{Base: c.src, Disp: 64}, second, b)
		VMOVUPS(a, first, Mem{Base: c.dst})
		VMOVUPS(b, second, Mem{Base: c.dst, Disp: 64})
	})
}

func copyRows256() {
	TEXT("copyRows256", NOSPLIT, copySignature)
	Pragma("noescape")
	c := newCopier()
	a, b := YMM(), YMM()
	CMPQ(c.w, Imm(16))
	JNE(LabelRef("masked"))
	c.rows("full", func() {
		VMOVUPS(Mem{Base: c.src}, a)
		VMOVUPS(Mem{Base: c.src, Disp: 32}, b)
		VMOVUPS(a, Mem{Base: c.dst})
		VMOVUPS(b, Mem{Base: c.dst, Disp: 32})
	})
	Label("masked")
	at, some := GP64(), YMM()
	LEAQ(tailMasks(), at)
	NEGQ(c.w)
	CMPQ(c.w, I8(-8))
	JL(LabelRef("two"))
	VMOVUPS(Mem{Base: at, Index: c.w, Scale: 4, Disp: 32}, some)
	c.rows("one", func() {
		VMASKMOVPS(Mem{Base: c.src}, some, a)
		VMASKMOVPS(a, some, Mem{Base: c.dst})
	})
	Label("two")
	VMOVUPS(Mem{Base: at, Index: c.w, Scale: 4, Disp: 64}, some)
	c.rows("both", func() {
		VMOVUPS(Mem{Base: c.src}, a)
		VMASKMOVPS(Mem{Base: c.src, Disp: 32}, some, b)
		VMOVUPS(a, Mem{Base: c.dst})
		VMASKMOVPS(b, some, Mem{Base: c.dst, Disp: 32})
	})
}
