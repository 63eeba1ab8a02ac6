package data

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds for warnings about a column of categories.
const (
	idLikeRows   = 20     // fewer rows can be all different by chance
	idLikeShare  = 0.9    // of the values are different: more like names than categories
	manyDistinct = 10_000 // embeddings of so many learn little from rows each
)

// warnCategories notes what looks unlike categories or like misspelt ones.
func warnCategories(name string, counts map[string]int, rows int, notes *Notes) {
	switch {
	case rows == 0:
		notes.Warn("column %s has no value in any training row", show(name))
	case len(counts) == 1:
		notes.Warn("column %s is %s in every training row", show(name), show(sortedKeys(counts)[0]))
	case rows >= idLikeRows && float64(len(counts)) > idLikeShare*float64(rows):
		notes.Warn("column %s has %d different values in %d training rows: it looks like an identifier", show(name), len(counts), rows)
	case len(counts) > manyDistinct:
		notes.Warn("column %s has %d different values", show(name), len(counts))
	}
	warnSpelling("column "+show(name), sortedKeys(counts), notes)
}

// warnSpelling notes values that differ only in case, in spaces around them or
// in how Unicode composes their characters. They are told apart all the same.
func warnSpelling(what string, sorted []string, notes *Notes) {
	seen := make(map[string]string, len(sorted))
	first, second, n := "", "", 0
	for _, v := range sorted {
		folded := strings.ToLower(strings.TrimSpace(norm.NFKC.String(v)))
		other, ok := seen[folded]
		if !ok {
			seen[folded] = v
			continue
		}
		if n == 0 {
			first, second = other, v
		}
		n++
	}
	if n > 0 {
		notes.Warn("%s: %s from another only in case, spaces or Unicode form, such as %s from %s", what, differs(n), show(second), show(first))
	}
}

func differs(n int) string {
	if n == 1 {
		return "1 value differs"
	}
	return plural(n, "value") + " differ"
}

// checkCategory refuses a cell that is no category: an empty one, where that has
// no meaning, and one that JSON could not carry.
func checkCategory(t *Table, row int, name string, cell Cell, c TabularConfig) error {
	switch {
	case cell.Missing() && c.Missing != MissingMask:
		return empty(t, row, name, "mask")
	case !utf8.ValidString(cell.Text):
		return t.Errorf(row, name, "the category %s is not UTF-8", show(cell.Text)).WithHint("save the file as UTF-8")
	}
	return nil
}

// fitCategories lists the values that enough rows have, in byte order.
func fitCategories(t *Table, name string, rows []int, c TabularConfig, notes *Notes) ([]string, error) {
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
	values := sortedKeys(counts)
	return slices.DeleteFunc(values, func(v string) bool { return counts[v] < c.MinCount }), nil
}
