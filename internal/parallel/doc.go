// Package parallel runs loops over all cores. It keeps worker goroutines
// between calls, so that a fork and join costs a microsecond or two and
// allocates nothing, which is what lets a single operator of a network be
// split.
//
// It never decides how work is cut: the caller does, by the shape of the
// operands, and so a result cannot depend on the number of cores. A loop inside
// a loop runs on the goroutine that started it, and so does a loop that finds
// the workers busy with somebody else's.
package parallel
