package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/chiasm-ml/chiasm/explain"
)

// attentionMap is one module's attention from one input to another.
type attentionMap struct {
	Path, Title string
	ID          string
	Sentence    string
	Whole       *heat    // what is looked at, over all that look: a picture
	Chips       []chip   // or tokens
	Looks       []look   // each token's own look at the picture
	Seen        []look   // from which places each token is looked at
	Heads       []look   // each head's look, over all that look
	Matrix      *weights // tokens by tokens
}

// look is a small map with what looks.
type look struct {
	Name string
	Heat *heat
}

// weights are a table of tokens by tokens.
type weights struct {
	Columns []axisLabel
	Rows    []weightRow
}

type weightRow struct {
	Name  axisLabel
	Cells []weightCell
}

// Heat of a weightCell is 0 to 10.
type weightCell struct {
	Heat  int
	Value string
}

// mostCells bounds the rows and columns of a table of weights.
const mostCells = 24

// newAttention draws maps: those of pictures first, then others between inputs,
// and of an input to itself behind them. Places of a picture that look at each
// other are too many to be looked at.
func newAttention(all []explain.Attention, pictures []viewed) (out []attentionMap, left string) {
	for _, turn := range []int{0, 1, 2} {
		for _, a := range all {
			if turnOf(a) != turn || len(out) >= maxMaps {
				continue
			}
			m := newAttentionMap(a, pictures)
			m.ID = "attention-" + strconv.Itoa(len(out))
			out = append(out, m)
		}
	}
	if n := len(all) - len(out); n > 0 {
		left = counted(n, "more map is", "more maps are") + " in the row's JSON file."
	}
	return out, left
}

// turnOf says when a map is drawn; 3 is never.
func turnOf(a explain.Attention) int {
	switch {
	case len(a.Mean) == 0 || a.From == a.To && a.FromGrid != nil || a.ToGrid == nil && a.ToTokens == nil:
		return 3
	case a.ToGrid != nil:
		return 0
	case a.From != a.To:
		return 1
	}
	return 2
}

func newAttentionMap(a explain.Attention, pictures []viewed) attentionMap {
	m := attentionMap{Path: label(a.Path), Title: fmt.Sprintf("%s to %s, layer %d", inline(a.From), inline(a.To), a.Layer)}
	over := normal(columnMeans(a.Mean))
	picture := viewOf(pictures, a.To)
	switch {
	case a.ToGrid != nil:
		m.Whole = newLook(over, *a.ToGrid, picture, "Where "+inline(a.From)+" looks, over all its tokens.")
		if a.FromTokens != nil {
			for i, t := range a.FromTokens[:min(len(a.FromTokens), maxLooks)] {
				m.Looks = append(m.Looks, look{label(t), newLook(normal(a.Mean[i]), *a.ToGrid, picture, "Where "+inline(t)+" looks.")})
			}
		}
		for h, head := range a.Heads[:min(len(a.Heads), maxHeads)] {
			if len(a.Heads) > 1 {
				name := "head " + strconv.Itoa(h)
				m.Heads = append(m.Heads, look{name, newLook(normal(columnMeans(head)), *a.ToGrid, picture, "Where "+name+" looks, over all tokens.")})
			}
		}
		m.Sentence = strongest(over, a.ToGrid[1])
	case a.ToTokens != nil:
		m.Chips = attendedChips(a.ToTokens, over)
		if a.FromGrid != nil {
			from := viewOf(pictures, a.From)
			for j, t := range a.ToTokens[:min(len(a.ToTokens), maxLooks)] {
				m.Seen = append(m.Seen, look{label(t), newLook(seenFrom(a.Mean, j), *a.FromGrid, from, "From where "+inline(t)+" is looked at.")})
			}
		}
		if a.FromTokens != nil {
			m.Matrix = newWeights(a)
		}
	}
	return m
}

// columnMeans are the mean weights that each key is given.
func columnMeans(rows [][]float32) []float64 {
	out := make([]float64, len(rows[0]))
	for _, row := range rows {
		for j, w := range row {
			out[j] += float64(w) / float64(len(rows))
		}
	}
	return out
}

// seenFrom is what each query gives the j-th key.
func seenFrom(rows [][]float32, j int) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = float64(row[j])
	}
	return normal(out)
}

func normal[T float32 | float64](xs []T) []float64 {
	sum := 0.0
	for _, x := range xs {
		sum += float64(x)
	}
	out := make([]float64, len(xs))
	for i, x := range xs {
		if sum > 0 {
			out[i] = float64(x) / sum
		}
	}
	return out
}

// newLook dims what is not looked at.
func newLook(w []float64, grid [2]int, of *viewed, alt string) *heat {
	h := newHeat(grid, of)
	h.Kind = "looking"
	most := largest(w)
	for i, x := range w {
		if most > 0 {
			h.add(i/grid[1], i%grid[1], "dim", 0.82*(1-x/most), percent(x))
		}
	}
	h.Alt = alt + " " + strongest(w, grid[1])
	return h
}

// strongest says in words where most is.
func strongest(w []float64, width int) string {
	best := 0
	for i, x := range w {
		if x > w[best] {
			best = i
		}
	}
	return fmt.Sprintf("Most is at row %d, column %d: %s.", best/width+1, best%width+1, percent(w[best]))
}

func attendedChips(tokens []string, w []float64) []chip {
	most := largest(w)
	var out []chip
	for i, t := range tokens[:min(len(tokens), maxTokens, len(w))] {
		level := 0.0
		if most > 0 {
			level = w[i] / most
		}
		out = append(out, chip{Text: label(t), Value: percent(w[i]), Class: "seen", Level: fraction(level)})
	}
	return out
}

func newWeights(a explain.Attention) *weights {
	m := &weights{}
	for _, t := range a.ToTokens[:min(len(a.ToTokens), mostCells)] {
		m.Columns = append(m.Columns, axisLabel{label(t), whole(t)})
	}
	for i, t := range a.FromTokens[:min(len(a.FromTokens), mostCells)] {
		row := weightRow{Name: axisLabel{label(t), whole(t)}}
		for _, w := range a.Mean[i][:len(m.Columns)] {
			row.Cells = append(row.Cells, weightCell{Heat: int(math.Round(10 * float64(w))), Value: percent(float64(w))})
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}
