// Package tokenizer learns a sub-word vocabulary from texts and uses it to convert texts to token
// ids: WordPiece (Schuster and Nakajima, "Japanese and Korean voice search", 2012; as used by BERT)
// or byte-level byte pair encoding (Sennrich, Haddow and Birch, "Neural machine translation of rare
// words with subword units", 2016; over bytes, as in GPT-2).
//
// # Models
//
// Both learn by repeatedly merging the most frequent pair of adjacent tokens within words.
// "wordpiece" starts from characters and marks tokens inside a word with "##". A word is encoded by
// the longest matching tokens from left to right; a word with an unknown character is a single
// [UNK]. "bpe" starts from the 256 bytes and marks tokens that start a word with "Ġ". A word is
// encoded by applying the learned merges in order. It never produces [UNK], and needs up to four
// tokens for a rare character.
//
// Splitting a text into words is the job of package words.
//
// # Special tokens
//
// [PAD], [UNK], [CLS], [SEP] and [MASK] are ids 0 to 4 of a trained tokenizer. With
// Options.SpecialTokens, an encoded text starts with [CLS] and ends with [SEP], even if it is empty
// or truncated; padding, with id 0, is the caller's job. A text that contains a special token, such
// as "[MASK]", gets its id, as in the reference library.
//
// # Files
//
// Save writes a Hugging Face tokenizer.json with all rules, from which the Hugging Face library
// computes the same ids. Equal tokenizers have byte-identical files. Load accepts only rules that
// this package implements: it reads files written by Save and those of BERT models, and refuses
// everything else with a *FileError.
//
// The package never opens a file by name, and never uses the network.
package tokenizer
