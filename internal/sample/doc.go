// Package sample makes up a small table of pictures, texts, numbers and
// categories with an answer of each type, for tests: nothing is read from
// anywhere, and the same number of rows gives the same table.
//
// Some cells are empty, none of them in the columns of answers; no row lacks
// all inputs.
package sample
