package words

import (
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A form is a Unicode normal form.
//
// The text package's own functions normalise whole strings. Here, each code point keeps its
// position in the source, runs of more than 30 marks get no joiner between them (Stream-Safe Text
// is a separate format), and code points to which Unicode assigned a decomposition or a combining
// class after the tables were frozen are unchanged.
type form struct {
	none       bool
	whole      norm.Form // for the quick check
	decomposed norm.Form
	compose    bool
}

var canonical = form{whole: norm.NFD, decomposed: norm.NFD}

// apply converts sc.units to a normal form (Unicode Standard Annex 15).
func (sc *Scanner) apply(f form) {
	if f.none {
		return
	}
	sc.bytes = sc.bytes[:0]
	for _, u := range sc.units {
		sc.bytes = utf8.AppendRune(sc.bytes, u.r)
	}
	if f.whole.QuickSpan(sc.bytes) == len(sc.bytes) {
		return
	}
	sc.decompose(f.decomposed)
	if f.compose {
		sc.compose()
	}
}

// decompose replaces each code point with its full decomposition, and sorts runs of marks by their
// combining class.
func (sc *Scanner) decompose(f norm.Form) {
	out := sc.spare[:0]
	for _, u := range sc.units {
		switch {
		case sc.s.codepoint[u.r]&active == 0:
			out = append(out, u)
		case u.r >= firstHangul && u.r <= lastHangul:
			lead, vowel, tail := splitHangul(u.r)
			out = append(out, unit{lead, u.span}, unit{vowel, u.span})
			if tail != 0 {
				out = append(out, unit{tail, u.span})
			}
		default:
			rest := properties(f, u.r).Decomposition()
			if rest == nil {
				out = append(out, u)
			}
			for len(rest) > 0 {
				r, size := utf8.DecodeRune(rest)
				out = append(out, unit{r, u.span})
				rest = rest[size:]
			}
		}
	}
	for lo := 0; lo < len(out); lo++ {
		hi := lo
		for hi < len(out) && sc.class(out[hi].r) != 0 {
			hi++
		}
		if hi-lo > 1 {
			slices.SortStableFunc(out[lo:hi], func(a, b unit) int { return int(sc.class(a.r)) - int(sc.class(b.r)) })
		}
		lo = hi
	}
	sc.units, sc.spare = out, sc.units
}

// class returns the canonical combining class of a decomposed code point.
func (sc *Scanner) class(r rune) uint8 {
	if sc.s.codepoint[r]&(active|joins) != active|joins {
		return 0
	}
	return properties(norm.NFD, r).CCC()
}

func properties(f norm.Form, r rune) norm.Properties {
	var b [utf8.UTFMax]byte
	return f.Properties(b[:utf8.EncodeRune(b[:], r)])
}

// compose combines each starter with the subsequent marks that are not blocked.
func (sc *Scanner) compose() {
	out := sc.units[:0]
	starter, last := -1, -1 // last: the class of the code point after the starter, -1 if there is none
	for _, u := range sc.units {
		c := int(sc.class(u.r))
		if starter >= 0 && last < c {
			if r, ok := sc.pair(out[starter].r, u.r); ok {
				out[starter] = unit{r, out[starter].span.union(u.span)}
				continue
			}
		}
		if last = c; c == 0 {
			starter, last = len(out), -1
		}
		out = append(out, u)
	}
	sc.units = out
}

// pair returns the code point that two compose to.
func (sc *Scanner) pair(a, b rune) (rune, bool) {
	if sc.s.codepoint[b]&joins == 0 {
		return 0, false
	}
	if r, ok := joinHangul(a, b); ok {
		return r, true
	}
	r, ok := sc.s.pairs[[2]rune{a, b}]
	return r, ok
}

// pairs are the primary composites, without Hangul. It is created at first use in about a
// millisecond.
var pairs = sync.OnceValue(func() map[[2]rune]rune {
	out := make(map[[2]rune]rune, 1024)
	for _, run := range activeRanges {
		for r := run[0]; r <= run[1]; r++ {
			d := properties(norm.NFD, r).Decomposition()
			if d == nil || norm.NFC.String(string(r)) != string(r) {
				continue // no decomposition, or excluded from composition
			}
			second, size := utf8.DecodeLastRune(d)
			first, _ := utf8.DecodeRune(norm.NFC.Bytes(d[:len(d)-size]))
			out[[2]rune{first, second}] = r
		}
	}
	return out
})
