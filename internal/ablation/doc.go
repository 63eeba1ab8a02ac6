// Package ablation measures the contribution of each input of a trained model: how the model
// performs with inputs missing, and what it loses without each of them.
//
// A [Study] runs a model on rows with some inputs removed. Since no row's prediction depends on
// other rows, one pass per subset of inputs suffices: curves over the missing rate, the loss
// without an input and Shapley values are assembled from the rows of these passes. Only permuting
// an input across rows needs additional passes.
//
// A row without any input is predicted by the prior of the training rows, so that all metrics are
// over the same rows. Results depend only on the seed and the rows, not on batches or cores.
package ablation
