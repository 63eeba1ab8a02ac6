package text

import (
	"context"
	"encoding/binary"
	"encoding/json"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/ngrams"
)

// NGrams is the Preprocessor of texts as bags of hashed words and character
// n-grams, for short texts and little data. It learns nothing, so no word is
// unknown to it. Its features, with T = Common.MaxTokens and G =
// NGramsOptions.MaxPerWord:
//
//	ids   (T, G) Int  the ids of each word; 0 is padding
//	mask  (T)         1 for a word, 0 for padding
type NGrams struct {
	state  ngramsState
	hasher *ngrams.Hasher // of one word more than is read, to see whether a text is cut
}

type ngramsState struct {
	Config Common        `json:"config"`
	NGrams NGramsOptions `json:"ngrams"`
}

// mostWords is one less than what package ngrams can read.
const mostWords = 4095

// NewNGrams makes a preprocessor.
func NewNGrams(c Common, o NGramsOptions) (*NGrams, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.MaxTokens > mostWords {
		return nil, data.BadOption("max_tokens", "is %d, expected at most %d words for n-grams", c.MaxTokens, mostWords)
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
func (p *NGrams) Config() (Common, NGramsOptions) { return p.state.Config, p.state.NGrams }

// MayMiss says whether rows may lack the input.
func (p *NGrams) MayMiss() bool { return p.state.Config.Missing == data.MissingMask }

// Features is ids (T, G) and mask (T).
func (p *NGrams) Features() []data.Feature {
	t, g := p.state.Config.MaxTokens, p.state.NGrams.MaxPerWord
	return []data.Feature{
		{Name: "ids", Axes: []data.Axis{data.WordAxis, ""}, Shape: []int{t, g}, Int: true, Sizes: []int{p.hasher.Size()}},
		{Name: "mask", Role: data.Mask, Axes: []data.Axis{data.WordAxis}, Shape: []int{t}},
	}
}

// Fit learns nothing; it checks that no text is missing that must be there.
func (p *NGrams) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
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
func (p *NGrams) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
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
		notes.Cell(c.Column, data.NoTokens)
	case n > c.MaxTokens:
		notes.Cell(c.Column, data.Truncated)
		n = c.MaxTokens
	}
	item := make(ngramsItem, n*g)
	for i := range item {
		item[i] = int32(ids[i])
	}
	return item, nil
}

// Write copies the bags; for training it leaves some of them out.
func (p *NGrams) Write(item data.Item, dst []data.Slot, a data.Augment) {
	data.Clear(dst)
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
	if err := data.DecodeStrict(b, &s); err != nil {
		return err
	}
	fresh, err := NewNGrams(s.Config, s.NGrams)
	if err != nil {
		return err
	}
	*p = *fresh
	return nil
}

// AppendBinary is the ids of the bags.
func (i ngramsItem) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(b, binary.LittleEndian, []int32(i))
}

// Steady says whether no word is ever dropped.
func (p *NGrams) Steady() bool { return p.state.Config.TokenDropout == 0 }
