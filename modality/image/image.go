// Package image is the input `image`: a column of image files, resized to one size.
package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// mostForMeans bounds the training images that mean and deviation are taken
// from, evenly spaced: of so many, the error is far below one grey level.
const mostForMeans = 4096

// Preprocessor reads a column of images. Its one feature is
//
//	pixels  (C, H, W)  (value/255 − mean) / std of each channel
//
// with the mean and deviation of the config or, over at most 4,096 of them, of
// the training rows.
type Preprocessor struct {
	state  state
	source data.Files
	load   imaging.Options
	ahead  *decodedAhead // what Fit decoded
}

type state struct {
	Config Options   `json:"config"`
	Mean   []float32 `json:"mean"`
	Std    []float32 `json:"std"`
}

// New makes a preprocessor that Fit completes. Images are read from where ReadFrom says.
func New(c Options) (*Preprocessor, error) {
	p := &Preprocessor{}
	if err := p.restore(state{Config: c, Mean: c.Mean, Std: c.Std}); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Preprocessor) restore(s state) error {
	c := s.Config
	if err := c.Validate(); err != nil {
		return err
	}
	background, err := c.background()
	if err != nil {
		return err
	}
	p.state = s
	p.load = imaging.Options{Width: c.Size[1], Height: c.Size[0], Channels: c.Channels, Background: background, Fit: c.Fit}
	return nil
}

// ReadFrom sets where images are read from.
func (p *Preprocessor) ReadFrom(source data.Files) { p.source, p.ahead = source, nil }

// Kind is "image".
func (p *Preprocessor) Kind() string { return "image" }

// Columns is the one column.
func (p *Preprocessor) Columns() []string { return []string{p.state.Config.Column} }

// Config is what the preprocessor was made with.
func (p *Preprocessor) Config() Options { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Preprocessor) MayMiss() bool { return p.state.Config.Missing == data.MissingMask }

// MeanStd is the mean and deviation of each channel, from 0 to 1.
func (p *Preprocessor) MeanStd() (mean, std []float32) { return p.state.Mean, p.state.Std }

// Features is pixels (C, H, W).
func (p *Preprocessor) Features() []data.Feature {
	c := p.state.Config
	return []data.Feature{{Name: "pixels", Axes: []data.Axis{data.ChannelAxis, data.HeightAxis, data.WidthAxis}, Shape: []int{c.Channels, c.Size[0], c.Size[1]}}}
}

// Fit takes mean and deviation from training rows, if the config has none.
func (p *Preprocessor) Fit(ctx context.Context, t *data.Table, rows []int, notes *data.Notes) error {
	c := p.state.Config
	if c.Mean != nil {
		return nil
	}
	n := min(len(rows), mostForMeans)
	stats := make([]imaging.Stats, n)
	ahead := newDecodedAhead(t)
	err := t.Each(ctx, n, func(i int) error {
		row := rows[i*len(rows)/n]
		item, err := p.Load(t, row, nil)
		if item != nil {
			raster := item.(*picture).Raster
			stats[i].Add(raster)
			ahead.put(row, raster)
		}
		return err
	})
	if err != nil {
		return err
	}
	var all imaging.Stats
	for i := range stats {
		all.Merge(&stats[i])
	}
	p.ahead = ahead
	p.state.Mean, p.state.Std = all.MeanStd()
	if len(p.state.Mean) == 0 {
		notes.Warn("column %s has no image in any training row", phrase.Quote(c.Column))
		p.state.Mean, p.state.Std = make([]float32, c.Channels), slices.Repeat([]float32{1}, c.Channels)
	}
	return nil
}

type picture struct{ *imaging.Raster }

func (p *picture) Bytes() int { return len(p.Pix) + 64 }

// Load decodes and resizes the image of a row.
func (p *Preprocessor) Load(t *data.Table, row int, notes *data.Notes) (data.Item, error) {
	c := p.state.Config
	cell, err := t.ReadCell(c.rule(), row)
	if err != nil {
		return nil, err
	}
	if cell.Missing {
		notes.Cell(c.Column, data.Masked)
		return nil, nil
	}
	if raster := p.ahead.take(t, row); raster != nil {
		return &picture{raster}, nil
	}
	if p.source == nil {
		return nil, errors.New("the image input has no folder to read from")
	}
	b, err := p.source.ReadFile(cell.Text)
	if errors.Is(err, fs.ErrNotExist) && c.Missing == data.MissingMask {
		notes.Cell(c.Column, data.NoFile)
		if odd := data.OddPath(cell.Text); odd != "" {
			notes.WarnOf(cell.Text, "column %s names files that are not there by %s", phrase.Quote(c.Column), odd)
		}
		return nil, nil
	}
	if err != nil {
		e := t.Errorf(row, c.Column, "")
		e.Err = err
		return nil, e
	}
	raster, err := imaging.Load(b, p.load)
	if err != nil {
		e := t.Errorf(row, c.Column, "%s", phrase.Quote(cell.Text))
		e.Err = err
		return nil, e
	}
	return &picture{raster}, nil
}

// Write normalises an image, after augmenting it if asked to.
func (p *Preprocessor) Write(it data.Item, dst []data.Slot, a data.Augment) {
	image, ok := it.(*picture)
	if !ok {
		data.Clear(dst)
		return
	}
	if a.On {
		p.state.Config.Augment.Apply(dst[0].F32, image.Raster, p.state.Mean, p.state.Std, a.Key)
		return
	}
	imaging.Normalize(dst[0].F32, image.Raster, p.state.Mean, p.state.Std)
}

// MarshalJSON writes the config and what Fit learnt.
func (p *Preprocessor) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote. Images are then read from
// where ReadFrom says.
func (p *Preprocessor) UnmarshalJSON(b []byte) error {
	var s state
	if err := data.DecodeStrict(b, &s); err != nil {
		return err
	}
	if len(s.Mean) != s.Config.Channels || len(s.Std) != s.Config.Channels {
		return fmt.Errorf("%d means and %d deviations for %d channels", len(s.Mean), len(s.Std), s.Config.Channels)
	}
	for i := range s.Mean {
		if m, d := float64(s.Mean[i]), float64(s.Std[i]); math.IsNaN(m) || math.IsInf(m, 0) || !(d > 0) || math.IsInf(d, 0) {
			return fmt.Errorf("mean %g and deviation %g", m, d)
		}
	}
	return p.restore(s)
}

// AppendBinary is the picture's values.
func (p *picture) AppendBinary(b []byte) ([]byte, error) { return append(b, p.Pix...), nil }

// Steady says whether pictures are never augmented.
func (p *Preprocessor) Steady() bool { return p.state.Config.Augment == imaging.Augment{} }
