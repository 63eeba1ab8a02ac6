// Package stats says how far a measured figure, or the difference of two, can be
// believed: intervals and p-values by resampling, and what is left of p-values
// when many are looked at.
//
// A figure measured on test rows after training with several seeds is uncertain
// for two reasons: other rows would have given another one, and so would other
// seeds. [Bootstrap] resamples the rows, the same for all models, so that
// differences are paired by row (Efron and Tibshirani, An Introduction to the
// Bootstrap, 1993); rows that belong together, such as scans of one patient, are
// drawn together. To each resample it adds what another set of seeds would
// change: a draw from Student's distribution, whose scale is the standard
// deviation between seeds after the part that comes from the rows has been taken
// out. Resampling the seeds themselves would do badly where there are few: it
// counts the noise of rows up to three times (Owen, The pigeonhole bootstrap,
// 2007), and knows nothing of the tails of a handful of draws. With one seed
// nothing is known of others, and intervals are of the rows alone.
//
// Nothing here depends on clocks, cores or the order of calls.
package stats
