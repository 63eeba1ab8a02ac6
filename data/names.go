package data

import "fmt"

// A Namer is a Preprocessor that says what the places of its features stand for:
// words, columns, seconds. Explanations name what they show by it. For places of a
// picture there is no need of names.
type Namer interface {
	// Names are those of the places of a feature with the role Values, first to last,
	// along its first axis that is not ChannelAxis. There may be fewer than places: the
	// rest is padding. Neighbours of one name are parts of one thing, as the sine and
	// the cosine of a month are, and count together.
	Names(t *Table, row int, f Feature) ([]string, error)
}

// A Baseliner is a Preprocessor that knows what a row looks like that says nothing,
// from which explanations measure.
type Baseliner interface {
	// Baseline overwrites what Write wrote for a row, one slot a feature, and says in
	// a few words what stands there instead. What a Mask or a Flag tells stays. Without
	// this method numbers and ids become 0.
	Baseline(dst []Slot) (says string)
}

// Places is the number of places of a feature along the axis that Namer names, and
// the number of values at each, which lie side by side if inner is true, and
// otherwise as many values apart as there are places.
func (f Feature) Places() (places, each int, inner bool) {
	axis := 0
	if len(f.Axes) > 1 && f.Axes[0] == ChannelAxis {
		axis = 1
	}
	if axis >= len(f.Shape) {
		return 1, f.Len(), true
	}
	places = f.Shape[axis]
	return places, f.Len() / max(places, 1), axis == 0
}

// NamesOf are the names of the places of a feature: those of a Namer; of others,
// numbers along the axis that the feature declares, as in "time 3", and nil if it
// declares none.
func NamesOf(p Preprocessor, t *Table, row int, f Feature) ([]string, error) {
	if f.Role != Values || f.Has(HeightAxis) && f.Has(WidthAxis) {
		return nil, nil
	}
	if n, ok := p.(Namer); ok {
		return n.Names(t, row, f)
	}
	places, _, inner := f.Places()
	axis := 0
	if !inner {
		axis = 1
	}
	if axis >= len(f.Axes) || f.Axes[axis] == "" {
		return nil, nil
	}
	names := make([]string, places)
	for i := range names {
		names[i] = fmt.Sprintf("%s %d", f.Axes[axis], i+1)
	}
	return names, nil
}

// BaselineOf makes a row say nothing, and tells how. What is no Values stays.
func BaselineOf(p Preprocessor, dst []Slot) (says string) {
	if p == nil {
		return ""
	}
	if b, ok := p.(Baseliner); ok {
		return b.Baseline(dst)
	}
	clearValues(p, dst)
	return "zeros"
}

// clearValues leaves masks and flags.
func clearValues(p Preprocessor, dst []Slot) {
	for i, f := range p.Features() {
		if f.Role == Values && i < len(dst) {
			Clear(dst[i : i+1])
		}
	}
}

// Baseline is the mean colour of the training images, which Write makes 0.
func (p *Image) Baseline(dst []Slot) string {
	Clear(dst)
	return "the mean colour of the training images"
}

// Baseline is padding in place of words, between the tokens that stand around every
// text.
func (p *Tokens) Baseline(dst []Slot) string {
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
func (p *NGrams) Baseline(dst []Slot) string {
	Clear(dst[:min(1, len(dst))])
	return paddingForWords
}

const paddingForWords = "padding in place of words"

// Baseline is means of the training rows, which Write makes 0, and unknown
// categories.
func (p *Tabular) Baseline(dst []Slot) string {
	clearValues(p, dst)
	return "the training rows' mean, and unknown categories"
}

// Names are the pieces of a row's text that its tokens stand for; the special
// ones, which stand for none, have their names.
func (p *Tokens) Names(t *Table, row int, _ Feature) ([]string, error) {
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
func (p *NGrams) Names(t *Table, row int, _ Feature) ([]string, error) {
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

// Names are the columns; a column of dates has a place for each of its parts.
func (p *Tabular) Names(_ *Table, _ int, f Feature) ([]string, error) {
	c := p.state.Config
	if f.Int {
		return c.Categorical, nil
	}
	names := append([]string{}, c.Numeric...)
	for i, r := range p.state.Dates {
		for range r.Parts {
			names = append(names, c.Dates[i])
		}
	}
	return names, nil
}
