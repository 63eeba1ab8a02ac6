// Package stats quantifies how far a measured metric, or the difference of two, can be trusted:
// intervals and p-values by resampling, and the correction of p-values for multiple tests.
//
// A metric measured on test rows after training with several seeds is uncertain for two reasons:
// other rows would have produced a different value, and so would other seeds. [Bootstrap] resamples
// the rows, identically for all models, so that differences are paired by row (Efron and
// Tibshirani, An Introduction to the Bootstrap, 1993); rows that belong together, such as scans of
// one patient, are drawn together. To each resample it adds the effect of a different set of seeds:
// a draw from Student's t-distribution, whose scale is the standard deviation between seeds after
// removing the part due to the rows. Resampling the seeds themselves works poorly if there are few:
// it counts the noise of rows up to three times (Owen, The pigeonhole bootstrap, 2007), and cannot
// represent the tails of a handful of draws. With one seed, nothing is known about others, and
// intervals cover only the rows.
//
// Nothing here depends on clocks, cores or the order of calls.
package stats
