package data

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/ngrams"
)

// NGramsConfig says how the words of a text become bags of ids; package ngrams
// has the rules.
type NGramsConfig struct {
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

// NGrams is the Preprocessor of texts as bags of hashed words and character
// n-grams, for short texts and little data. It learns nothing, so no word is
// unknown to it. Its features, with T = TextConfig.MaxTokens and G =
// NGramsConfig.MaxPerWord:
//
//	ids   (T, G) Int  the ids of each word; 0 is padding
//	mask  (T)         1 for a word, 0 for padding
type NGrams struct {
	state  ngramsState
	hasher *ngrams.Hasher // of one word more than is read, to see whether a text is cut
}

type ngramsState struct {
	Config TextConfig   `json:"config"`
	NGrams NGramsConfig `json:"ngrams"`
}

// mostWords is one less than what package ngrams can read.
const mostWords = 4095

// NewNGrams makes a preprocessor.
func NewNGrams(c TextConfig, o NGramsConfig) (*NGrams, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.MaxTokens > mostWords {
		return nil, &ConfigError{"max_tokens", fmt.Sprintf("is %d, expected at most %d words for n-grams", c.MaxTokens, mostWords)}
	}
	h, err := ngrams.New(ngrams.Config{
		Buckets: o.Buckets, MinN: o.MinN, MaxN: o.MaxN, MaxPerWord: o.MaxPerWord, MaxWords: c.MaxTokens + 1,
		WordBigrams: o.WordBigrams, Lowercase: o.Lowercase, StripAccents: o.StripAccents, Normalization: o.Normalization,
	})
	if err != nil {
		return nil, err
	}
	return &NGrams{ngramsState{c, o}, h}, nil
}

// Kind is "ngrams".
func (p *NGrams) Kind() string { return "ngrams" }

// Columns is the one column.
func (p *NGrams) Columns() []string { return []string{p.state.Config.Column} }

// Config is what the preprocessor was made with.
func (p *NGrams) Config() (TextConfig, NGramsConfig) { return p.state.Config, p.state.NGrams }

// MayMiss says whether rows may lack the input.
func (p *NGrams) MayMiss() bool { return p.state.Config.Missing == MissingMask }

// Features is ids (T, G) and mask (T).
func (p *NGrams) Features() []Feature {
	t, g := p.state.Config.MaxTokens, p.state.NGrams.MaxPerWord
	return []Feature{
		{Name: "ids", Axes: []Axis{WordAxis, ""}, Shape: []int{t, g}, Int: true, Sizes: []int{p.hasher.Size()}},
		{Name: "mask", Role: Mask, Axes: []Axis{WordAxis}, Shape: []int{t}},
	}
}

// Fit learns nothing; it checks that no text is missing that must be there.
func (p *NGrams) Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error {
	texts, fail := p.state.Config.texts(t, rows, notes)
	for range texts {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fail()
}

// ngramsItem is the bags of a text, one after the other.
type ngramsItem []int32

func (i ngramsItem) Bytes() int { return 4*len(i) + 24 }

// Load hashes the text of a row.
func (p *NGrams) Load(t *Table, row int, notes *Notes) (Item, error) {
	c := p.state.Config
	text, ok, err := c.text(t, row, notes)
	if err != nil || !ok {
		return nil, err
	}
	g := p.state.NGrams.MaxPerWord
	ids := make([]int, (c.MaxTokens+1)*g)
	n := p.hasher.Fill(ids, make([]float32, c.MaxTokens+1), text)
	switch {
	case n == 0:
		notes.Cell(c.Column, NoTokens)
	case n > c.MaxTokens:
		notes.Cell(c.Column, Truncated)
		n = c.MaxTokens
	}
	item := make(ngramsItem, n*g)
	for i := range item {
		item[i] = int32(ids[i])
	}
	return item, nil
}

// Write copies the bags; for training it leaves some of them out.
func (p *NGrams) Write(item Item, dst []Slot, a Augment) {
	Clear(dst)
	bags, ok := item.(ngramsItem)
	if !ok {
		return
	}
	g := p.state.NGrams.MaxPerWord
	drop := p.state.Config.dropout(len(bags)/g, a)
	n := 0
	for i := range len(bags) / g {
		if !drop.keeps(i) {
			continue
		}
		for j, id := range bags[i*g : (i+1)*g] {
			dst[0].Int[n*g+j] = int(id)
		}
		dst[1].F32[n] = 1
		n++
	}
}

// MarshalJSON writes the config.
func (p *NGrams) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (p *NGrams) UnmarshalJSON(b []byte) error {
	var s ngramsState
	if err := DecodeStrict(b, &s); err != nil {
		return err
	}
	fresh, err := NewNGrams(s.Config, s.NGrams)
	if err != nil {
		return err
	}
	*p = *fresh
	return nil
}
