package words

// Tables contains what a program in another language needs, in addition to the Unicode normal
// forms, to split a text into the same words: ranges of code points, first and last. The package
// documentation defines the order of the steps.
type Tables struct {
	Removed     [][2]rune `json:"removed"`     // dropped
	Marks       [][2]rune `json:"marks"`       // dropped with the accents
	Punctuation [][2]rune `json:"punctuation"` // words of their own
	Spaces      [][2]rune `json:"spaces"`      // between words
	Chinese     [][2]rune `json:"chinese"`     // separated by spaces
	// Normalised lists the code points affected by the normal forms: all others are newer than the
	// tables and stay unchanged.
	Normalised [][2]rune `json:"normalised"`
	// Lower lists runs of capital letters: first, last, step, and offset to the lower case. U+0130
	// is excluded: it becomes i and U+0307.
	Lower [][4]rune `json:"lower"`
}

// Rules returns the tables that Splitters use.
func Rules() Tables {
	t := codepoints()
	ranges := func(bits byte) [][2]rune {
		var out [][2]rune
		for r := range rune(len(t)) {
			switch n := len(out); {
			case t[r]&bits == 0:
			case n > 0 && out[n-1][1] == r-1:
				out[n-1][1] = r
			default:
				out = append(out, [2]rune{r, r})
			}
		}
		return out
	}
	return Tables{
		Removed: ranges(removed), Marks: ranges(mark), Punctuation: ranges(punctuation), Spaces: ranges(space),
		Chinese: ranges(chinese), Normalised: ranges(active | joins),
		Lower: append([][4]rune{{'A', 'Z', 1, 'a' - 'A'}}, lowerRanges...),
	}
}
