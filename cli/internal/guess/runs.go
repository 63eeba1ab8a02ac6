package guess

import (
	"fmt"
	"strings"
)

// Of a table of more columns than mostLines, runs of leastRun like columns or more are
// told in one line.
const (
	mostLines = 40
	leastRun  = 4
)

// Lines are the guesses as a reader can take them in: of a wide table, columns that
// stand side by side, are of a kind and are named alike but for a number, such as px0 to
// px783, are one line.
func (f *Findings) Lines() []Guess {
	if len(f.Guesses) <= mostLines {
		return f.Guesses
	}
	return runs(f.Guesses)
}

func runs(all []Guess) []Guess {
	var out []Guess
	for len(all) > 0 {
		n := 1
		for n < len(all) && alike(all[0], all[n]) {
			n++
		}
		if n < leastRun {
			out, all = append(out, all[0]), all[1:]
			continue
		}
		g := all[0]
		g.Why = fmt.Sprintf("%d columns; of the first: %s", n, g.Why)
		g.Column += " … " + all[n-1].Column
		out, all = append(out, g), all[n:]
	}
	return out
}

// alike says whether two columns are of one kind and use, and have one name but for
// the digits in it.
func alike(a, b Guess) bool {
	return a.Kind == b.Kind && a.Use == b.Use && stem(a.Column) == stem(b.Column) && stem(a.Column) != a.Column
}

func stem(name string) string { return strings.TrimRight(name, "0123456789") }
