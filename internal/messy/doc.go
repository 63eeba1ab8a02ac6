// Package messy makes tables as people have them, each from a seed: separators and
// encodings of all kinds, codes, units and currencies, dates in many forms, rare
// labels, names of rows and of what they belong to, long lists of like columns, nearly
// empty ones, missing files, cells that stand for nothing. pandas reads every one of
// them, with the options that [Table.Reading] names; scripts/messy.py holds them to that.
//
// A table also says what is so of it ([Table.Traits]), so that a suite can count what it
// has tried.
package messy
