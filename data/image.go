package data

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/data/imaging"
)

// ImageConfig makes an input of a column of image files.
type ImageConfig struct {
	// Column of paths below the files folder.
	Column string `yaml:"column" json:"column" validate:"required"`
	// Height and width that every image is resized to.
	Size [2]int `yaml:"size,flow" json:"size" validate:"dive,gte=1,lte=2048"`
	// Channels: 1 (grey), 3 (red, green, blue) or 4 (with opacity).
	Channels int `yaml:"channels" json:"channels" default:"3" validate:"oneof=1 3 4"`
	// How an image of another shape is made to fit: stretch, pad with the background, or crop its middle.
	Fit string `yaml:"fit" json:"fit" default:"stretch" validate:"oneof=stretch pad crop"`
	// Colour behind transparent pixels, as #rrggbb.
	Background string `yaml:"background" json:"background" default:"#ffffff" validate:"hexcolor,len=7"`
	// What an empty cell, or a path where there is no file, means: error or mask (the row lacks this input).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask"`
	// Mean of each channel, from 0 to 1, which is subtracted; by default that of the training rows.
	Mean []float32 `yaml:"mean,flow,omitempty" json:"mean,omitempty" validate:"dive,gte=0,lte=1"`
	// Standard deviation of each channel, which divides; by default that of the training rows.
	Std []float32 `yaml:"std,flow,omitempty" json:"std,omitempty" validate:"dive,gt=0,lte=1"`
	// Random changes to training images.
	Augment imaging.Augment `yaml:"augment" json:"augment"`
}

// longestSide bounds Size, as its tag does: restored from a file, there are no tags.
const longestSide = 2048

// Validate returns a *ConfigError for what the tags cannot say.
func (c ImageConfig) Validate() error {
	switch {
	case c.Column == "":
		return &ConfigError{"column", "name the column of image paths"}
	case c.Size[0] < 1 || c.Size[1] < 1 || c.Size[0] > longestSide || c.Size[1] > longestSide:
		return &ConfigError{"size", fmt.Sprintf("is %v, expected height and width of 1 to %d", c.Size, longestSide)}
	case c.Channels != 1 && c.Channels != 3 && c.Channels != 4:
		return &ConfigError{"channels", fmt.Sprintf("is %d, expected 1, 3 or 4", c.Channels)}
	case !slices.Contains([]string{imaging.FitStretch, imaging.FitPad, imaging.FitCrop}, c.Fit):
		return &ConfigError{"fit", fmt.Sprintf("%q, expected stretch, pad or crop", c.Fit)}
	case c.Missing != MissingError && c.Missing != MissingMask:
		return &ConfigError{"missing", fmt.Sprintf("%q, expected error or mask", c.Missing)}
	case (c.Mean == nil) != (c.Std == nil):
		return &ConfigError{"mean", "give mean and std both, or neither"}
	case c.Mean != nil && (len(c.Mean) != c.Channels || len(c.Std) != c.Channels):
		return &ConfigError{"mean", fmt.Sprintf("mean and std need %d values, one a channel", c.Channels)}
	}
	for _, s := range c.Std {
		if !(s > 0) {
			return &ConfigError{"std", fmt.Sprintf("is %g, expected more than 0", s)}
		}
	}
	_, err := c.background()
	return err
}

func (c ImageConfig) background() (rgb [3]uint8, err error) {
	if len(c.Background) == 7 && c.Background[0] == '#' {
		if _, err := hex.Decode(rgb[:], []byte(c.Background[1:])); err == nil {
			return rgb, nil
		}
	}
	return rgb, &ConfigError{"background", fmt.Sprintf("%q, expected a colour as #rrggbb", c.Background)}
}

// mostForMeans bounds the training images that mean and deviation are taken
// from, evenly spaced: of so many, the error is far below one grey level.
const mostForMeans = 4096

// Image is the Preprocessor of a column of images. Its one feature is
//
//	pixels  (C, H, W)  (value/255 − mean) / std of each channel
//
// with the mean and deviation of the config or, over at most 4,096 of them, of
// the training rows.
type Image struct {
	state  imageState
	source Files
	load   imaging.Options
	ahead  *decodedAhead // what Fit decoded
}

type imageState struct {
	Config ImageConfig `json:"config"`
	Mean   []float32   `json:"mean"`
	Std    []float32   `json:"std"`
}

// NewImage makes a preprocessor that Fit completes. Images are read from the
// source.
func NewImage(c ImageConfig, source Files) (*Image, error) {
	p := &Image{source: source}
	if err := p.restore(imageState{Config: c, Mean: c.Mean, Std: c.Std}); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Image) restore(s imageState) error {
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

// ReadFrom sets where images are read from: one that was restored from its
// JSON has no source.
func (p *Image) ReadFrom(source Files) { p.source, p.ahead = source, nil }

// Kind is "image".
func (p *Image) Kind() string { return "image" }

// Columns is the one column.
func (p *Image) Columns() []string { return []string{p.state.Config.Column} }

// Config is what the preprocessor was made with.
func (p *Image) Config() ImageConfig { return p.state.Config }

// MayMiss says whether rows may lack the input.
func (p *Image) MayMiss() bool { return p.state.Config.Missing == MissingMask }

// MeanStd is the mean and deviation of each channel, from 0 to 1.
func (p *Image) MeanStd() (mean, std []float32) { return p.state.Mean, p.state.Std }

// Features is pixels (C, H, W).
func (p *Image) Features() []Feature {
	c := p.state.Config
	return []Feature{{Name: "pixels", Axes: []Axis{ChannelAxis, HeightAxis, WidthAxis}, Shape: []int{c.Channels, c.Size[0], c.Size[1]}}}
}

// Fit takes mean and deviation from training rows, if the config has none.
func (p *Image) Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error {
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
			raster := item.(*imageItem).Raster
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
		notes.Warn("column %s has no image in any training row", show(c.Column))
		p.state.Mean, p.state.Std = make([]float32, c.Channels), slices.Repeat([]float32{1}, c.Channels)
	}
	return nil
}

type imageItem struct{ *imaging.Raster }

func (i *imageItem) Bytes() int { return len(i.Pix) + 64 }

// Load decodes and resizes the image of a row.
func (p *Image) Load(t *Table, row int, notes *Notes) (Item, error) {
	c := p.state.Config
	column, err := t.Column(c.Column)
	if err != nil {
		return nil, err
	}
	cell, err := t.read(c.rule(), column, row)
	if err != nil {
		return nil, err
	}
	if cell.Missing {
		notes.Cell(c.Column, Masked)
		return nil, nil
	}
	if raster := p.ahead.take(t, row); raster != nil {
		return &imageItem{raster}, nil
	}
	if p.source == nil {
		return nil, errors.New("the image input has no folder to read from")
	}
	b, err := p.source.ReadFile(cell.Text)
	if errors.Is(err, fs.ErrNotExist) && c.Missing == MissingMask {
		notes.Cell(c.Column, NoFile)
		if odd := OddPath(cell.Text); odd != "" {
			notes.WarnOf(cell.Text, "column %s names files that are not there by %s", show(c.Column), odd)
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
		e := t.Errorf(row, c.Column, "%s", show(cell.Text))
		e.Err = err
		return nil, e
	}
	return &imageItem{raster}, nil
}

// Write normalises an image, after augmenting it if asked to.
func (p *Image) Write(item Item, dst []Slot, a Augment) {
	image, ok := item.(*imageItem)
	if !ok {
		Clear(dst)
		return
	}
	if a.On {
		p.state.Config.Augment.Apply(dst[0].F32, image.Raster, p.state.Mean, p.state.Std, a.Key)
		return
	}
	imaging.Normalize(dst[0].F32, image.Raster, p.state.Mean, p.state.Std)
}

// MarshalJSON writes the config and what Fit learnt.
func (p *Image) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote. Images are then read from
// where ReadFrom says.
func (p *Image) UnmarshalJSON(b []byte) error {
	var s imageState
	if err := DecodeStrict(b, &s); err != nil {
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

// leastLikeness is the correlation from which two images count as near identical:
// compressed or resized anew they have above 0.995, another drawing with the same hash far
// less.
const leastLikeness = 0.99

// SimilarityHash tells pictures apart by their larger shapes.
func (p *Image) SimilarityHash(item Item) (uint64, bool) {
	i, ok := item.(*imageItem)
	if !ok {
		return 0, false
	}
	return i.DifferenceHash()
}

// Resembles compares pictures pixel by pixel.
func (p *Image) Resembles(a, b Item) bool {
	x, ok := a.(*imageItem)
	y, also := b.(*imageItem)
	return ok && also && imaging.Likeness(x.Raster, y.Raster) >= leastLikeness
}
