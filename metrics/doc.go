// Package metrics measures predictions against targets.
//
// There is one accumulator a task: [Classification] (binary too), [Multilabel]
// and [Regression]. Batches are added as they come; counts and sums are kept,
// and the scores themselves only where a ranking needs them. The result does not
// depend on how the rows were cut into batches.
//
// A figure that is not defined on the rows seen (the area under a curve of one
// class, the precision of a class never predicted) is NaN, and NaN is written as
// JSON null; it is never quietly a zero, and it never takes part in a mean over
// classes. Nothing here prints, draws random numbers or knows a graph.
package metrics
