package data

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data/tokenizer"
	"github.com/chiasm-ml/chiasm/rng"
)

// TextConfig makes an input of a column of texts.
type TextConfig struct {
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
func (c TextConfig) Validate() error {
	switch {
	case c.Column == "":
		return &ConfigError{"column", "name the column of texts"}
	case c.MaxTokens < 1 || c.MaxTokens > mostTokens:
		return &ConfigError{"max_tokens", fmt.Sprintf("is %d, expected 1 to %d", c.MaxTokens, mostTokens)}
	case c.Missing != MissingError && c.Missing != MissingMask:
		return &ConfigError{"missing", fmt.Sprintf("%q, expected error or mask", c.Missing)}
	case !(c.TokenDropout >= 0 && c.TokenDropout < 1):
		return &ConfigError{"token_dropout", fmt.Sprintf("is %g, expected 0 or more and less than 1", c.TokenDropout)}
	}
	return nil
}

// text is the text of a row; false if it is missing and may be.
func (c TextConfig) text(t *Table, row int, notes *Notes) (string, bool, error) {
	column, err := t.Column(c.Column)
	if err != nil {
		return "", false, err
	}
	cell, err := t.read(c.rule(), column, row)
	if err != nil {
		return "", false, err
	}
	if cell.Missing {
		notes.Cell(c.Column, Masked)
		return "", false, nil
	}
	if notes != nil && !utf8.ValidString(cell.Text) {
		notes.Cell(c.Column, NotUTF8)
	}
	return cell.Text, true, nil
}

// A dropout says which tokens of a text are left out.
type dropout struct {
	p    float64
	key  rng.Key
	kept int // the token that stays where all would go; -1 if some stay anyway
}

// dropout draws for a text of n tokens.
func (c TextConfig) dropout(n int, a Augment) dropout {
	d := dropout{key: a.Key, kept: -1}
	if !a.On || c.TokenDropout == 0 {
		return d
	}
	d.p = c.TokenDropout
	for i := range n {
		if d.keeps(i) {
			return d
		}
	}
	if n > 0 {
		d.kept = d.key.IntN(n, n)
	}
	return d
}

// keeps reports whether the i-th token stays.
func (d dropout) keeps(i int) bool {
	return d.p == 0 || i == d.kept || d.key.Float64(i) >= d.p
}

// Tokens is the Preprocessor of texts as sub-word tokens, for a transformer. It
// learns its vocabulary from the training rows. Its features:
//
//	ids   (T) Int  token ids; 0 is padding
//	mask  (T)      1 for a token, 0 for padding
type Tokens struct {
	state     tokensState
	tokenizer *tokenizer.Tokenizer
}

type tokensState struct {
	Config    TextConfig        `json:"config"`
	Tokenizer tokenizer.Options `json:"tokenizer"`
}

// NewTokens makes a preprocessor that Fit completes.
func NewTokens(c TextConfig, o tokenizer.Options) (*Tokens, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	tok, err := tokenizer.Train(context.Background(), func(func(string) bool) {}, o) // checks the options
	if err != nil {
		return nil, err
	}
	return &Tokens{tokensState{c, o}, tok}, nil
}

// Kind is "tokens".
func (p *Tokens) Kind() string { return "tokens" }

// Columns is the one column.
func (p *Tokens) Columns() []string { return []string{p.state.Config.Column} }

// Config is what the preprocessor was made with.
func (p *Tokens) Config() TextConfig { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Tokens) MayMiss() bool { return p.state.Config.Missing == MissingMask }

// Tokenizer is the learnt vocabulary.
func (p *Tokens) Tokenizer() *tokenizer.Tokenizer { return p.tokenizer }

// Features is ids (T) and mask (T).
func (p *Tokens) Features() []Feature {
	t := p.state.Config.MaxTokens
	return []Feature{
		{Name: "ids", Axes: []Axis{WordAxis}, Shape: []int{t}, Int: true, Sizes: []int{p.tokenizer.Size()}},
		{Name: "mask", Role: Mask, Axes: []Axis{WordAxis}, Shape: []int{t}},
	}
}

// Fit learns the vocabulary.
func (p *Tokens) Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error {
	texts, fail := p.state.Config.texts(t, rows, notes)
	tok, err := tokenizer.Train(ctx, texts, p.state.Tokenizer)
	if err := fail(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	p.tokenizer = tok
	return nil
}

// texts goes over the texts of some rows, and warns if there is none. It ends
// at the first error, which fail returns.
func (c TextConfig) texts(t *Table, rows []int, notes *Notes) (texts iter.Seq[string], fail func() error) {
	var failed error
	return func(yield func(string) bool) {
		present := 0
		for _, row := range rows {
			text, ok, err := c.text(t, row, nil)
			if err != nil {
				if failed = t.Skip(err); failed != nil {
					return
				}
			}
			if ok {
				if present++; !yield(text) {
					return
				}
			}
		}
		if present == 0 {
			notes.Warn("column %s has no text in any training row", show(c.Column))
		}
	}, func() error { return failed }
}

// tokensItem is the ids of a text.
type tokensItem []int32

func (i tokensItem) Bytes() int { return 4*len(i) + 24 }

// Load tokenises the text of a row.
func (p *Tokens) Load(t *Table, row int, notes *Notes) (Item, error) {
	c := p.state.Config
	text, ok, err := c.text(t, row, notes)
	if err != nil || !ok {
		return nil, err
	}
	ids := p.tokenizer.Append(nil, text, c.MaxTokens+1) // one more, to see whether it is cut
	if len(ids) > c.MaxTokens {
		ids = p.tokenizer.Append(ids[:0], text, c.MaxTokens)
		notes.Cell(c.Column, Truncated)
	}
	if !slices.ContainsFunc(ids, p.ordinary) {
		notes.Cell(c.Column, NoTokens)
	} else if slices.Contains(ids, p.tokenizer.Unknown()) {
		notes.Cell(c.Column, UnknownText)
	}
	return tokensItem(slices.Clip(ids)), nil
}

// ordinary reports whether an id stands for a part of the text.
func (p *Tokens) ordinary(id int32) bool {
	return id != p.tokenizer.CLS() && id != p.tokenizer.SEP()
}

// Write copies the ids; for training it leaves some of them out.
func (p *Tokens) Write(item Item, dst []Slot, a Augment) {
	Clear(dst)
	ids, ok := item.(tokensItem)
	if !ok {
		return
	}
	ordinary := 0
	for _, id := range ids {
		if p.ordinary(id) {
			ordinary++
		}
	}
	drop := p.state.Config.dropout(ordinary, a)
	n, seen := 0, 0
	for _, id := range ids {
		if p.ordinary(id) {
			seen++
			if !drop.keeps(seen - 1) {
				continue
			}
		}
		dst[0].Int[n], dst[1].F32[n] = int(id), 1
		n++
	}
}

// MarshalJSON writes the config; the vocabulary is in Files.
func (p *Tokens) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores the config; SetFiles restores the vocabulary.
func (p *Tokens) UnmarshalJSON(b []byte) error {
	var s tokensState
	if err := DecodeStrict(b, &s); err != nil {
		return err
	}
	fresh, err := NewTokens(s.Config, s.Tokenizer)
	if err != nil {
		return err
	}
	*p = *fresh
	return nil
}

// Files is the vocabulary as tokenizer.json.
func (p *Tokens) Files() (map[string][]byte, error) {
	var b bytes.Buffer
	if err := p.tokenizer.Save(&b); err != nil {
		return nil, err
	}
	return map[string][]byte{tokenizerFile: b.Bytes()}, nil
}

const tokenizerFile = "tokenizer.json"

// SetFiles restores the vocabulary.
func (p *Tokens) SetFiles(files map[string][]byte) error {
	b, ok := files[tokenizerFile]
	if !ok {
		return fmt.Errorf("%s is missing", tokenizerFile)
	}
	tok, err := tokenizer.Load(bytes.NewReader(b))
	if err != nil {
		return err
	}
	p.tokenizer = tok
	return nil
}
