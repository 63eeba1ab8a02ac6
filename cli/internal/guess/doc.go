// Package guess writes a first config for a table that it has never seen: which
// columns are pictures, texts, numbers, categories, dates or names of rows, what
// kind of answer the target is, and sizes that suit as many rows.
//
// [Look] reads the whole table. What cannot be used is named, with row and column, as
// [Findings.Warnings], and the config does without it; what can be read but would not
// help, or would give the answer away, is left out and named in the config. Every guess
// comes with its reason, and the reason is true of the table. The config trains as it
// is: it is meant to be read and changed. [Findings.Mistakes] say why there is none,
// where nothing could be trained.
//
// It looks at values and names of columns alone, draws nothing by chance and asks
// no clock, so the same table gives the same config.
package guess
