// Package planted makes small tables whose two inputs are known to interact in
// one way, so that a test can say which fusion must solve which, and which must
// fail: nothing is read from anywhere, and equal arguments give equal tables.
//
// It trains nothing; its tests do, and docs/fusion.md shows what they measure.
package planted
