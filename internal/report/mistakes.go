package report

import "github.com/chiasm-ml/chiasm/head"

// A card is a mistake as it is shown.
type card struct {
	Row             string
	True, Predicted axisLabel
	Probability     string // empty: none is shown
	TrueProbability string
	Bar, TrueBar    string
	Error           string // of a regression
	Pictures        []thumbnail
	Curves          []drawn
	Texts           []Field
	Values          []Field
	More            string // what was left out
}

func (p *Page) cards() []card {
	var all []card
	for _, m := range p.Mistakes[:min(len(p.Mistakes), MaxMistakes)] {
		all = append(all, m.card(p.Task))
	}
	return all
}

func (m *Mistake) card(task string) card {
	c := card{
		Row:       "row " + count(m.Row),
		True:      axisLabel{label(m.True), whole(m.True)},
		Predicted: axisLabel{label(m.Predicted), whole(m.Predicted)},
	}
	if m.Probability != 0 && finite(m.Probability) {
		c.Probability, c.Bar = percent(m.Probability), bar(m.Probability)
		c.TrueProbability, c.TrueBar = percent(m.TrueProbability), bar(m.TrueProbability)
	}
	if head.FormNamed(task) == head.Number {
		c.Error = signed(m.Error)
	}
	for _, p := range m.Pictures[:min(len(m.Pictures), maxPictures)] {
		c.Pictures = append(c.Pictures, newThumbnail(p, c.Row))
	}
	for _, curve := range m.Curves[:min(len(m.Curves), maxTexts)] {
		c.Curves = append(c.Curves, curve.draw(curve.Name))
	}
	for _, f := range m.Texts[:min(len(m.Texts), maxTexts)] {
		c.Texts = append(c.Texts, Field{label(f.Name), text(f.Value)})
	}
	c.Values = fields(m.Values, maxValues)
	left := len(m.Curves) - len(c.Curves) + len(m.Pictures) - len(c.Pictures) + len(m.Texts) - len(c.Texts) + len(m.Values) - len(c.Values)
	if left > 0 {
		c.More = counted(left, "more value", "more values")
	}
	return c
}

// fields makes names and values safe to show, at most so many.
func fields(fs []Field, limit int) []Field {
	var out []Field
	for _, f := range fs[:min(len(fs), limit)] {
		out = append(out, Field{label(f.Name), label(f.Value)})
	}
	return out
}
