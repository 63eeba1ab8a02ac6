package explain

import (
	"github.com/chiasm-ml/chiasm/data"
)

// parts are values of named places, feature by feature.
type parts struct {
	names  []string
	values []float64
	open   bool // the last name may have neighbours
	series bool // the places have an order that is theirs: time, not columns
}

// mostParts is how many places of a series are told apart; of more, neighbours are
// summed.
const mostParts = 64

// next begins a feature, whose names are not those of the one before.
func (p *parts) next() { p.open = false }

// add takes the values of a feature's places. Without names they are one value, under
// the feature's own name. Values behind the names are those of padding.
func (p *parts) add(f data.Feature, names []string, values []float64) {
	if names == nil {
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		p.names, p.values = append(p.names, f.Name), append(p.values, sum)
		return
	}
	p.series = p.series || f.Has(data.TimeAxis) || f.Has(data.FrameAxis) || f.Has(data.PlaceAxis) || f.Has(data.PointAxis)
	for i, v := range values[:min(len(names), len(values))] {
		if last := len(p.names) - 1; p.open && p.names[last] == names[i] {
			p.values[last] += v
			continue
		}
		p.names, p.values, p.open = append(p.names, names[i]), append(p.values, v), true
	}
}

// few sums neighbours of a series that is too long to show.
func (p *parts) few() {
	n := len(p.values)
	if !p.series || n <= mostParts {
		return
	}
	each := (n + mostParts - 1) / mostParts
	var values []float64
	for i := 0; i < n; i += each {
		sum := 0.0
		for _, v := range p.values[i:min(i+each, n)] {
			sum += v
		}
		values = append(values, sum)
	}
	p.names, p.values = inRanges(p.names, each), values
}

// inRanges are names of so many neighbours each, from the first to the last of them.
func inRanges(names []string, each int) []string {
	var out []string
	for i := 0; i < len(names); i += each {
		first, last := names[i], names[min(i+each, len(names))-1]
		if first != last {
			first += " to " + last
		}
		out = append(out, first)
	}
	return out
}

// kind is that of the attribution.
func (p *parts) kind() string {
	if p.series {
		return Places
	}
	return Columns
}
