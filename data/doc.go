// Package data turns a table whose rows carry pictures, text and numbers into
// batches that a model reads. It knows nothing of models.
//
// A table is read by [ReadTable], cut into training, validation and test rows
// by a [SplitConfig], and turned into numbers by a [Preprocessor] an input and
// a [Target]. Both learn from training rows only. A [Dataset] joins them and
// keeps what was decoded; a [Loader] prepares its batches ahead of compute.
//
// Nothing is dropped or replaced in silence: a cell is used, counted in the
// [Report], or an [Error] that names file, row and column. Whatever is random,
// from the split to the augmentation, is a function of the seed and of where
// it is used, so the result is the same for any number of workers and a run
// can go on at any batch.
package data
