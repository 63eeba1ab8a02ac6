// Package guess writes a first config for a table that it has never seen: which
// columns are pictures, texts, numbers, categories, dates or names of rows, what
// kind of answer the target is, and sizes that suit as many rows.
//
// [Look] reads the whole table. What would keep a training from starting is named,
// all of it and with row and column, as [Findings.Mistakes]; what can be read but
// would not help, or would give the answer away, is left out of the config and
// named there. Every guess comes with its reason. The config trains as it is: it is
// meant to be read and changed.
//
// It looks at values and names of columns alone, draws nothing by chance and asks
// no clock, so the same table gives the same config.
package guess
