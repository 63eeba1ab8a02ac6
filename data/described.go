package data

import (
	"bytes"

	"github.com/chiasm-ml/chiasm/internal/ngrams"
)

// A Describer is a Preprocessor of which programs in other languages have to know more
// than the rules of its cells.
type Describer interface {
	// Describe is given what makes a name in the folder of a file's own name.
	Describe(file func(name string) string) Described
}

// Described is what goes with an exported model for one input.
type Described struct {
	// Section is the key under which Value, as JSON, stands beside the input's name.
	Section string
	Value   any
	Files   map[string][]byte // by their names in the folder
	Words   bool              // texts are cut into words by the tables that every text needs
}

// An ImageDescription says how an image file becomes pixels.
type ImageDescription struct {
	Height     int    `json:"height"`
	Width      int    `json:"width"`
	Channels   int    `json:"channels"`
	Fit        string `json:"fit"`        // stretch, pad or crop
	Background string `json:"background"` // behind transparent pixels, and around padded ones
	Resize     string `json:"resize"`
}

// resize is the one way in which images are resized.
const resize = "bilinear, antialiased: Pillow's Image.resize with Resampling.BILINEAR, which rounds to 8 bits after each pass"

// A TextDescription says how a text becomes ids.
type TextDescription struct {
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

// A TabularDescription says in which order columns enter, and what categories
// are called.
type TabularDescription struct {
	Numeric []string `json:"numeric"`
	// Dates are columns whose parts follow the numbers of Numeric in the same tensor:
	// those that the rule in cells names.
	Dates       []string `json:"dates,omitempty"`
	Categorical []string `json:"categorical"`
	// Categories are the values of each categorical column that are told apart:
	// the first is 1; 0 is any other, or none.
	Categories [][]string `json:"categories"`
}

// WordsFile holds the tables by which texts are cut into words, and TokenizerFile a
// vocabulary, in an exported folder.
const (
	WordsFile     = "words.json"
	TokenizerFile = tokenizerFile
)

// Describe says how an image file becomes pixels.
func (p *Image) Describe(func(string) string) Described {
	c := p.state.Config
	return Described{Section: "image", Value: &ImageDescription{Height: c.Size[0], Width: c.Size[1], Channels: c.Channels, Fit: c.Fit, Background: c.Background, Resize: resize}}
}

// Describe says how a text becomes tokens.
func (p *Tokens) Describe(file func(string) string) Described {
	if p.tokenizer == nil || file == nil {
		return Described{Section: "text"}
	}
	w, name := p.tokenizer.Words(), file(TokenizerFile)
	d := Described{Section: "text", Words: true, Value: &TextDescription{
		MaxTokens: p.state.Config.MaxTokens, Normalization: w.Normalization, Lowercase: w.Lowercase, StripAccents: w.StripAccents, Words: WordsFile, Tokenizer: name,
	}}
	var b bytes.Buffer
	if p.tokenizer.Save(&b) == nil { // a buffer takes it all
		d.Files = map[string][]byte{name: b.Bytes()}
	}
	return d
}

// Describe says how a text becomes bags.
func (p *NGrams) Describe(func(string) string) Described {
	n := p.state.NGrams
	return Described{Section: "text", Words: true, Value: &TextDescription{
		MaxTokens: p.state.Config.MaxTokens, Normalization: n.Normalization, Lowercase: n.Lowercase, StripAccents: n.StripAccents, Words: WordsFile,
		NGrams: &NGramsDescription{Buckets: n.Buckets, MinN: n.MinN, MaxN: n.MaxN, MaxPerWord: n.MaxPerWord, WordBigrams: n.WordBigrams, Hash: ngrams.Rules},
	}}
}

// Describe says in which order columns enter.
func (p *Tabular) Describe(func(string) string) Described {
	c := p.state.Config
	return Described{Section: "tabular", Value: &TabularDescription{
		Numeric: orEmpty(c.Numeric), Dates: c.Dates, Categorical: orEmpty(c.Categorical), Categories: orEmpty(p.state.Categories),
	}}
}

// orEmpty is a list that JSON writes as one.
func orEmpty[T any](x []T) []T {
	if x == nil {
		return []T{}
	}
	return x
}
