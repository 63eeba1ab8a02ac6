// Package modality says what a kind of input is: one value, by which a config can name
// it and a model file restore it. All else about
// a kind of input (what a form asks for, how a report shows a cell, what an explanation
// names, which arithmetic stands in an exported graph) is said by its data.Preprocessor,
// by methods that package data declares beside it. What such a method is not there for
// is told where it matters.
//
//	var Type = modality.Of("signal", "a column of series of numbers", New)
//
// docs/modality.md leads through all of them.
package modality
