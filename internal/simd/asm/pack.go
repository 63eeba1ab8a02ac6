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
	copyRows("copyRows512", true)
	copyRows("copyRows256", false)
	gatherRows("gatherRows512", true)
	gatherRows("gatherRows256", false)
	pickRows("pickRows512", true)
	pickRows("pickRows256", false)
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

// copier emits copies of short rows: w floats, at most two vectors. The masks
// stand for the first and the second of them.
type copier struct {
	wide          bool
	first, second Op
}

// masks makes masks for w.
func (c *copier) masks(w GPVirtual) {
	if c.wide {
		bits, first, second := GP64(), K(), K()
		MOVQ(I32(-1), bits)
		BZHIQ(w, bits, bits)
		KMOVW(bits.As32(), first)
		SHRQ(Imm(16), bits)
		KMOVW(bits.As32(), second)
		c.first, c.second = first, second
		return
	}
	at, left := GP64(), GP64()
	LEAQ(tailMasks(), at)
	MOVQ(w, left)
	NEGQ(left)
	first, second := YMM(), YMM()
	VPCMPEQD(first, first, first) // all ones: with two vectors the first is whole
	CMPQ(w, Imm(8))
	JG(LabelRef("whole"))
	VMOVUPS(Mem{Base: at, Index: left, Scale: 4, Disp: 32}, first)
	Label("whole")
	VXORPS(second, second, second)
	CMPQ(w, Imm(8))
	JLE(LabelRef("masks"))
	VMOVUPS(Mem{Base: at, Index: left, Scale: 4, Disp: 64}, second)
	Label("masks")
	c.first, c.second = first, second
}

// move copies one vector under a mask, or whole if mask is nil.
func (c *copier) move(src, dst Mem, mask Op) {
	switch {
	case c.wide:
		v := ZMM()
		VMOVUPS_Z(src, mask, v)
		VMOVUPS(v, mask, dst)
	case mask == nil:
		v := YMM()
		VMOVUPS(src, v)
		VMOVUPS(v, dst)
	default:
		v := YMM()
		VMASKMOVPS(src, mask, v)
		VMASKMOVPS(v, mask, dst)
	}
}

// widths emits loop for each kind of width, and the choice between them. On
// AVX2 full vectors go without masks, which are slow there.
func (c *copier) widths(w GPVirtual, loop func(kind string, row func(src, dst Mem))) {
	size := 32
	if c.wide {
		size = 64
	}
	two := func(src, dst Mem, first, second Op) {
		c.move(src, dst, first)
		src.Disp, dst.Disp = src.Disp+size, dst.Disp+size
		c.move(src, dst, second)
	}
	if !c.wide {
		CMPQ(w, Imm(16))
		JEQ(LabelRef("full16"))
		CMPQ(w, Imm(8))
		JEQ(LabelRef("full8"))
	}
	c.masks(w)
	CMPQ(w, Imm(uint64(size/4)))
	JG(LabelRef("masked2"))
	loop("masked1", func(src, dst Mem) { c.move(src, dst, c.first) })
	loop("masked2", func(src, dst Mem) { two(src, dst, c.first, c.second) })
	if !c.wide {
		loop("full16", func(src, dst Mem) { two(src, dst, nil, nil) })
		loop("full8", func(src, dst Mem) { c.move(src, dst, nil) })
	}
}

func arg(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

// bytes is an argument that counts floats, in bytes.
func bytes(name string) GPVirtual {
	r := arg(name)
	SHLQ(Imm(2), r)
	return r
}

// copyRows copies n rows.
func copyRows(name string, wide bool) {
	TEXT(name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride, w, n int)")
	Pragma("noescape")
	dst, dstStep, src, srcStep, n := arg("dst"), bytes("dstStride"), arg("src"), bytes("srcStride"), arg("n")
	c := &copier{wide: wide}
	c.widths(arg("w"), func(kind string, row func(src, dst Mem)) {
		Label(kind)
		row(Mem{Base: src}, Mem{Base: dst})
		ADDQ(srcStep, src)
		ADDQ(dstStep, dst)
		DECQ(n)
		JNZ(LabelRef(kind))
		VZEROUPPER()
		RET()
	})
}

// gatherRows copies n rows that lie at offsets from src; and this again, from
// one run to the next, with other src and dst.
func gatherRows(name string, wide bool) {
	TEXT(name, NOSPLIT, "func(dst *float32, dstStride, dstRun int, src *float32, srcRun int, offsets *int32, w, n, runs int)")
	Pragma("noescape")
	dst, dstStep, dstRun := arg("dst"), bytes("dstStride"), bytes("dstRun")
	src, srcRun, offsets, n, runs := arg("src"), bytes("srcRun"), arg("offsets"), arg("n"), arg("runs")
	to, i, offset := GP64(), GP64(), GP64()
	c := &copier{wide: wide}
	c.widths(arg("w"), func(kind string, row func(src, dst Mem)) {
		Label(kind)
		MOVQ(dst, to)
		XORQ(i, i)
		Label(kind + "row")
		MOVLQSX(Mem{Base: offsets, Index: i, Scale: 4}, offset)
		row(Mem{Base: src, Index: offset, Scale: 4}, Mem{Base: to})
		ADDQ(dstStep, to)
		INCQ(i)
		CMPQ(i, n)
		JLT(LabelRef(kind + "row"))
		ADDQ(srcRun, src)
		ADDQ(dstRun, dst)
		DECQ(runs)
		JNZ(LabelRef(kind))
		VZEROUPPER()
		RET()
	})
}

// pickRows copies every second element of n rows: w of them, at most a vector.
func pickRows(name string, wide bool) {
	TEXT(name, NOSPLIT, "func(dst *float32, dstStride int, src *float32, srcStride, w, n int)")
	Pragma("noescape")
	dst, dstStep, src, srcStep, n := arg("dst"), bytes("dstStride"), arg("src"), bytes("srcStride"), arg("n")
	w := arg("w")
	read := GP64()
	LEAQ(Mem{Base: w, Index: w, Scale: 1, Disp: -1}, read) // the element after the last belongs to nobody
	from := &copier{wide: wide}
	from.masks(read)
	e := &emitter{wide: wide}
	count := GP64()
	MOVQ(w, count)
	e.setMask(count)
	var order VecVirtual
	if wide {
		table := GLOBL("evens", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(2*i))
		}
		order = ZMM()
		VMOVUPS(table, order)
	}
	Label("row")
	a, b := e.vec(), e.vec()
	if wide {
		VMOVUPS_Z(Mem{Base: src}, from.first, a)
		VMOVUPS_Z(Mem{Base: src, Disp: 64}, from.second, b)
		VPERMT2PS(b, order, a)
		VMOVUPS(a, e.kmask, Mem{Base: dst})
	} else {
		VMASKMOVPS(Mem{Base: src}, from.first, a)
		VMASKMOVPS(Mem{Base: src, Disp: 32}, from.second, b)
		VSHUFPS(Imm(0x88), b, a, a)
		VPERMPD(Imm(0xd8), a, a)
		VMASKMOVPS(a, e.vmask, Mem{Base: dst})
	}
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(n)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
