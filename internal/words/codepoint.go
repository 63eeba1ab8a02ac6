package words

import "slices"

// Properties of a code point, as bits.
const (
	removed     = 1 << iota // dropped by clean
	mark                    // dropped with the accents
	punctuation             // a word of its own
	space                   // ends a word
	chinese                 // separated by spaces
	active                  // decomposes in some form, or has a combining class
	joins                   // may compose with, or move before, the preceding code point
	upper                   // has a lower case
)

type codepointTable [0x110000]byte

func newCodepointTable() *codepointTable {
	t := new(codepointTable)
	for _, part := range []struct {
		bit    byte
		ranges [][2]rune
	}{
		{removed, removedRanges},
		{mark, markRanges},
		{punctuation, punctuationRanges},
		{active, activeRanges},
		{joins, joinRanges},
		{chinese, chineseRanges},
		{space, spaceRanges},
	} {
		for _, r := range part.ranges {
			for c := r[0]; c <= r[1]; c++ {
				t[c] |= part.bit
			}
		}
	}
	for _, r := range lowerRanges {
		for c := r[0]; c <= r[1]; c += r[2] {
			t[c] |= upper
		}
	}
	t[dottedI] |= upper
	for c, kind := range asciiKept {
		switch kind {
		case asciiRemoved:
			t[c] |= removed
		case asciiSpace:
			t[c] |= space
		case asciiPunct:
			t[c] |= punctuation
		}
		if c >= 'A' && c <= 'Z' {
			t[c] |= upper
		}
	}
	return t
}

// dottedI is İ, the only letter whose language-independent lower case is two code points: i and
// U+0307.
const (
	dottedI  = 0x130
	dotAbove = 0x307
)

// lower returns the lower case of a code point with the bit upper, except for dottedI.
func lower(r rune) rune {
	if r < 0x80 {
		return r + 'a' - 'A'
	}
	i, found := slices.BinarySearchFunc(lowerRanges, r, func(run [4]rune, r rune) int { return int(run[0] - r) })
	if !found {
		i--
	}
	return r + lowerRanges[i][3]
}

// spaceRanges is the White_Space property outside ASCII, without U+0085, which is a control.
var spaceRanges = [][2]rune{
	{0xa0, 0xa0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
}

// chineseRanges are the CJK ideographs as defined by BERT's tokenizer: without hiragana, katakana
// and hangul, whose words are not single characters.
var chineseRanges = [][2]rune{
	{0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xf900, 0xfaff}, {0x20000, 0x2a6df}, {0x2a700, 0x2b73f},
	{0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0x2f800, 0x2fa1f},
}
