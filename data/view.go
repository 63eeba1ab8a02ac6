package data

// A View is a cell of a row as a page shows it. Pages know what is shown, and nothing
// of the input that it comes from.
type View struct {
	// Type is what to draw: image a picture, numbers a curve, text words, all others
	// the Text as it stands.
	Type As
	Text string // of the cell
	// Of a picture: its file, nil where the row has none, and how a model is given it.
	File          []byte
	Height, Width int
	Fit           string
	Background    string // #rrggbb
	// Of a curve: its numbers, a line a channel.
	Curve [][]float32
}

// A Viewer is a Preprocessor that shows its cells in a way of its own.
type Viewer interface {
	View(t *Table, row int, column string) (View, error)
}

// ViewOf is what a Viewer shows of a field; of others the text of the cell.
func ViewOf(p Preprocessor, t *Table, row int, f Field) (View, error) {
	if v, ok := p.(Viewer); ok {
		return v.View(t, row, f.Name)
	}
	if t == nil {
		return View{}, errNoTable
	}
	column, err := t.Column(f.Name)
	if err != nil {
		return View{}, err
	}
	return View{Type: f.Type, Text: column.Cell(row).Text}, nil
}
