// Package parallel runs loops on all cores. It keeps worker goroutines between calls, so that a
// fork and join costs only a microsecond or two and allocates nothing. This makes it worthwhile to
// split a single operator of a network.
//
// It never decides how work is partitioned: the caller does, based on the shape of the operands, so
// a result cannot depend on the number of cores. A nested loop runs on the goroutine that started
// it, as does a loop that finds the workers busy with another caller's.
package parallel
