// Package compare determines which of several models is best on some data, and whether the more
// complex ones are worth it: single inputs, subsets of inputs, and fusions, each trained with
// several seeds and evaluated on the same test rows.
//
// A [Study] holds the predictions; [Study.Result] is the table, the tests and a verdict in plain
// words. Nothing is selected on test rows: the best single input and the best fusion are those with
// the best validation metric. Differences are paired by row and by seed, intervals cover the
// variation from both rows and seeds, and p-values are corrected for multiple tests.
//
// It trains nothing and reads no files.
package compare
