// Package text is the input `text`: a column of texts, as sub-words (Tokens) or as bags of
// hashed n-grams (NGrams), by which of them its encoder reads.
package text

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

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
	Config    Common            `json:"config"`
	Tokenizer tokenizer.Options `json:"tokenizer"`
}

// NewTokens makes a preprocessor that Fit completes.
func NewTokens(c Common, o tokenizer.Options) (*Tokens, error) {
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
func (p *Tokens) Config() Common { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Tokens) MayMiss() bool { return p.state.Config.Missing == data.MissingMask }

// Tokenizer is the learnt vocabulary.
func (p *Tokens) Tokenizer() *tokenizer.Tokenizer { return p.tokenizer }

// Features is ids (T) and mask (T).
func (p *Tokens) Features() []data.Feature {
	t := p.state.Config.MaxTokens
	return []data.Feature{
		{Name: "ids", Axes: []data.Axis{data.WordAxis}, Shape: []int{t}, Int: true, Sizes: []int{p.tokenizer.Size()}},
		{Name: "mask", Role: data.Mask, Axes: []data.Axis{data.WordAxis}, Shape: []int{t}},
	}
}

// Fit learns the vocabulary.
func (p *Tokens) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
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

// tokensItem is the ids of a text.
type tokensItem []int32

func (i tokensItem) Bytes() int { return 4*len(i) + 24 }

// Load tokenises the text of a row.
func (p *Tokens) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
	c := p.state.Config
	text, ok, err := c.text(t, row, notes)
	if err != nil || !ok {
		return nil, err
	}
	ids := p.tokenizer.Append(nil, text, c.MaxTokens+1) // one more, to see whether it is cut
	if len(ids) > c.MaxTokens {
		ids = p.tokenizer.Append(ids[:0], text, c.MaxTokens)
		notes.Cell(c.Column, data.Truncated)
	}
	if !slices.ContainsFunc(ids, p.ordinary) {
		notes.Cell(c.Column, data.NoTokens)
	} else if slices.Contains(ids, p.tokenizer.Unknown()) {
		notes.Cell(c.Column, data.UnknownText)
	}
	return tokensItem(slices.Clip(ids)), nil
}

// ordinary reports whether an id stands for a part of the text.
func (p *Tokens) ordinary(id int32) bool {
	return id != p.tokenizer.CLS() && id != p.tokenizer.SEP()
}

// Write copies the ids; for training it leaves some of them out.
func (p *Tokens) Write(item data.Item, dst []data.Slot, a data.Augment) {
	data.Clear(dst)
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
	if err := data.DecodeStrict(b, &s); err != nil {
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
	return map[string][]byte{TokenizerFile: b.Bytes()}, nil
}

// TokenizerFile is the vocabulary, in a model and in an exported folder.
const TokenizerFile = "tokenizer.json"

// SetFiles restores the vocabulary.
func (p *Tokens) SetFiles(files map[string][]byte) error {
	b, ok := files[TokenizerFile]
	if !ok {
		return fmt.Errorf("%s is missing", TokenizerFile)
	}
	tok, err := tokenizer.Load(bytes.NewReader(b))
	if err != nil {
		return err
	}
	p.tokenizer = tok
	return nil
}

// AppendBinary is the ids.
func (i tokensItem) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(b, binary.LittleEndian, []int32(i))
}

// Steady says whether no token is ever dropped.
func (p *Tokens) Steady() bool { return p.state.Config.TokenDropout == 0 }
