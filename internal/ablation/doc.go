// Package ablation measures what each input of a trained model is worth: how
// the model does where inputs are missing, and what it loses with each.
//
// A [Study] runs a model on rows with some inputs taken away. As no row's
// prediction depends on other rows, one pass for each set of inputs is all that
// is needed: curves over the missing rate, what is lost without an input and
// Shapley values are put together from the rows of these passes. Only
// permuting an input between rows takes passes of its own.
//
// A row that is left with nothing is predicted by the prior, what the training
// rows are like, so that every figure is of the same rows. Results depend on the
// seed and the rows alone, not on batches or cores.
package ablation
