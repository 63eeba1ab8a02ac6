// Package ngrams turns a text into a bag of hashed ids for each of its words:
// the word itself and its character n-grams (Bojanowski, Grave, Joulin and
// Mikolov, "Enriching word vectors with subword information", 2017). It learns
// nothing, so there is nothing to save but the Config, and a word never seen
// still shares ids with words that are spelled alike. It suits short texts and
// small data.
//
// # Ids
//
// Id 0 is padding. All others are 1 + h mod Buckets, where h is the 32-bit
// FNV-1a hash of these bytes:
//
//   - a word: 0x01, then the word in UTF-8;
//   - a character n-gram of "<word>", MinN to MaxN characters long: the n-gram
//     in UTF-8. The one that is all of "<word>" is left out;
//   - a pair of neighbours: 0x02, the first word, a space, the second.
//
// A bag begins with the word's id. The n-grams follow, by where they begin and
// then by length. If they are more than MaxPerWord allows, those are kept whose
// mixed hash is least, so that two words keep the same ones of what they share.
// Of a word of more than 100 characters, n-grams come from the first 100.
//
// These rules are part of every trained model and never change.
//
// How a text becomes words is package words' business.
package ngrams
