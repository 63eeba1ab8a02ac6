// Package planted generates small tables whose two inputs interact in a known way, so that a test
// can state which fusions must learn which interaction and which cannot. It reads no files, and
// equal arguments yield equal tables.
//
// It trains nothing; its tests do, and docs/fusion.md shows their results.
package planted
