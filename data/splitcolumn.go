package data

import (
	"fmt"
	"slices"
	"strings"
)

// splitWords are the words by which people say which split a row is of, those of
// splitNames first.
var splitWords = [3][]string{
	{"train", "training"},
	{"validation", "val", "valid", "dev", "development", "eval", "evaluation"},
	{"test", "testing", "holdout", "hold-out", "hold_out", "held-out", "held_out"},
}

// SplitOf is the split that a cell of SplitConfig.Column says, train, validation or
// test, whatever its case and the blanks around it; false where it says none.
func SplitOf(cell string) (string, bool) {
	at, _ := splitWord(cell)
	if at < 0 {
		return "", false
	}
	return splitNames[at], true
}

// splitWord is the place of a cell's split among splitNames, and the word for it; -1 for
// no split.
func splitWord(cell string) (at int, word string) {
	word = strings.ToLower(strings.TrimSpace(cell))
	at = slices.IndexFunc(splitWords[:], func(words []string) bool { return slices.Contains(words, word) })
	return at, word
}

// byColumn cuts the rows as a column says. It warns of a split that has several names:
// they may have been meant to be different.
func byColumn(t *Table, name string) (of []int, warnings []string, err error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]int{}
	of = make([]int, t.Len())
	var said [3][]string
	for i, cell := range column.All() {
		at, seen := known[cell.Text]
		if !seen {
			var word string
			at, word = splitWord(cell.Text)
			known[cell.Text] = at
			short := func(w string) bool { return strings.HasPrefix(w, word) || strings.HasPrefix(word, w) }
			if at >= 0 && !slices.ContainsFunc(said[at], short) { // val is validation
				said[at] = append(said[at], word)
			}
		}
		if of[i] = at; at >= 0 {
			continue
		}
		var words []string
		for _, w := range splitWords {
			words = append(words, strings.Join(w, ", "))
		}
		e := t.Errorf(i, name, "%s is not a split", show(cell.Text)).WithHint("expected %s, in any case", strings.Join(words, "; "))
		if err := t.Skip(e); err != nil {
			return nil, nil, err
		}
	}
	for at, words := range said {
		if len(words) > 1 {
			warnings = append(warnings, fmt.Sprintf("column %s says %s, which are all taken for %s", show(name), strings.Join(words, " and "), splitNames[at]))
		}
	}
	return of, warnings, nil
}
