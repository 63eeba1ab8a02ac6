package image

import (
	"errors"
	"io/fs"

	"github.com/chiasm-ml/chiasm/data"
)

// Rules is the one of the column.
func (p *Preprocessor) Rules() []data.CellRule { return []data.CellRule{p.state.Config.rule()} }

// Fields is the one column.
func (p *Preprocessor) Fields() []data.Field {
	f, c := data.FieldsByRules(p), p.state.Config
	f[0].Size, f[0].Channels, f[0].Fit = c.Size[:], c.Channels, c.Fit
	return f
}

// Baseline is the mean colour of the training images, which Write makes 0.
func (p *Preprocessor) Baseline(dst []data.Slot) string {
	data.Clear(dst)
	return "the mean colour of the training images"
}

// View is the picture, as the model is given it. A file that is not there, where it
// may be missing, is none.
func (p *Preprocessor) View(t *data.Table, row int, name string) (data.View, error) {
	column, err := t.Column(name)
	if err != nil {
		return data.View{}, err
	}
	cell, c := column.Cell(row), p.state.Config
	v := data.View{Type: data.AsImage, Text: cell.Text, Height: c.Size[0], Width: c.Size[1], Fit: c.Fit, Background: c.Background}
	if cell.Missing() {
		return v, nil
	}
	if p.source == nil {
		return data.View{}, errors.New("the image input has no folder to read from")
	}
	v.File, err = p.source.ReadFile(cell.Text)
	if errors.Is(err, fs.ErrNotExist) && c.Missing == data.MissingMask {
		err = nil
	}
	return v, err
}
