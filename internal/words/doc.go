// Package words cuts a text into normalised words, the units that
// data/tokenizer and internal/ngrams work on.
//
// A text goes through these steps, each of which a Hugging Face tokenizer.json
// can express, so that other tools cut it alike:
//
//   - the Unicode normal form of Config.Normalization;
//   - clean: controls, formats (zero-width joiners among them), private use and
//     U+FFFD are dropped, every kind of space becomes a space;
//   - each Chinese character is set apart as a word of its own;
//   - accents, where Config.StripAccents: the text is decomposed and nonspacing
//     marks are dropped;
//   - lower case, where Config.Lowercase, letter by letter, the same in every
//     language (I becomes i, İ becomes i with a dot above);
//   - the normal form again, since the steps before may have undone it;
//   - words end at spaces, and each punctuation character is a word.
//
// A byte that is not valid UTF-8 counts as U+FFFD and is dropped.
//
// Normalising is idempotent: the words of words joined by spaces are the same
// words. Which code points are marks, punctuation or letters with a lower case
// is frozen in tables, so an upgrade of Go does not change what a saved
// tokenizer means. The tables are the answers of the Hugging Face library for
// all 1,112,064 code points, and a test compares them all.
//
// The package never learns anything from data and never returns an error for
// a text.
package words
