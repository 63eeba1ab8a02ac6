package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The constants of SplitMix64, as in package rng.
const (
	increment = 0x9e3779b97f4a7c15
	mixFirst  = 0xbf58476d1ce4e5b9
	mixSecond = 0x94d049bb133111eb
)

// dropout keeps and scales the elements whose hash has upper 32 bits not below
// the threshold. Each vector of floats goes with two vectors of hashes.
func dropout() {
	bothSets("dropout", "(dst, x []float32, state uint64, threshold uint32, scale float32)", func(e *emitter) {
		x, dst := e.slice("x"), e.slice("dst")
		scale := e.param("scale")
		lower, upper := e.counters()
		step := e.words(increment * uint64(e.lanes()))
		h := e.newHash()
		threshold := e.dropThreshold()
		e.loop(1, func(int) {
			v := e.load(x)
			VMULPS(scale, v, v)
			a, b := h.of(lower), h.of(upper)
			VPADDQ(step, lower, lower)
			VPADDQ(step, upper, upper)
			e.keep(a, b, threshold, v)
			e.store(v, dst)
		})
	})
}

// words is a 64-bit constant in all lanes.
func (e *emitter) words(c uint64) VecVirtual {
	g, v := GP64(), e.vec()
	MOVQ(Imm(c), g)
	e.broadcastQ(g, v)
	return v
}

func (e *emitter) broadcastQ(g GPVirtual, v VecVirtual) {
	if e.wide {
		VPBROADCASTQ(g, v)
		return
	}
	x := XMM()
	VMOVQ(g, x)
	VPBROADCASTQ(x, v)
}

// counters are the states of the first vector's elements, in two halves. On
// AVX2 the halves interleave, so that VSHUFPS puts the hashes in order.
func (e *emitter) counters() (lower, upper VecVirtual) {
	order := []uint64{0, 1, 4, 5, 2, 3, 6, 7}
	if e.wide {
		order = []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	}
	name := map[bool]string{true: "steps512", false: "steps256"}[e.wide]
	steps := GLOBL(name, RODATA|NOPTR)
	for i, n := range order {
		DATA(8*i, U64((n+1)*increment)) // the hash begins by adding one
	}
	state := Load(Param("state"), GP64()).(GPVirtual)
	lower, upper = e.vec(), e.vec()
	e.broadcastQ(state, lower)
	VPADDQ(steps.Offset(4*len(order)), lower, upper)
	VPADDQ(steps, lower, lower)
	return lower, upper
}

// hash holds the multipliers.
type hash struct {
	e             *emitter
	first, second VecVirtual
	highs         [2]VecVirtual // their upper halves, AVX2
}

func (e *emitter) newHash() *hash {
	h := &hash{e: e, first: e.words(mixFirst), second: e.words(mixSecond)}
	if !e.wide {
		h.highs = [2]VecVirtual{e.words(mixFirst >> 32), e.words(mixSecond >> 32)}
	}
	return h
}

// of is SplitMix64's finaliser of a state that has been incremented.
func (h *hash) of(state VecVirtual) VecVirtual {
	z, t := h.e.vec(), h.e.vec()
	h.shiftXor(30, state, t, z)
	h.times(z, h.first, h.highs[0])
	h.shiftXor(27, z, t, z)
	h.times(z, h.second, h.highs[1])
	h.shiftXor(31, z, t, z)
	return z
}

func (h *hash) shiftXor(n uint64, v, t, dst VecVirtual) {
	VPSRLQ(Imm(n), v, t)
	if h.e.wide {
		VPXORQ(t, v, dst)
	} else {
		VPXOR(t, v, dst)
	}
}

// times multiplies 64-bit lanes, on AVX2 from 32-bit halves.
func (h *hash) times(z, m, high VecVirtual) {
	if h.e.wide {
		VPMULLQ(m, z, z)
		return
	}
	cross, t := YMM(), YMM()
	VPSRLQ(Imm(32), z, cross)
	VPMULUDQ(m, cross, cross)
	VPMULUDQ(high, z, t)
	VPADDQ(t, cross, cross)
	VPSLLQ(Imm(32), cross, cross)
	VPMULUDQ(m, z, z)
	VPADDQ(cross, z, z)
}

// dropThreshold is the threshold as keep compares it.
func (e *emitter) dropThreshold() VecVirtual {
	x, v := XMM(), e.vec()
	VMOVD(Load(Param("threshold"), GP32()), x)
	VPBROADCASTD(x, v)
	if e.wide {
		t := ZMM()
		VPSLLQ(Imm(32), v, t)
		return t
	}
	VPXOR(constant(signBit), v, v) // for the comparison is of signed numbers
	return v
}

// keep clears the lanes of v whose hash is below the threshold.
func (e *emitter) keep(a, b, threshold, v VecVirtual) {
	if e.wide {
		const atLeast = 5
		low, high, both := K(), K(), K()
		VPCMPUQ(Imm(atLeast), threshold, a, low)
		VPCMPUQ(Imm(atLeast), threshold, b, high)
		KUNPCKBW(low, high, both)
		VMOVAPS_Z(v, both, v)
		return
	}
	h, below := YMM(), YMM()
	VSHUFPS(Imm(0xdd), b, a, h) // upper words
	VPXOR(constant(signBit), h, h)
	VPCMPGTD(h, threshold, below)
	VANDNPS(v, below, v)
}
