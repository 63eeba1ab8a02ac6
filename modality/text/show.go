package text

import (
	"github.com/chiasm-ml/chiasm/data"
)

// Rules is the one of the column.
func (p *Tokens) Rules() []data.CellRule { return []data.CellRule{p.state.Config.rule()} }

// Rules is the one of the column.
func (p *NGrams) Rules() []data.CellRule { return []data.CellRule{p.state.Config.rule()} }

// Fields is the one column.
func (p *Tokens) Fields() []data.Field { return p.state.Config.fields(p) }

// Fields is the one column.
func (p *NGrams) Fields() []data.Field { return p.state.Config.fields(p) }

func (c Common) fields(p data.Ruled) []data.Field {
	f := data.FieldsByRules(p)
	f[0].MaxTokens = c.MaxTokens
	return f
}

// Baseline is padding in place of words, between the tokens that stand around every
// text.
func (p *Tokens) Baseline(dst []data.Slot) string {
	for _, ids := range dst[:min(1, len(dst))] {
		for i, id := range ids.Int {
			if p.ordinary(int32(id)) {
				ids.Int[i] = 0
			}
		}
	}
	return paddingForWords
}

// Baseline is padding in place of words.
func (p *NGrams) Baseline(dst []data.Slot) string {
	data.Clear(dst[:min(1, len(dst))])
	return paddingForWords
}

const paddingForWords = "padding in place of words"

// Names are the pieces of a row's text that its tokens stand for; the special
// ones, which stand for none, have their names.
func (p *Tokens) Names(t *data.Table, row int, _ data.Feature) ([]string, error) {
	c := p.state.Config
	text, ok, err := c.text(t, row, nil)
	if err != nil || !ok {
		return nil, err
	}
	ids, spans := p.tokenizer.AppendSpans(nil, nil, text, c.MaxTokens)
	out := make([]string, len(ids))
	for i, s := range spans {
		if out[i] = text[s.Start:s.End]; s.Start == s.End {
			out[i] = p.tokenizer.Token(ids[i])
		}
	}
	return out, nil
}

// Names are the words of a row's text, and behind them their pairs, if these are
// read.
func (p *NGrams) Names(t *data.Table, row int, _ data.Feature) ([]string, error) {
	c := p.state.Config
	text, ok, err := c.text(t, row, nil)
	if err != nil || !ok {
		return nil, err
	}
	spans := p.hasher.AppendSpans(nil, text)
	out := make([]string, min(len(spans), c.MaxTokens))
	for i := range out {
		out[i] = text[spans[i].Start:spans[i].End]
	}
	return out, nil
}
