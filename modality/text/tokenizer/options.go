package tokenizer

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// Models.
const (
	WordPiece = "wordpiece"
	BPE       = "bpe"
)

// Options configure how a vocabulary is learned.
type Options struct {
	// Model is wordpiece or bpe (over bytes, so no text is unknown to it).
	Model string `yaml:"model" default:"wordpiece" validate:"oneof=wordpiece bpe"`
	// VocabSize is the maximum number of tokens to learn, including special ones. Fewer are learned
	// if the texts have no more pairs that are frequent enough. bpe needs at least 261.
	VocabSize int `yaml:"vocab_size" default:"8000" validate:"min=64,max=262144"`
	// MinFrequency is how often a pair of adjacent tokens must occur to be merged.
	MinFrequency int `yaml:"min_frequency" default:"2" validate:"min=1"`
	// Lowercase maps letters to lower case.
	Lowercase bool `yaml:"lowercase" default:"true"`
	// StripAccents removes accents and other nonspacing marks.
	StripAccents bool `yaml:"strip_accents"`
	// Normalization is the Unicode normal form: none, nfc, nfd, nfkc or nfkd.
	Normalization string `yaml:"normalization" default:"nfkc" validate:"oneof=none nfc nfd nfkc nfkd"`
	// SpecialTokens puts [CLS] before each text and [SEP] after it.
	SpecialTokens bool `yaml:"special_tokens" default:"true"`
}

// Defaults returns the default options.
func Defaults() Options {
	return Options{
		Model: WordPiece, VocabSize: 8000, MinFrequency: 2,
		Lowercase: true, Normalization: "nfkc", SpecialTokens: true,
	}
}

const (
	maxVocab     = 1 << 18
	minVocab     = 64
	maxWordChars = 100 // BERT's limit: a longer word is one [UNK]
)

// An OptionError reports an option outside its bounds. Exit code 2.
type OptionError struct {
	Key     string // as in YAML
	Problem string
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Problem }

// ExitCode is 2: the configuration is wrong.
func (*OptionError) ExitCode() int { return 2 }

func (o Options) check() error {
	smallest := minVocab
	switch o.Model {
	case WordPiece:
	case BPE:
		smallest = len(specialTokens) + 256
	default:
		return &OptionError{"model", fmt.Sprintf("%q is not a model; expected wordpiece or bpe", o.Model)}
	}
	if o.VocabSize < smallest || o.VocabSize > maxVocab {
		return &OptionError{"vocab_size", fmt.Sprintf("%d is not possible for %s; expected %d to %d", o.VocabSize, o.Model, smallest, maxVocab)}
	}
	if o.MinFrequency < 1 {
		return &OptionError{"min_frequency", fmt.Sprintf("%d is below 1", o.MinFrequency)}
	}
	return nil
}

func (o Options) words() words.Config {
	return words.Config{Normalization: o.Normalization, Lowercase: o.Lowercase, StripAccents: o.StripAccents}
}
