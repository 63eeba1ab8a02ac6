package data

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"strconv"

	"github.com/chiasm-ml/chiasm/rng"
)

// A Sampler is a fitted Preprocessor that makes cells up, by which an export is checked
// without data.
type Sampler interface {
	// Sample is a cell of one of its Columns like those that it was fitted to, some of
	// them odd. Of a column of files it is the bytes of one.
	Sample(column string, key rng.Key) string
}

// Sample is a small picture of noise.
func (p *Image) Sample(_ string, k rng.Key) string {
	m := image.NewNRGBA(image.Rect(0, 0, 5+k.IntN(1, 60), 5+k.IntN(2, 60)))
	for j := range m.Pix {
		m.Pix[j] = uint8(k.IntN(3+j, 256))
	}
	var b bytes.Buffer
	if png.Encode(&b, m) != nil {
		return "" // which a buffer cannot cause
	}
	return b.String()
}

// Sample is a text of made-up words.
func (p *Tokens) Sample(_ string, k rng.Key) string { return sampleText(k) }

// Sample is a text of made-up words.
func (p *NGrams) Sample(_ string, k rng.Key) string { return sampleText(k) }

// Sample is a number or a date near those of the training rows, or one of the
// categories, or none of them.
func (p *Tabular) Sample(column string, k rng.Key) string {
	c := p.state.Config
	if i := slices.Index(c.Numeric, column); i >= 0 && i < len(p.state.Scales) {
		return sampleNumber(p.Scalings()[i], k)
	}
	if i := slices.Index(c.Dates, column); i >= 0 && i < len(p.state.Dates) {
		r := p.state.Dates[i]
		return r.Format(r.Newest - float64(k.IntN(1, 1000*86400))) // one of the thousand days before the newest
	}
	if i := slices.Index(c.Categorical, column); i >= 0 && i < len(p.state.Categories) {
		values := p.state.Categories[i]
		if j := k.IntN(1, len(values)+1); j < len(values) {
			return values[j]
		}
		return "none of them"
	}
	return ""
}

// sampleNumber is like those of its column, some of them its own knots, and some far
// away.
func sampleNumber(s Scaling, k rng.Key) string {
	v := s.Mean + 2*s.Std*k.Normal(1)
	if len(s.Knots) > 0 {
		i := k.IntN(2, len(s.Knots))
		v = s.Knots[i]
		if i > 0 && k.IntN(3, 2) > 0 {
			v -= (v - s.Knots[i-1]) * k.Float64(4)
		}
	}
	if s.Transform != "none" && k.IntN(5, 10) == 0 {
		v = 1e4 * k.Normal(6)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// syllables are what made-up texts are made of.
var syllables = []string{
	"an", "to", "re", "Li", "MA", "so", "né", "ß", "-", " ", " ", " ", " ", ", ", "7", "12", "!", "日", "本", "ﬁ", "É", "Ω", "ё", "ا", "🙂", "[MASK]", "İ", "\u00ad",
}

func sampleText(k rng.Key) string {
	out := "a"
	for i := range 3 + k.IntN(1, 30) {
		out += syllables[k.IntN(2+i, len(syllables))]
	}
	return out
}
