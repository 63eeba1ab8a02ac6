package signal

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/chiasm-ml/chiasm/data"
)

// Options are those of the input `signal`. Chiasm reads them from a config by
// these tags: key, default, bounds.
type Options struct {
	// Column of series: arrays of JSON, numbers with spaces between them, or paths of .npy files.
	Column string `yaml:"column" json:"column" validate:"required"`
	// Length that every series is cut to, or filled up to with the mean reading.
	Length int `yaml:"length" json:"length" default:"32" validate:"min=1,max=65536"`
	// Missing says what an empty cell means: error or mask (the row lacks this input).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask"`
	// Noise is the standard deviation of random numbers that are added while
	// training, as a share of the series' own.
	Noise float64 `yaml:"noise" json:"noise" validate:"min=0,max=10"`
}

// Preprocessor reads a column of series and standardises them by mean and
// deviation of the training rows. Its one feature is
//
//	readings  (Length)
type Preprocessor struct {
	state state
	files data.Files // of cells that name .npy files
}

// state is what a model file holds.
type state struct {
	Options Options `json:"options"`
	Mean    float64 `json:"mean"`
	Std     float64 `json:"std"`
}

// New makes a preprocessor that Fit completes.
func New(o Options) (*Preprocessor, error) {
	return &Preprocessor{state: state{Options: o, Std: 1}}, nil
}

// Kind names the preprocessor in model files.
func (p *Preprocessor) Kind() string { return "signal" }

// Columns is the one column.
func (p *Preprocessor) Columns() []string { return []string{p.state.Options.Column} }

// Features is readings (Length).
func (p *Preprocessor) Features() []data.Feature {
	return []data.Feature{{Name: "readings", Axes: []data.Axis{data.TimeAxis}, Shape: []int{p.state.Options.Length}}}
}

// ReadFrom says where .npy files are that cells name.
func (p *Preprocessor) ReadFrom(files data.Files) { p.files = files }

// MayMiss says whether rows may lack the input.
func (p *Preprocessor) MayMiss() bool { return p.state.Options.Missing == data.MissingMask }

// Fit takes mean and deviation of all readings of the training rows.
func (p *Preprocessor) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
	// Welford (1962): the squares of the readings themselves would leave rounding
	// where the mean is far from zero.
	n, mean, spread := 0.0, 0.0, 0.0
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := p.series(t, row)
		if err != nil {
			return err
		}
		for _, v := range s {
			n++
			before := float64(v) - mean
			mean += before / n
			spread += before * (float64(v) - mean)
		}
	}
	p.state.Mean, p.state.Std = 0, 1
	if n == 0 {
		notes.Warn("column %q has no readings in any training row", p.state.Options.Column)
		return nil
	}
	p.state.Mean = mean
	// Readings that are equal but for the rounding of float32 are not divided by it.
	if std := math.Sqrt(spread / n); std > 1e-6*math.Abs(mean) {
		p.state.Std = std
	}
	return nil
}

// series is the item that a data.Dataset keeps of a row.
type series []float32

// Bytes is its size in memory.
func (s series) Bytes() int { return 4*len(s) + 24 }

// series reads the cell of a row; nil where it is missing and may be.
func (p *Preprocessor) series(t *data.Table, row int) (series, error) {
	v, err := t.ReadNumbers(p.rule(), row, p.files, nil)
	if err != nil || v.Missing {
		return nil, err
	}
	s := make(series, 0, len(v.Numbers))
	for _, reading := range v.Numbers {
		if !math.IsNaN(reading) { // what a short series is filled up with
			s = append(s, float32(reading))
		}
	}
	return s, nil
}

// Load reads the series of a row.
func (p *Preprocessor) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
	s, err := p.series(t, row)
	if err != nil {
		return nil, err
	}
	if s == nil {
		notes.Cell(p.state.Options.Column, data.Masked)
		return nil, nil // and no nil series inside an Item
	}
	return s, nil
}

// Write standardises a series and, while training, adds noise to it: a function
// of the row and the epoch, so that an interrupted run goes on as it would have.
func (p *Preprocessor) Write(item data.Item, dst []data.Slot, a data.Augment) {
	out := dst[0].F32
	clear(out)
	s, ok := item.(series)
	if !ok {
		return
	}
	for i, v := range s {
		z := (float64(v) - p.state.Mean) / p.state.Std
		if a.On {
			z += p.state.Options.Noise * a.Key.Normal(i)
		}
		out[i] = float32(z)
	}
}

// MarshalJSON writes the options and what Fit learnt.
func (p *Preprocessor) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (p *Preprocessor) UnmarshalJSON(b []byte) error {
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s.Options.Length < 1 || !(s.Std > 0) {
		return fmt.Errorf("signal: a length of %d and a deviation of %g cannot be", s.Options.Length, s.Std)
	}
	p.state = s
	return nil
}
