package report

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/explain"
)

func sortedNames(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

// attributions are what in each input speaks for the answer.
type attributions struct {
	Of                   string
	Baseline, Value      string
	Steps, Gap, Relative string
	Inputs               []attributed
}

// attributed is one input: a picture with regions, tokens, or columns.
type attributed struct {
	Name     axisLabel
	Sum      string
	Baseline string
	Heat     *heat
	Tokens   []chip
	Columns  []signedBar
	Left     string
}

// A chip is a token with a colour behind it.
type chip struct {
	Text, Value string
	Class       string // for or against
	Level       string // 0 to 1, of the colour
}

func newAttributions(p *ExplanationPage, pictures []viewed, curves []drawn) *attributions {
	if p.Completeness == nil {
		return nil
	}
	c := p.Completeness
	v := &attributions{
		Of: label(c.Of), Baseline: figure(c.Baseline), Value: figure(c.Value),
		Steps: count(c.Steps), Gap: figure(c.Gap), Relative: percent(c.RelativeGap),
	}
	for _, a := range p.Attributions {
		v.Inputs = append(v.Inputs, newAttributed(a, pictures, curves))
	}
	return v
}

func newAttributed(a explain.Attribution, pictures []viewed, curves []drawn) attributed {
	out := attributed{Name: axisLabel{label(a.Input), whole(a.Input)}, Sum: signed(a.Sum()), Baseline: a.Baseline}
	switch values := a.Values.(type) {
	case [][]float64:
		out.Heat = newSpeaking(a, values, viewOf(pictures, a.Input))
	case []float64:
		if a.Kind == explain.Words {
			out.Tokens, out.Left = speakingChips(a.Tokens, values)
			break
		}
		if a.Kind == explain.Places && len(values) > 1 {
			out.Heat = newPlaces(a, values, curveOf(curves, a.Input))
			break
		}
		n := min(len(values), maxValues)
		out.Columns = signedBars(a.Columns[:n], values[:n])
		if n < len(values) {
			out.Left = counted(len(values)-n, "more column is", "more columns are") + " left out."
		}
	}
	return out
}

func speakingChips(tokens []string, values []float64) (chips []chip, left string) {
	most := largest(values)
	for i, t := range tokens[:min(len(tokens), maxTokens)] {
		level := 0.0
		if most > 0 {
			level = math.Abs(values[i]) / most
		}
		chips = append(chips, chip{Text: label(t), Value: signed(values[i]), Class: direction(values[i]), Level: fraction(level)})
	}
	if n := len(tokens) - len(chips); n > 0 {
		left = counted(n, "more token is", "more tokens are") + " left out."
	}
	return chips, left
}

// fraction is a number between 0 and 1 for a style.
func fraction(v float64) string { return fmt.Sprintf("%.3f", min(max(v, 0), 1)) }

// newSpeaking colours the regions of a picture that speak for and against.
func newSpeaking(a explain.Attribution, values [][]float64, of *viewed) *heat {
	h := newHeat(*a.Grid, of)
	most := 0.0
	for _, row := range values {
		most = max(most, largest(row))
	}
	best, at := 0.0, [2]int{}
	for i, row := range values {
		for j, x := range row {
			if most > 0 && math.Abs(x) > 0.02*most {
				h.add(i, j, direction(x), 0.85*math.Abs(x)/most, signed(x))
			}
			if x > best {
				best, at = x, [2]int{i, j}
			}
		}
	}
	h.Kind = "speaking"
	h.Alt = fmt.Sprintf("Regions of %s in %d rows and %d columns that speak for and against the answer.", inline(a.Input), a.Grid[0], a.Grid[1])
	if best > 0 {
		h.Alt += fmt.Sprintf(" Most for it: row %d, column %d, with %s.", at[0]+1, at[1]+1, signed(best))
	}
	return h
}
