// Package ngrams turns each word of a text into a bag of hashed ids: the word itself and its
// character n-grams (Bojanowski, Grave, Joulin and Mikolov, "Enriching word vectors with subword
// information", 2017). It learns nothing, so only the Config needs to be saved, and an unseen word
// still shares ids with words of similar spelling. It suits short texts and small data.
//
// # Ids
//
// Id 0 is padding. All others are 1 + h mod Buckets, where h is the 32-bit
// FNV-1a hash of these bytes:
//
//   - a word: 0x01, then the word in UTF-8;
//   - a character n-gram of "<word>", MinN to MaxN characters long: the n-gram in UTF-8. The n-gram
//     that is all of "<word>" is excluded;
//   - a pair of adjacent words: 0x02, the first word, a space, the second.
//
// A bag starts with the word's id. The n-grams follow, ordered by start and then by length. If
// there are more than MaxPerWord allows, those with the smallest mixed hashes are kept, so that two
// words keep the same ones of the n-grams they share. For a word of more than 100 characters,
// n-grams are taken from the first 100.
//
// These rules are part of every trained model and never change.
//
// Splitting a text into words is the job of package words.
package ngrams
