// Package explain says why a trained model answers as it does, row by row: how
// much each input contributes (Shapley values over subsets of the inputs), which
// tokens looked at which (attention), what in each input speaks for the answer
// (integrated gradients by region, token and column) and how much a fusion let
// each modality count.
//
// It explains one answer of a row: the label that the model finds most probable,
// or the one asked for, or the number of a regression. It computes on the model
// as it predicts, changes nothing in it, and equal rows give equal explanations.
// What attention shows is where a model looked, not why it decided; integrated
// gradients are complete: they sum to what the row changes in the answer's score,
// as far as the gap that is told beside them.
package explain
