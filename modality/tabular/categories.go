package tabular

import (
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// Bounds for warnings about a column of categories.
const (
	idLikeRows   = 20     // fewer rows can be all different by chance
	idLikeShare  = 0.9    // of the values are different: more like names than categories
	manyDistinct = 10_000 // embeddings of so many learn little from rows each
)

// warnCategories notes what looks unlike categories or like misspelt ones.
func warnCategories(name string, counts map[string]int, rows int, notes *data.Notes) {
	switch {
	case rows == 0:
		notes.Warn("column %s has no value in any training row", phrase.Quote(name))
	case len(counts) == 1:
		notes.Warn("column %s is %s in every training row", phrase.Quote(name), phrase.Quote(slices.Sorted(maps.Keys(counts))[0]))
	case rows >= idLikeRows && float64(len(counts)) > idLikeShare*float64(rows):
		notes.Warn("column %s has %d different values in %d training rows: it looks like an identifier", phrase.Quote(name), len(counts), rows)
	case len(counts) > manyDistinct:
		notes.Warn("column %s has %d different values", phrase.Quote(name), len(counts))
	}
	notes.WarnSpelling("column "+phrase.Quote(name), slices.Sorted(maps.Keys(counts)))
}

// checkCategory refuses a cell that is no category: an empty one, where that has
// no meaning, and one that JSON could not carry.
func checkCategory(t *data.Table, row int, name string, cell data.Cell, c Options) error {
	switch {
	case cell.Missing() && c.Missing != data.MissingMask:
		return t.Errorf(row, name, "the cell is empty").WithHint("fill it in, or say what it means by missing: mask")
	case !utf8.ValidString(cell.Text):
		return t.Errorf(row, name, "the category %s is not UTF-8", phrase.Quote(cell.Text)).WithHint("save the file as UTF-8")
	}
	return nil
}

// fitCategories lists the values that enough rows have, in byte order.
func fitCategories(t *data.Table, name string, rows []int, c Options, notes *data.Notes) ([]string, error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	present := 0
	for _, row := range rows {
		cell := column.Cell(row)
		err := checkCategory(t, row, name, cell, c)
		switch {
		case err != nil:
			if err := t.Skip(err); err != nil {
				return nil, err
			}
		case !cell.Missing():
			counts[cell.Text]++
			present++
		}
	}
	warnCategories(name, counts, present, notes)
	values := slices.Sorted(maps.Keys(counts))
	return slices.DeleteFunc(values, func(v string) bool { return counts[v] < c.MinCount }), nil
}
