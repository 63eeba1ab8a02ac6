// Package zero holds everything that the public packages export to what it does
// with zero values: it answers, returns an error, or panics with words of its own
// that say what is missing. It has no code but tests.
package zero
