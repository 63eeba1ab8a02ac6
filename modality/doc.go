// Package modality says what a kind of input is: one value, by which a config can name
// it and a model file restores it. Everything else about it (the fields of a form, how a
// report shows a cell, the names in an explanation, the arithmetic in an exported graph)
// comes from its data.Preprocessor, through optional methods that package data declares.
//
//	var Type = modality.Of("signal", "a column of series of numbers", New)
//
// docs/modality.md leads through all of them.
package modality
