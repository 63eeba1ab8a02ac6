package signal

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality"
	"github.com/chiasm-ml/chiasm/rng"
)

// Type is the input `signal`, for config.AddModality.
func Type() modality.Type {
	return modality.Of("signal", "a column of series of numbers", New)
}

// rule says how cells are read: as lists of numbers, of which a short one is filled up
// and a long one cut. Tables, requests and exported programs read them alike.
func (p *Preprocessor) rule() data.CellRule {
	o := p.state.Options
	return data.CellRule{
		Column: o.Column, As: data.AsNumbers, Missing: o.Missing, Arrays: true,
		List: &data.ListRule{Length: o.Length, Short: true, Long: true},
	}
}

// Rules is the one of the column.
func (p *Preprocessor) Rules() []data.CellRule { return []data.CellRule{p.rule()} }

// Fields is what a form asks for.
func (p *Preprocessor) Fields() []data.Field {
	o := p.state.Options
	return []data.Field{{
		Name: o.Column, Type: data.AsNumbers, Required: !p.MayMiss(), Length: o.Length, Shorter: true,
		About: "readings in their order, with equal times between them",
	}}
}

// Names are those of the readings, for explanations.
func (p *Preprocessor) Names(*data.Table, int, data.Feature) ([]string, error) {
	names := make([]string, p.state.Options.Length)
	for i := range names {
		names[i] = "reading " + strconv.Itoa(i+1)
	}
	return names, nil
}

// Baseline is a series that says nothing: the mean reading throughout.
func (p *Preprocessor) Baseline(dst []data.Slot) string {
	for _, s := range dst {
		clear(s.F32)
	}
	return "the mean reading"
}

// View is the curve of a row's series, for reports.
func (p *Preprocessor) View(t *data.Table, row int, column string) (data.View, error) {
	s, err := p.series(t, row)
	if err != nil || s == nil {
		return data.View{Type: data.AsNumbers}, err
	}
	return data.View{Type: data.AsNumbers, Curve: [][]float32{s}}, nil
}

// Prelude leaves the standardisation to an exported graph, which is given readings as
// the cells have them.
func (p *Preprocessor) Prelude(f data.Feature) (data.Prelude, bool) {
	scaling := data.Scaling{Transform: "none", Mean: p.state.Mean, Std: p.state.Std}
	return data.Prelude{Type: data.Float64, Shape: f.Shape, Steps: []data.Step{data.Standardise{scaling}}}, true
}

// Raw is the readings as the cell has them, NaN where a short series ends.
func (p *Preprocessor) Raw(t *data.Table, row int, _ data.Item, _ data.Feature, dst data.Raw) error {
	v, err := t.ReadCell(p.rule(), row)
	copy(dst.F64, v.Numbers)
	return err
}

// Sample is a made-up series, some of them short, for export --check without data.
func (p *Preprocessor) Sample(_ string, k rng.Key) string {
	s := make([]float64, 1+k.IntN(0, p.state.Options.Length))
	for i := range s {
		s[i] = p.state.Mean + 2*p.state.Std*k.Normal(1+i)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b)
}

// Fingerprint is the series' bits: what splits must not share.
func (p *Preprocessor) Fingerprint(it data.Item) string {
	s, ok := it.(series)
	if !ok {
		return ""
	}
	var b []byte
	for _, v := range s {
		b = strconv.AppendUint(append(b, ' '), uint64(math.Float32bits(v)), 16)
	}
	return string(b)
}
