// Package compare answers which of several ways to predict is best on some data,
// and whether what is more complex is worth it: single inputs, some of them, and
// strategies of fusing them, each trained with several seeds and measured on the
// same test rows.
//
// A [Study] holds the predictions; [Study.Result] is the table, the tests and a
// verdict in plain words. Nothing is chosen by test rows: the best single input
// and the best fusion are those that do best on validation rows. Differences are
// paired by row and by seed, intervals hold both what other rows and what other
// seeds would change, and p-values are corrected for their number.
//
// It trains nothing and reads no files.
package compare
