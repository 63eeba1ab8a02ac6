package image

import (
	"encoding/hex"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

func (c Options) rule() data.CellRule {
	return data.CellRule{Column: c.Column, As: data.AsImage, Missing: c.Missing}
}

// Options are those of an input of a column of image files.
type Options struct {
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
func (c Options) Validate() error {
	switch {
	case c.Column == "":
		return data.BadOption("column", "name the column of image paths")
	case c.Size[0] < 1 || c.Size[1] < 1 || c.Size[0] > longestSide || c.Size[1] > longestSide:
		return data.BadOption("size", "is %v, expected height and width of 1 to %d", c.Size, longestSide)
	case c.Channels != 1 && c.Channels != 3 && c.Channels != 4:
		return data.BadOption("channels", "is %d, expected 1, 3 or 4", c.Channels)
	case !slices.Contains([]string{imaging.FitStretch, imaging.FitPad, imaging.FitCrop}, c.Fit):
		return data.BadOption("fit", "%q, expected stretch, pad or crop", c.Fit)
	case c.Missing != data.MissingError && c.Missing != data.MissingMask:
		return data.BadOption("missing", "%q, expected error or mask", c.Missing)
	case (c.Mean == nil) != (c.Std == nil):
		return data.BadOption("mean", "give mean and std both, or neither")
	case c.Mean != nil && (len(c.Mean) != c.Channels || len(c.Std) != c.Channels):
		return data.BadOption("mean", "mean and std need %d values, one a channel", c.Channels)
	}
	for _, s := range c.Std {
		if !(s > 0) {
			return data.BadOption("std", "is %g, expected more than 0", s)
		}
	}
	_, err := c.background()
	return err
}

func (c Options) background() (rgb [3]uint8, err error) {
	if len(c.Background) == 7 && c.Background[0] == '#' {
		if _, err := hex.Decode(rgb[:], []byte(c.Background[1:])); err == nil {
			return rgb, nil
		}
	}
	return rgb, data.BadOption("background", "%q, expected a colour as #rrggbb", c.Background)
}
