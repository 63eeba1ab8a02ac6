package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// emitter writes one kernel for one instruction set: loops over slices with
// vectors, and a masked vector for what is left over. What the two sets spell
// differently is a method here.
type emitter struct {
	wide   bool // AVX-512; otherwise AVX2
	consts map[uint32]VecVirtual

	n, i  Register // elements, and how many are done
	loops int      // emitted so far
	disp  int      // bytes from element i to the vector under work
	tail  bool
	kmask Register   // of the tail, AVX-512
	vmask VecVirtual // of the tail, AVX2
}

// bothSets emits a kernel for each instruction set.
func bothSets(name, signature string, body func(e *emitter)) {
	for _, wide := range []bool{true, false} {
		suffix := "AVX2"
		if wide {
			suffix = "AVX512"
		}
		TEXT(name+suffix, NOSPLIT, "func"+signature)
		Pragma("noescape")
		body(&emitter{wide: wide, consts: map[uint32]VecVirtual{}})
		VZEROUPPER()
		RET()
	}
}

func (e *emitter) vec() VecVirtual {
	if e.wide {
		return ZMM()
	}
	return YMM()
}

// lanes is the number of floats in a vector.
func (e *emitter) lanes() int {
	if e.wide {
		return 16
	}
	return 8
}

// slice is the address of a slice argument; e.n becomes its length.
func (e *emitter) slice(name string) Register {
	e.n = Load(Param(name).Len(), GP64())
	return Load(Param(name).Base(), GP64())
}

// param is a float32 argument in all lanes.
func (e *emitter) param(name string) VecVirtual {
	c, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := e.vec()
	VBROADCASTSS(c.Addr, v)
	return v
}

func (e *emitter) zero() VecVirtual {
	v := e.vec()
	VXORPS(v, v, v)
	return v
}

// preload puts constants into registers, of which AVX-512 has enough. It must
// come before the loop.
func (e *emitter) preload(xs ...float32) {
	for _, x := range xs {
		bits := math.Float32bits(x)
		if _, ok := e.consts[bits]; !ok && e.wide {
			v := e.vec()
			VMOVUPS(constant(bits), v)
			e.consts[bits] = v
		}
	}
}

// c is a constant in all lanes, as a source operand.
func (e *emitter) c(x float32) Op { return e.bits(math.Float32bits(x)) }

func (e *emitter) bits(b uint32) Op {
	if v, ok := e.consts[b]; ok {
		return v
	}
	return constant(b)
}

// reg is a constant in all lanes, in a register.
func (e *emitter) reg(x float32) VecVirtual {
	if v, ok := e.c(x).(VecVirtual); ok {
		return v
	}
	v := e.vec()
	VMOVUPS(e.c(x), v)
	return v
}

var constants = map[uint32]Mem{}

// constant is the address of 16 copies of a word.
func constant(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = GLOBL(fmt.Sprintf("word%08x", b), RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(b))
		}
		constants[b] = m
	}
	return m
}

// loop emits body for unroll vectors at a time, then for one, then for the
// rest. Within body, load and store are at the vector under work; u is its number.
func (e *emitter) loop(unroll int, body func(u int)) {
	w := e.lanes()
	i, left := GP64(), GP64()
	e.i = i
	e.loops++
	label := func(name string) string { return fmt.Sprintf("%s%d", name, e.loops) }
	XORQ(i, i)
	MOVQ(e.n, left)
	step := func(name, next string, unroll int) {
		SUBQ(Imm(uint64(unroll*w)), left)
		JL(LabelRef(next))
		Label(name)
		for u := range unroll {
			e.disp = 4 * w * u
			body(u)
		}
		e.disp = 0
		ADDQ(Imm(uint64(unroll*w)), i)
		SUBQ(Imm(uint64(unroll*w)), left)
		JGE(LabelRef(name))
		Label(next)
		ADDQ(Imm(uint64(unroll*w)), left)
	}
	if unroll > 1 {
		step(label("many"), label("few"), unroll)
	}
	step(label("one"), label("rest"), 1)
	JZ(LabelRef(label("done")))
	e.setMask(left)
	e.tail = true
	body(0)
	e.tail = false
	Label(label("done"))
}

// setMask makes the mask of the first left lanes.
func (e *emitter) setMask(left GPVirtual) {
	if e.wide {
		bits := GP64()
		MOVQ(I32(-1), bits)
		BZHIQ(left, bits, bits)
		k := K()
		KMOVW(bits.As32(), k)
		e.kmask = k
		return
	}
	at := GP64()
	LEAQ(tailMasks(), at)
	NEGQ(left)
	e.vmask = YMM()
	VMOVUPS(Mem{Base: at, Index: left, Scale: 4, Disp: 32}, e.vmask)
}

var tails Mem

// tailMasks is the address of eight words of ones, then eight zeros.
func tailMasks() Mem {
	if tails.Symbol.Name == "" {
		tails = GLOBL("tails", RODATA|NOPTR)
		for i := range 16 { // in order, as the assembler wants them
			DATA(4*i, U32(0xffffffff*uint32((15-i)/8)))
		}
	}
	return tails
}

func (e *emitter) at(p Register) Mem { return Mem{Base: p, Index: e.i, Scale: 4, Disp: e.disp} }

// load reads the vector under work; the lanes beyond the end are 0.
func (e *emitter) load(p Register) VecVirtual {
	v := e.vec()
	switch {
	case !e.tail:
		VMOVUPS(e.at(p), v)
	case e.wide:
		VMOVUPS_Z(e.at(p), e.kmask, v)
	default:
		VMASKMOVPS(e.at(p), e.vmask, v)
	}
	return v
}

func (e *emitter) store(v VecVirtual, p Register) {
	switch {
	case !e.tail:
		VMOVUPS(v, e.at(p))
	case e.wide:
		VMOVUPS(v, e.kmask, e.at(p))
	default:
		VMASKMOVPS(v, e.vmask, e.at(p))
	}
}

// clip clears the lanes beyond the end.
func (e *emitter) clip(v VecVirtual) {
	switch {
	case !e.tail:
	case e.wide:
		VMOVAPS_Z(v, e.kmask, v)
	default:
		VANDPS(v, e.vmask, v)
	}
}

// clipTo sets the lanes beyond the end to those of other.
func (e *emitter) clipTo(v VecVirtual, other Op) {
	switch {
	case !e.tail:
	case e.wide:
		low := e.vec()
		VMOVUPS(other, low)
		VBLENDMPS(v, low, e.kmask, v)
	default:
		low := e.vec()
		VMOVUPS(other, low)
		VBLENDVPS(e.vmask, v, low, v)
	}
}

// everywhere reduces a vector with op and leaves the result in all its lanes.
func (e *emitter) everywhere(v VecVirtual, op func(...Op)) {
	t := e.vec()
	swap := func(emit func()) {
		emit()
		op(t, v, v)
	}
	if e.wide {
		swap(func() { VSHUFF32X4(Imm(0x4e), v, v, t) })
		swap(func() { VSHUFF32X4(Imm(0xb1), v, v, t) })
	} else {
		swap(func() { VPERM2F128(Imm(0x01), v, v, t) })
	}
	swap(func() { VPERMILPS(Imm(0x4e), v, t) })
	swap(func() { VPERMILPS(Imm(0xb1), v, t) })
}

// horizontal reduces a vector to its first lane with op: halves, quarters …
func (e *emitter) horizontal(v VecVirtual, op func(...Op)) Register {
	half := v
	if e.wide {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), v, upper)
		op(upper, v.AsY(), upper)
		half = upper
	}
	x, t := XMM(), XMM()
	VEXTRACTF128(Imm(1), half.AsY(), x)
	op(half.AsX(), x, x)
	VPERMILPS(Imm(0x0e), x, t)
	op(t, x, x)
	VPERMILPS(Imm(0x01), x, t)
	op(t, x, x)
	return x
}
