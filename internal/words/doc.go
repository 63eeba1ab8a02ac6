// Package words splits a text into normalised words, the units on which modality/text/tokenizer and
// internal/ngrams operate.
//
// A text goes through these steps, each of which a Hugging Face tokenizer.json can express, so that
// other tools split it in the same way:
//
//   - the Unicode normal form of Config.Normalization;
//   - clean: controls, formats (zero-width joiners among them), private use and
//     U+FFFD are dropped, every kind of space becomes a space;
//   - each Chinese character becomes a word of its own;
//   - accents, if Config.StripAccents: the text is decomposed and nonspacing marks are dropped;
//   - lower case, if Config.Lowercase, letter by letter, independently of the language (I becomes i,
//     İ becomes i with a dot above);
//   - the normal form again, since the preceding steps may have undone it;
//   - words end at spaces, and each punctuation character is a word.
//
// A byte that is not valid UTF-8 counts as U+FFFD and is dropped.
//
// Normalising is idempotent: joining words with spaces and splitting again yields the same words.
// Which code points are marks, punctuation or letters with a lower case is frozen in tables, so
// upgrading Go does not change the meaning of a saved tokenizer. The tables agree with the Hugging
// Face library for all 1,112,064 code points, which a test verifies.
//
// The package never learns anything from data and never returns an error for a text.
package words
