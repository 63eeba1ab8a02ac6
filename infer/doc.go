// Package infer answers with a trained model: it loads what train wrote and
// predicts rows given as values, from any number of goroutines at once.
//
// A row is a map from column to value: the bytes of an image file, a text, a
// number; nil, or no entry, for what is missing. Answers equal those of
// `chiasm predict` bit for bit, however rows are grouped into calls.
//
// The package opens the model's files when told to and no others: a row's
// image is bytes, never a path. It links no training loop and no optimizer, so
// that a service stays small.
package infer
