// Package metrics measures predictions against targets.
//
// There is one accumulator per task: [Classification] (including binary), [Multilabel] and
// [Regression]. Batches are added one by one; counts and sums are kept, and the scores themselves
// only where a ranking needs them. The result does not depend on how the rows were divided into
// batches.
//
// A metric that is undefined for the given rows (the area under the curve with a single class, the
// precision of a class that is never predicted) is NaN, and is written as JSON null; it is never
// silently zero, and is excluded from means over classes. Nothing here prints, draws random numbers
// or knows a graph.
package metrics
