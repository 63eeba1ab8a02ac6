package text

import (
	"github.com/chiasm-ml/chiasm/data"
)

// Common are the options of both ways to read a column of texts.
type Common struct {
	// Column of texts.
	Column string `yaml:"column" json:"column" validate:"required"`
	// Most tokens that are read of a text, special ones included, or most words for n-grams; longer texts are cut and counted.
	MaxTokens int `yaml:"max_tokens" json:"max_tokens" default:"64" validate:"gte=1,lte=8192"`
	// What an empty cell means: error or mask (the row lacks this input).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask"`
	// Probability of leaving a token out of a training text; at least one is kept.
	TokenDropout float64 `yaml:"token_dropout" json:"token_dropout" default:"0" validate:"gte=0,lt=1"`
}

// mostTokens bounds MaxTokens, as its tag does.
const mostTokens = 8192

// Validate returns a *ConfigError for an option out of bounds.
func (c Common) Validate() error {
	switch {
	case c.Column == "":
		return data.BadOption("column", "name the column of texts")
	case c.MaxTokens < 1 || c.MaxTokens > mostTokens:
		return data.BadOption("max_tokens", "is %d, expected 1 to %d", c.MaxTokens, mostTokens)
	case c.Missing != data.MissingError && c.Missing != data.MissingMask:
		return data.BadOption("missing", "%q, expected error or mask", c.Missing)
	case !(c.TokenDropout >= 0 && c.TokenDropout < 1):
		return data.BadOption("token_dropout", "is %g, expected 0 or more and less than 1", c.TokenDropout)
	}
	return nil
}

func (c Common) rule() data.CellRule {
	return data.CellRule{Column: c.Column, As: data.AsText, Missing: c.Missing}
}

// NGramsOptions say how the words of a text become bags of ids; package ngrams
// has the rules.
type NGramsOptions struct {
	// Ids that words and n-grams share; more keep them apart better and take more memory.
	Buckets int `yaml:"buckets" json:"buckets" default:"20000" validate:"gte=1,lte=16777216"`
	// Characters of the shortest n-grams.
	MinN int `yaml:"min_n" json:"min_n" default:"3" validate:"gte=1,lte=10"`
	// Characters of the longest n-grams.
	MaxN int `yaml:"max_n" json:"max_n" default:"5" validate:"lte=10,gtefield=MinN"`
	// Most ids of a word, its own included.
	MaxPerWord int `yaml:"max_per_word" json:"max_per_word" default:"24" validate:"gte=1,lte=1024"`
	// Adds, after the words, a bag for each pair of neighbours.
	WordBigrams bool `yaml:"word_bigrams" json:"word_bigrams"`
	// Maps letters to lower case.
	Lowercase bool `yaml:"lowercase" json:"lowercase" default:"true"`
	// Takes accents and other nonspacing marks away.
	StripAccents bool `yaml:"strip_accents" json:"strip_accents"`
	// Unicode normal form: none, nfc, nfd, nfkc or nfkd.
	Normalization string `yaml:"normalization" json:"normalization" default:"nfkc" validate:"oneof=none nfc nfd nfkc nfkd"`
}
