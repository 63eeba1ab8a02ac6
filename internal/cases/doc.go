// Package cases has one entry for each fusion, from which all tests that go over
// fusions take what they need, and the pages what they show.
package cases
