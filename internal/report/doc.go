// Package report writes the report of a training run: one HTML page that holds
// everything it shows, to be read by a person who was not there.
//
// [Write] turns a [Page], plain data that the caller fills, into text, tables
// and drawings: what was reached, how it was learnt, which classes are confused
// or how far predictions are off, the worst mistakes with their pictures, what
// became of every row, the architecture and the config. The page follows the
// reader's light or dark setting, fits a phone, prints, and says in words
// whatever it says by colour.
//
// The page never loads anything and runs no script. Whatever comes from the
// data is shown as it is and cannot act: markup is escaped, control characters
// and what reorders text are made visible, pictures are encoded anew. Its size
// is bounded (see [MaxMistakes] and the other limits), and where something is
// left out it says so. Equal pages give equal bytes.
package report
