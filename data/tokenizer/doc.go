// Package tokenizer learns a sub-word vocabulary from texts and turns texts
// into token ids with it: WordPiece (Schuster and Nakajima, "Japanese and
// Korean voice search", 2012; as BERT uses it) or byte-level byte pair encoding
// (Sennrich, Haddow and Birch, "Neural machine translation of rare words with
// subword units", 2016; over bytes as GPT-2 does).
//
// # Models
//
// Both learn by joining, again and again, the most frequent pair of neighbours
// within words. "wordpiece" starts from characters and marks tokens inside a
// word with "##". A word is encoded by the longest tokens that match from its
// left; a word with a character that was not learned is one [UNK]. "bpe" starts
// from the 256 bytes and marks tokens that begin a word with "Ġ". A word is
// encoded by the learned joins in their order. It never gives [UNK], and needs
// up to four tokens for a character that was rare.
//
// How a text becomes words is package words' business.
//
// # Special tokens
//
// [PAD], [UNK], [CLS], [SEP] and [MASK] are the ids 0 to 4 of a trained
// tokenizer. With Options.SpecialTokens an encoded text begins with [CLS] and
// ends with [SEP], also when it is empty or cut short; padding is for the
// caller, with id 0. A text that spells a special token, such as "[MASK]", gets
// its id, as in the reference library.
//
// # Files
//
// Save writes a Hugging Face tokenizer.json that holds all the rules, and the
// Hugging Face library gives the same ids with it. Equal tokenizers are equal
// files, byte for byte. Load accepts only rules that this package follows, so
// it reads what Save wrote and files of BERT models, and refuses all else with
// a *FileError rather than guess.
//
// The package never reads or writes a file by name, and never uses the network.
package tokenizer
