package text

import (
	"iter"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// text is the text of a row; false if it is missing and may be.
func (c Common) text(t *data.Table, row int, notes *data.Notes) (string, bool, error) {
	cell, err := t.ReadCell(c.rule(), row)
	if err != nil {
		return "", false, err
	}
	if cell.Missing {
		notes.Cell(c.Column, data.Masked)
		return "", false, nil
	}
	if notes != nil && !utf8.ValidString(cell.Text) {
		notes.Cell(c.Column, data.NotUTF8)
	}
	return cell.Text, true, nil
}

// texts goes over the texts of some rows, and warns if there is none. It ends
// at the first error, which fail returns.
func (c Common) texts(t *data.Table, rows []int, notes *data.Notes) (texts iter.Seq[string], fail func() error) {
	var failed error
	return func(yield func(string) bool) {
		present := 0
		for _, row := range rows {
			text, ok, err := c.text(t, row, nil)
			if err != nil {
				if failed = t.Skip(err); failed != nil {
					return
				}
			}
			if ok {
				if present++; !yield(text) {
					return
				}
			}
		}
		if present == 0 {
			notes.Warn("column %s has no text in any training row", phrase.Quote(c.Column))
		}
	}, func() error { return failed }
}
