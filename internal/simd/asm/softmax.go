package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Rows are short in attention: one call takes all of them, and constants stay
// in registers.
func softmaxRows() {
	softmax("softmaxRows", false)
	softmax("softmaxRowsKeep", true)
	softmaxGrad()
}

// eachRow emits body for each of rows rows of n elements; the pointers move
// on by a row each time.
func (e *emitter) eachRow(rows, n GPVirtual, pointers []Register, body func()) {
	bytes := GP64()
	MOVQ(n, bytes)
	SHLQ(Imm(2), bytes)
	e.n = n
	Label("row")
	body()
	for _, p := range pointers {
		ADDQ(bytes, p)
	}
	DECQ(rows)
	JNZ(LabelRef("row"))
}

func softmax(name string, keep bool) {
	signature := "(dst, x []float32, rows, n int)"
	if keep {
		signature = "(dst, x []float32, rows, n int, keep []float32)"
	}
	bothSets(name, signature, func(e *emitter) {
		e.preloadExp()
		dst, x := e.slice("dst"), e.slice("x")
		var kept Register
		if keep {
			kept = e.slice("keep")
		}
		rows, n := arg("rows"), arg("n")
		e.eachRow(rows, n, []Register{dst, x}, func() {
			top := e.vec()
			VMOVUPS(constant(minusInf), top)
			e.loop(1, func(int) { // the largest; what is not kept becomes -Inf
				v := e.load(x)
				if keep {
					e.choose(0, e.load(kept), 0, constant(minusInf), v, v)
					e.store(v, dst)
				}
				e.clipTo(v, constant(minusInf))
				VMAXPS(top, v, top)
			})
			e.everywhere(top, VMAXPS)
			// A row of nothing but -Inf: the difference to 0 is -Inf too.
			e.choose(0, top, negativeInf, e.zero(), top, top)
			from := x
			if keep {
				from = dst
			}
			sum := e.zero()
			e.loop(1, func(int) {
				v := e.load(from)
				VSUBPS(top, v, v)
				v = e.exp(v)
				e.store(v, dst)
				e.clip(v)
				VADDPS(v, sum, sum)
			})
			e.everywhere(sum, VADDPS)
			factor := e.vec()
			VDIVPS(sum, e.reg(1), factor)
			e.choose(0, sum, 0, e.zero(), factor, factor)
			e.loop(1, func(int) {
				v := e.load(dst)
				VMULPS(factor, v, v)
				e.store(v, dst)
			})
		})
	})
}

func softmaxGrad() {
	bothSets("softmaxGradRows", "(dst, y, g []float32, rows, n int)", func(e *emitter) {
		dst, y, g := e.slice("dst"), e.slice("y"), e.slice("g")
		rows, n := arg("rows"), arg("n")
		e.eachRow(rows, n, []Register{dst, y, g}, func() {
			sum := e.zero()
			e.loop(1, func(int) { VFMADD231PS(e.load(y), e.load(g), sum) })
			e.everywhere(sum, VADDPS)
			e.loop(1, func(int) {
				v := e.load(g)
				VSUBPS(sum, v, v)
				VMULPS(e.load(y), v, v)
				e.store(v, dst)
			})
		})
	})
}
