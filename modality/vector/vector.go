package vector

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// Preprocessor reads vectors. Its one feature is
//
//	vector  (N)
//
// with the numbers normalised as Options.Normalize says.
type Preprocessor struct {
	state   state
	columns []string
	files   data.Files // of cells that name .npy files
}

// state is what a model file holds.
type state struct {
	Options Options   `json:"options"`
	Length  int       `json:"length"`
	Mean    []float64 `json:"mean,omitempty"` // of each place; of standard
	Std     []float64 `json:"std,omitempty"`
}

// New makes a preprocessor that Fit completes.
func New(o Options) (*Preprocessor, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	p := &Preprocessor{}
	return p, p.restore(state{Options: o, Length: o.Length})
}

func (p *Preprocessor) restore(s state) error {
	columns, err := s.Options.columns()
	if err != nil {
		return err
	}
	if len(s.Options.Columns) > 0 {
		s.Length = len(columns)
	}
	p.state, p.columns = s, columns
	return nil
}

// Kind is "vector".
func (p *Preprocessor) Kind() string { return "vector" }

// Columns is the one column, or one for each number.
func (p *Preprocessor) Columns() []string { return p.columns }

// MayMiss says whether rows may lack the input.
func (p *Preprocessor) MayMiss() bool { return p.state.Options.Missing == data.MissingMask }

// ReadFrom says where .npy files are that cells name.
func (p *Preprocessor) ReadFrom(files data.Files) { p.files = files }

// apart says whether each number has a column of its own.
func (p *Preprocessor) apart() bool { return len(p.state.Options.Columns) > 0 }

// Rules are those of Columns.
func (p *Preprocessor) Rules() []data.CellRule {
	var rules []data.CellRule
	for i, name := range p.columns {
		r := data.CellRule{Column: name, As: data.AsNumbers, Missing: p.state.Options.Missing, Arrays: true}
		if p.apart() {
			r.As, r.Arrays, r.Range = data.AsNumber, false, p.bounds(i)
		} else if p.state.Length > 0 {
			r.List = &data.ListRule{Length: p.state.Length}
		}
		rules = append(rules, r)
	}
	return rules
}

// bounds are those of the i-th number: beyond them float32 would lose what a layer does
// with it.
func (p *Preprocessor) bounds(i int) *[2]float64 {
	b := [2]float64{-math.MaxFloat32, math.MaxFloat32}
	if i < len(p.state.Mean) {
		m, d := p.state.Mean[i], data.Farthest*p.state.Std[i]
		b = [2]float64{max(b[0], m-d), min(b[1], m+d)}
	}
	return &b
}

// Fields are those of Columns.
func (p *Preprocessor) Fields() []data.Field {
	var fields []data.Field
	for _, r := range p.Rules() {
		f := data.Field{Name: r.Column, Type: r.As, Required: !p.MayMiss()}
		if r.As == data.AsNumbers {
			f.Length = p.state.Length
		}
		fields = append(fields, f)
	}
	return fields
}

// Features is vector (N).
func (p *Preprocessor) Features() []data.Feature {
	return []data.Feature{{Name: "vector", Axes: []data.Axis{data.PlaceAxis}, Shape: []int{p.state.Length}}}
}

// Names are the columns, or the places from 0.
func (p *Preprocessor) Names(*data.Table, int, data.Feature) ([]string, error) {
	if p.apart() {
		return p.columns, nil
	}
	names := make([]string, p.state.Length)
	for i := range names {
		names[i] = p.state.Options.Column + " " + strconv.Itoa(i)
	}
	return names, nil
}

// Baseline is the mean of the training rows, or zeros.
func (p *Preprocessor) Baseline(dst []data.Slot) string {
	for _, s := range dst {
		clear(s.F32)
	}
	if p.state.Options.Normalize == Standard {
		return "the training rows' mean"
	}
	return "zeros"
}

// numbers are those of a row, as the cells have them; nil where the row lacks them.
func (p *Preprocessor) numbers(t *data.Table, row int, rules []data.CellRule, notes *data.Notes) ([]float64, error) {
	if !p.apart() {
		v, err := t.ReadNumbers(rules[0], row, p.files, notes)
		return v.Numbers, err
	}
	out, missing := make([]float64, len(rules)), -1
	for i, r := range rules {
		v, err := t.ReadCell(r, row)
		if err != nil {
			return nil, err
		}
		if out[i] = v.Number; v.Missing {
			missing = i
		}
	}
	if missing < 0 {
		return out, nil
	}
	for _, r := range rules { // a row lacks all of them or none
		if v, _ := t.ReadCell(r, row); !v.Missing {
			return nil, t.Errorf(row, rules[missing].Column, "the cell is empty, and that of %q is not", r.Column).
				WithHint("fill all numbers of the vector in, or none of them")
		}
	}
	return nil, nil
}

// Fit finds the length, and the mean and deviation of each place.
func (p *Preprocessor) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
	s := p.state
	s.Mean, s.Std, s.Length = nil, nil, s.Options.Length
	if err := p.restore(s); err != nil {
		return err
	}
	var n float64
	var mean, spread []float64
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := p.numbers(t, row, p.Rules(), nil)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		if p.state.Length == 0 {
			if len(v) > mostLength {
				return t.Errorf(row, p.columns[0], "the list has %d numbers, expected at most %d", len(v), mostLength)
			}
			p.state.Length = len(v)
		}
		if n == 0 {
			mean, spread = make([]float64, len(v)), make([]float64, len(v))
		}
		n++
		for i, x := range v { // Welford (1962)
			before := x - mean[i]
			mean[i] += before / n
			spread[i] += before * (x - mean[i])
		}
	}
	if n == 0 {
		notes.Warn("column %q has no vector in any training row", p.columns[0])
		p.state.Length = max(p.state.Length, 1)
		mean, spread = make([]float64, p.state.Length), make([]float64, p.state.Length)
	}
	if p.state.Options.Normalize != Standard {
		return nil
	}
	p.state.Mean, p.state.Std = mean, make([]float64, len(mean))
	constant := 0
	for i := range mean {
		p.state.Std[i] = 1
		// Numbers that are equal but for the rounding of float32 are not divided by it.
		if std := math.Sqrt(spread[i] / max(n, 1)); std > 1e-6*math.Abs(mean[i]) {
			p.state.Std[i] = std
		} else {
			constant++
		}
	}
	if constant > 0 && n > 1 {
		notes.Warn("column %q: %d of %d numbers are the same in every training row", p.columns[0], constant, len(mean))
	}
	return nil
}

// item is a normalised vector.
type item []float32

// Bytes is its size in memory.
func (v item) Bytes() int { return 4*len(v) + 24 }

// Load reads and normalises the vector of a row.
func (p *Preprocessor) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
	var own data.Notes
	v, err := p.numbers(t, row, p.Rules(), &own)
	if err != nil {
		return nil, err
	}
	if v == nil {
		for _, name := range p.columns {
			reason := data.Masked
			if len(own.Cells()) > 0 {
				reason = data.NoFile
			}
			notes.Cell(name, reason)
		}
		return nil, nil
	}
	length := 1.0
	if p.state.Options.Normalize == L2 {
		sum := 0.0
		for _, x := range v {
			sum += x * x
		}
		if sum > 0 {
			length = math.Sqrt(sum)
		}
	}
	out := make(item, len(v))
	for i, x := range v {
		if p.state.Mean != nil {
			x = (x - p.state.Mean[i]) / p.state.Std[i]
		}
		x /= length
		if math.Abs(x) > data.Farthest {
			return nil, t.Errorf(row, p.columns[min(i, len(p.columns)-1)], "number %d of the vector lies more than 1e9 standard deviations from the mean of the training rows", i+1).
				WithHint("correct it")
		}
		out[i] = float32(x)
	}
	return out, nil
}

// Write copies a vector; there is nothing to augment.
func (p *Preprocessor) Write(it data.Item, dst []data.Slot, _ data.Augment) {
	for _, s := range dst {
		clear(s.F32)
	}
	if v, ok := it.(item); ok && len(dst) > 0 {
		copy(dst[0].F32, v)
	}
}

// Prelude takes the numbers as the cells have them, and normalises them.
func (p *Preprocessor) Prelude(f data.Feature) (data.Prelude, bool) {
	x := data.Prelude{Type: data.Float64, Shape: f.Shape}
	switch p.state.Options.Normalize {
	case L2:
		x.Steps = []data.Step{data.UnitLength{}}
	case Standard:
		var all data.Standardise
		for i := range p.state.Mean {
			all = append(all, data.Scaling{Transform: "none", Mean: p.state.Mean[i], Std: p.state.Std[i]})
		}
		x.Steps = []data.Step{all}
	}
	return x, true
}

// Raw is the numbers as the cells have them.
func (p *Preprocessor) Raw(t *data.Table, row int, _ data.Item, _ data.Feature, dst data.Raw) error {
	v, err := p.numbers(t, row, p.Rules(), nil)
	copy(dst.F64, v)
	return err
}

// View is the curve of the vector; of numbers in columns of their own, the number.
func (p *Preprocessor) View(t *data.Table, row int, column string) (data.View, error) {
	c, err := t.Column(column)
	if err != nil {
		return data.View{}, err
	}
	view := data.View{Type: data.AsNumber, Text: c.Cell(row).Text}
	if p.apart() {
		return view, nil
	}
	v, err := p.numbers(t, row, p.Rules(), nil)
	if err != nil || v == nil {
		return view, err
	}
	line := make([]float32, len(v))
	for i, x := range v {
		line[i] = float32(x)
	}
	view.Type, view.Curve = data.AsNumbers, [][]float32{line}
	return view, nil
}

// Fingerprint is the vector's bits.
func (p *Preprocessor) Fingerprint(it data.Item) string {
	v, ok := it.(item)
	if !ok {
		return ""
	}
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		u := math.Float32bits(x)
		b = append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
	}
	return string(b)
}

// Sample is numbers near those of the training rows.
func (p *Preprocessor) Sample(column string, k rng.Key) string {
	one := func(i int) float64 {
		v := k.Normal(i)
		if p.state.Mean != nil {
			v = p.state.Mean[i] + 2*p.state.Std[i]*v
		}
		return v
	}
	if p.apart() {
		return strconv.FormatFloat(one(max(slices.Index(p.columns, column), 0)), 'g', -1, 64)
	}
	v := make([]float64, p.state.Length)
	for i := range v {
		v[i] = one(i)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// MarshalJSON writes the options and what Fit learnt.
func (p *Preprocessor) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (p *Preprocessor) UnmarshalJSON(b []byte) error {
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if err := s.Options.Validate(); err != nil {
		return err
	}
	if s.Length < 1 || s.Length > mostLength {
		return fmt.Errorf("vector: a length of %d", s.Length)
	}
	if standard := s.Options.Normalize == Standard; standard && (len(s.Mean) != s.Length || len(s.Std) != s.Length) || !standard && s.Mean != nil {
		return fmt.Errorf("vector: %d means and %d deviations for a length of %d", len(s.Mean), len(s.Std), s.Length)
	}
	for i := range s.Mean {
		if m, d := s.Mean[i], s.Std[i]; math.IsNaN(m) || math.IsInf(m, 0) || !(d > 0) || math.IsInf(d, 0) {
			return fmt.Errorf("vector: mean %g and deviation %g", m, d)
		}
	}
	length := s.Length
	if err := p.restore(s); err != nil {
		return err
	}
	if p.state.Length != length {
		return fmt.Errorf("vector: a length of %d for %d columns", length, p.state.Length)
	}
	return nil
}
