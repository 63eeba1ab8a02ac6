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
	ClearValues(p, dst)
	return "zeros"
}

// ClearValues makes what is no mask and no flag 0.
func ClearValues(p Preprocessor, dst []Slot) {
	if p == nil {
		return
	}
	for i, f := range p.Features() {
		if f.Role == Values && i < len(dst) {
			Clear(dst[i : i+1])
		}
	}
}
