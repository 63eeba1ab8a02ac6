package explain

import (
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/model"
)

// tokens are some tokens of a sequence: of an input that the row has, or an
// operator's own.
type tokens struct {
	name  string
	from  int // in the sequence
	n     int // that exist
	own   bool
	words []string
	grid  *[2]int
}

// attention reads the maps of the last look.
func (e *Explainer) attention(row Row) []Attention {
	all := []Attention{}
	for i, a := range e.look.attentions {
		weights := e.look.program.Output(attentionOutput(i))
		keys, read := length(a.Keys), e.tokens(row, a.of, a.Keys)
		if !slices.ContainsFunc(read, func(k tokens) bool { return !k.own }) {
			continue // there was nothing of the row to look at
		}
		for _, q := range e.tokens(row, a.of, a.Queries) {
			for _, k := range read {
				m := Attention{
					Path: a.Path(), From: q.name, To: k.name, Layer: a.Layer,
					FromTokens: q.words, ToTokens: k.words, FromGrid: q.grid, ToGrid: k.grid,
				}
				m.read(weights, e.look.heads[i], length(a.Queries), keys, q, k)
				all = append(all, m)
			}
		}
	}
	return all
}

// read takes the weights from q to k out of (H, Tq, Tk).
func (m *Attention) read(weights []float32, heads, queries, keys int, q, k tokens) {
	m.Mean = make([][]float32, q.n)
	for i := range m.Mean {
		m.Mean[i] = make([]float32, k.n)
	}
	many := heads*q.n*k.n > MostWeights
	for h := range heads {
		var head [][]float32
		for i := range q.n {
			at := (h*queries+q.from+i)*keys + k.from
			for j, w := range weights[at : at+k.n] {
				m.Mean[i][j] += w / float32(heads)
			}
			if !many {
				head = append(head, slices.Clone(weights[at:at+k.n]))
			}
		}
		if !many {
			m.Heads = append(m.Heads, head)
		}
	}
}

func length(spans []fusion.Span) int {
	n := 0
	for _, s := range spans {
		n += s.Tokens
	}
	return n
}

// tokens are those of spans that exist in the row.
func (e *Explainer) tokens(row Row, of *model.Network, spans []fusion.Span) []tokens {
	var out []tokens
	from := 0
	for _, s := range spans {
		t := tokens{name: s.Name, from: from, n: s.Tokens, own: s.Own}
		from += s.Tokens
		input := slices.IndexFunc(e.inputs, func(in data.Input) bool { return in.Name == s.Name })
		if !s.Own && input >= 0 {
			if row.Items[input] == nil {
				continue
			}
			e.describe(&t, row, of, input)
		}
		if t.n > 0 {
			out = append(out, t)
		}
	}
	return out
}

// describe says what the tokens of an input stand for.
func (e *Explainer) describe(t *tokens, row Row, of *model.Network, input int) {
	in := e.inputs[input]
	if g, ok := of.Encoders()[slices.Index(of.InputNames(), in.Name)].(encoders.Gridded); ok {
		if h, w := g.Grid(); h*w == t.n {
			t.grid = &[2]int{h, w}
		}
	}
	if t.grid == nil {
		t.called(in.Features(), row.Names[input])
	}
	if t.words == nil && t.n == 1 {
		t.words = []string{in.Name}
	}
}

// called names tokens of which there is one a place of the features, or one for so
// many neighbouring places. Of places under a mask, those that the row does not
// fill are no tokens.
func (t *tokens) called(features []data.Feature, names [][]string) {
	places, padded, masked := &parts{}, false, false
	for j, f := range features {
		if f.Role == data.Values && names[j] != nil {
			n, _, _ := f.Places()
			places.next()
			places.add(f, names[j], make([]float64, n))
		}
		padded = padded || f.Role == data.Mask
		masked = masked || f.Role == data.Mask && f.Len() == t.n
	}
	switch n := len(places.names); {
	case masked: // one token a word
		t.words = slices.Concat(names...)
		t.words = t.words[:min(len(t.words), t.n)]
		t.n = len(t.words)
	case padded: // which places a token stands for, and whether there are any, is not known
	case n == t.n:
		t.words = places.names
	case n > 0 && n+1 == t.n: // the vector of all of them stands behind them
		t.words = append(slices.Clone(places.names), map[bool]string{false: "all columns", true: "all places"}[places.series])
	case places.series && t.n > 0 && n > t.n && n%t.n == 0:
		t.words = inRanges(places.names, n/t.n)
	}
}
