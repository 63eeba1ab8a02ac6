package export

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"strconv"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// noise gives the same made-up picture under a name each time.
type noise struct{ key rng.Key }

// ReadImage makes the picture of a number.
func (n noise) ReadImage(cell string) ([]byte, error) {
	i, err := strconv.Atoi(cell)
	if err != nil {
		return nil, fs.ErrNotExist
	}
	key := n.key.Int(i)
	m := image.NewNRGBA(image.Rect(0, 0, 5+key.IntN(0, 60), 5+key.IntN(1, 60)))
	for j := range m.Pix {
		m.Pix[j] = uint8(key.IntN(2+j, 256))
	}
	var b bytes.Buffer
	err = png.Encode(&b, m)
	return b.Bytes(), err
}

// RandomRows are n made-up rows for a model's inputs, of which some lack cells
// where the model allows it, and the source of their images. They need no data.
// An input of a kind of another package is an error: what its cells are like is
// not known here.
func RandomRows(b *bundle.Bundle, n int) (*data.Table, data.ImageSource, error) {
	if err := b.Check(); err != nil {
		return nil, nil, err
	}
	key := rng.New(1).Name("export")
	seen := map[string]bool{}
	var columns []*data.Column
	add := func(name string, optional bool, cell func(key rng.Key) string) {
		if seen[name] {
			return
		}
		seen[name] = true
		cells := make([]string, n)
		for i := range cells {
			k := key.Name(name).Int(i)
			if !optional || k.IntN(0, 8) > 0 {
				cells[i] = cell(k)
			}
		}
		columns = append(columns, data.Strings(name, cells...))
	}
	for _, in := range b.Inputs {
		switch p := in.Preprocessor.(type) {
		case *data.Image:
			add(in.Columns()[0], p.MayMiss(), func(k rng.Key) string { return strconv.Itoa(k.IntN(1, 1<<20)) })
		case *data.Tokens, *data.NGrams:
			add(in.Columns()[0], p.(data.Optional).MayMiss(), text)
		case *data.Tabular:
			for _, rule := range p.Rules() {
				if rule.As == data.AsDate {
					add(rule.Column, p.MayMiss(), func(k rng.Key) string { return date(rule.Date, k) })
				}
			}
			for i, s := range p.Scalings()[:len(p.Config().Numeric)] {
				add(p.Config().Numeric[i], p.MayMiss(), func(k rng.Key) string { return number(s, k) })
			}
			for i, values := range p.Categories() {
				add(p.Config().Categorical[i], p.MayMiss(), func(k rng.Key) string {
					if j := k.IntN(1, len(values)+1); j < len(values) {
						return values[j]
					}
					return "none of them"
				})
			}
		default:
			return nil, nil, fmt.Errorf("input %s is of the kind %s, for which no random rows can be made", in.Name, in.Kind())
		}
	}
	table, err := data.NewTable("random rows", columns...)
	return table, noise{key}, err
}

// number is like those of its column, some of them its own knots, and some far
// away.
func number(s data.Scaling, k rng.Key) string {
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

// date is one of the thousand days before the newest.
func date(r *data.DateRule, k rng.Key) string {
	return r.Format(r.Newest - float64(k.IntN(1, 1000*86400)))
}

// syllables are what made-up texts are made of.
var syllables = []string{
	"an", "to", "re", "Li", "MA", "so", "né", "ß", "-", " ", " ", " ", " ", ", ", "7", "12", "!", "日", "本", "ﬁ", "É", "Ω", "ё", "ا", "🙂", "[MASK]", "İ", "\u00ad",
}

func text(k rng.Key) string {
	out := "a"
	for i := range 3 + k.IntN(1, 30) {
		out += syllables[k.IntN(2+i, len(syllables))]
	}
	return out
}
