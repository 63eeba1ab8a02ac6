package ngrams

import (
	"fmt"
	"sync"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// Config configures how a text becomes bags.
type Config struct {
	// Buckets is the number of ids that words and n-grams share.
	Buckets int `yaml:"buckets" default:"20000" validate:"min=1,max=16777216"`
	// MinN is the length of the shortest n-grams, in characters.
	MinN int `yaml:"min_n" default:"3" validate:"min=1,max=10"`
	// MaxN is the length of the longest n-grams, in characters.
	MaxN int `yaml:"max_n" default:"5" validate:"min=1,max=10,gtefield=MinN"`
	// MaxWords is how many words of a text are used; the rest is truncated.
	MaxWords int `yaml:"max_words" default:"16" validate:"min=1,max=4096"`
	// MaxPerWord is the maximum number of ids of a word, including its own.
	MaxPerWord int `yaml:"max_per_word" default:"24" validate:"min=1,max=1024"`
	// WordBigrams adds a bag with a single id for each pair of adjacent words, after the words and
	// within MaxWords.
	WordBigrams bool `yaml:"word_bigrams"`
	// Lowercase maps letters to lower case.
	Lowercase bool `yaml:"lowercase" default:"true"`
	// StripAccents removes accents and other nonspacing marks.
	StripAccents bool `yaml:"strip_accents"`
	// Normalization is the Unicode normal form: none, nfc, nfd, nfkc or nfkd.
	Normalization string `yaml:"normalization" default:"nfkc" validate:"oneof=none nfc nfd nfkc nfkd"`
}

// Defaults returns the default Config.
func Defaults() Config {
	return Config{
		Buckets: 20000, MinN: 3, MaxN: 5, MaxWords: 16, MaxPerWord: 24,
		Lowercase: true, Normalization: "nfkc",
	}
}

// A ConfigError reports a value out of bounds. Exit code 2.
type ConfigError struct {
	Key     string // as in YAML
	Problem string
}

func (e *ConfigError) Error() string { return e.Key + ": " + e.Problem }

// ExitCode is 2, for an invalid config.
func (*ConfigError) ExitCode() int { return 2 }

func (c Config) check() error {
	for _, b := range []struct {
		key             string
		value, min, max int
	}{
		{"buckets", c.Buckets, 1, 1 << 24},
		{"min_n", c.MinN, 1, 10},
		{"max_n", c.MaxN, c.MinN, 10},
		{"max_words", c.MaxWords, 1, 4096},
		{"max_per_word", c.MaxPerWord, 1, 1024},
	} {
		if b.value < b.min || b.value > b.max {
			return &ConfigError{b.key, fmt.Sprintf("%d is not possible; expected %d to %d", b.value, b.min, b.max)}
		}
	}
	return nil
}

// A Hasher converts texts to bags in a fixed way. It is immutable and safe for concurrent use.
type Hasher struct {
	config   Config
	splitter *words.Splitter
	scratch  sync.Pool
}

// scratch is the working memory of one call.
type scratch struct {
	words, tracked *words.Scanner
	padded         []byte   // "<word>"
	starts         []int    // start of each character in padded, and its end
	hashes         []uint32 // of n-grams
	order          []uint32 // the same, mixed and sorted
	pair           []byte   // the last word and the preceding one
	pairs          []uint32 // hashes of pairs
}

// New returns the Hasher for a Config. It returns a *ConfigError or a *words.ConfigError (exit code
// 2) for values out of bounds.
func New(c Config) (*Hasher, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s, err := words.New(words.Config{Normalization: c.Normalization, Lowercase: c.Lowercase, StripAccents: c.StripAccents})
	if err != nil {
		return nil, err
	}
	h := &Hasher{config: c, splitter: s}
	h.scratch.New = func() any { return &scratch{words: s.Scanner(false), tracked: s.Scanner(true)} }
	return h, nil
}

// Config returns the Hasher's Config.
func (h *Hasher) Config() Config { return h.config }

// Size is the number of ids including padding, which is the number of rows of an embedding.
func (h *Hasher) Size() int {
	if h == nil {
		return 0
	}
	return h.config.Buckets + 1
}

// Fill writes the bags of a text: ids (T, G) into dst, and into mask (T) 1 for each bag and 0 for
// none, where T is MaxWords and G is MaxPerWord. The rest of dst is 0. It returns the number of
// bags, 0 for a text without words. No text is an error. It panics if dst or mask has another
// length.
func (h *Hasher) Fill(dst []int, mask []float32, text string) int {
	t, g := h.config.MaxWords, h.config.MaxPerWord
	if len(dst) != t*g || len(mask) != t {
		panic(fmt.Sprintf("ngrams: Fill got %d ids and a mask of %d; MaxWords %d and MaxPerWord %d need %d and %d", len(dst), len(mask), t, g, t*g, t))
	}
	clear(dst)
	clear(mask)
	sc := h.scratch.Get().(*scratch)
	defer h.scratch.Put(sc)
	sc.pair, sc.pairs = sc.pair[:0], sc.pairs[:0]
	n := 0
	for sc.words.Reset(text); n < t && sc.words.Next(); n++ {
		word := sc.words.Word()
		h.bag(dst[n*g:(n+1)*g], sc, word)
		mask[n] = 1
		if h.config.WordBigrams {
			sc.neighbour(word, n > 0)
		}
	}
	for _, pair := range sc.pairs {
		if n == t {
			break
		}
		dst[n*g] = h.id(pair)
		mask[n] = 1
		n++
	}
	return n
}

// AppendSpans appends, for each bag that Fill writes for a text, the range of bytes of the text it
// represents. The text must be below 4 GiB.
func (h *Hasher) AppendSpans(dst []words.Span, text string) []words.Span {
	sc := h.scratch.Get().(*scratch)
	defer h.scratch.Put(sc)
	first := len(dst)
	for sc.tracked.Reset(text); len(dst)-first < h.config.MaxWords && sc.tracked.Next(); {
		dst = append(dst, sc.tracked.Span(0, len(sc.tracked.Word())))
	}
	if h.config.WordBigrams {
		all := dst[first:]
		for i := 1; i < len(all) && len(dst)-first < h.config.MaxWords; i++ {
			dst = append(dst, words.Span{Start: all[i-1].Start, End: all[i].End})
		}
	}
	return dst
}
