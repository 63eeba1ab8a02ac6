package text

import (
	"bytes"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/ngrams"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Description says how a text becomes ids.
type Description struct {
	MaxTokens int `json:"max_tokens"` // bags of words, or tokens with the special ones
	// Normalization, Lowercase and StripAccents are what is done to a text before
	// it is cut into words by the tables of Words.
	Normalization string             `json:"normalization"`
	Lowercase     bool               `json:"lowercase"`
	StripAccents  bool               `json:"strip_accents"`
	Words         string             `json:"words"`
	Tokenizer     string             `json:"tokenizer,omitempty"` // a file
	NGrams        *NGramsDescription `json:"ngrams,omitempty"`
}

// An NGramsDescription is the numbers of the rules of package ngrams, which Hash
// repeats.
type NGramsDescription struct {
	Buckets     int    `json:"buckets"`
	MinN        int    `json:"min_n"`
	MaxN        int    `json:"max_n"`
	MaxPerWord  int    `json:"max_per_word"`
	WordBigrams bool   `json:"word_bigrams"`
	Hash        string `json:"hash"`
}

// Describe says how a text becomes tokens.
func (p *Tokens) Describe(file func(string) string) data.Described {
	if p.tokenizer == nil || file == nil {
		return data.Described{Section: "text"}
	}
	w, name := p.tokenizer.Words(), file(TokenizerFile)
	d := data.Described{Section: "text", Words: true, Value: &Description{
		MaxTokens: p.state.Config.MaxTokens, Normalization: w.Normalization, Lowercase: w.Lowercase, StripAccents: w.StripAccents, Words: data.WordsFile, Tokenizer: name,
	}}
	var b bytes.Buffer
	if p.tokenizer.Save(&b) == nil { // a buffer takes it all
		d.Files, d.Says = map[string][]byte{name: b.Bytes()}, map[string]string{name: "the vocabulary, in the Hugging Face format"}
	}
	return d
}

// Describe says how a text becomes bags.
func (p *NGrams) Describe(func(string) string) data.Described {
	n := p.state.NGrams
	return data.Described{Section: "text", Words: true, Value: &Description{
		MaxTokens: p.state.Config.MaxTokens, Normalization: n.Normalization, Lowercase: n.Lowercase, StripAccents: n.StripAccents, Words: data.WordsFile,
		NGrams: &NGramsDescription{Buckets: n.Buckets, MinN: n.MinN, MaxN: n.MaxN, MaxPerWord: n.MaxPerWord, WordBigrams: n.WordBigrams, Hash: ngrams.Rules},
	}}
}

// Sample is a text of made-up words.
func (p *Tokens) Sample(_ string, k rng.Key) string { return sampleText(k) }

// Sample is a text of made-up words.
func (p *NGrams) Sample(_ string, k rng.Key) string { return sampleText(k) }

// syllables are what made-up texts are made of.
var syllables = []string{
	"an", "to", "re", "Li", "MA", "so", "né", "ß", "-", " ", " ", " ", " ", ", ", "7", "12", "!", "日", "本", "ﬁ", "É", "Ω", "ё", "ا", "🙂", "[MASK]", "İ", "\u00ad",
}

func sampleText(k rng.Key) string {
	out := "a"
	for i := range 3 + k.IntN(1, 30) {
		out += syllables[k.IntN(2+i, len(syllables))]
	}
	return out
}
