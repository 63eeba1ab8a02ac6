package words

import "unicode/utf8"

// A Scanner iterates over the words of one text after another, reusing its memory. It reads a text
// piece by piece, so stopping early is cheap. A Scanner is not safe for concurrent use.
//
//	for sc.Reset(text); sc.Next(); {
//		use(sc.Word())
//	}
type Scanner struct {
	s     *Splitter
	track bool

	text string
	pos  int // start of the piece after the one in units

	units []unit // the current normalised piece
	next  int    // index of the next unit to return

	word  []byte
	spans []span // of each byte of word, if tracking

	spare []unit // destination of the next normalisation step
	bytes []byte
}

// A unit is a normalised code point and the bytes of the text it came from.
type unit struct {
	r rune
	span
}

type span struct{ lo, hi uint32 }

func (a span) union(b span) span { return span{min(a.lo, b.lo), max(a.hi, b.hi)} }

// Scanner returns a Scanner without a text. If track is true, Span reports where words came from,
// for texts below 4 GiB.
func (s *Splitter) Scanner(track bool) *Scanner { return &Scanner{s: s, track: track} }

// maxKept is the amount of memory, in bytes of a word and in units, that a Scanner keeps for the
// next text after a long one.
const maxKept = 1 << 16

// Reset positions the Scanner before the first word of a text.
func (sc *Scanner) Reset(text string) {
	sc.text, sc.pos = text, 0
	sc.units, sc.next = sc.units[:0], 0
	sc.word, sc.spans = sc.word[:0], sc.spans[:0]
	if cap(sc.word) > maxKept || cap(sc.units) > maxKept {
		*sc = Scanner{s: sc.s, track: sc.track, text: text}
	}
}

// Word returns the current word. Its bytes are valid until the next call of Next.
func (sc *Scanner) Word() []byte { return sc.word }

// Span returns the part of the text from which the bytes [lo, hi) of the current word were derived.
// It needs a Scanner that tracks, and 0 <= lo < hi <= len(Word()).
func (sc *Scanner) Span(lo, hi int) Span {
	u := sc.spans[lo]
	for _, v := range sc.spans[lo+1 : hi] {
		u = u.union(v)
	}
	return Span{Start: int(u.lo), End: int(u.hi)}
}

// Next advances to the next word, and returns false at the end of the text.
func (sc *Scanner) Next() bool {
	sc.word, sc.spans = sc.word[:0], sc.spans[:0]
	for {
		if sc.next < len(sc.units) {
			if sc.nextUnits() {
				return true
			}
		}
		if sc.pos == len(sc.text) {
			return len(sc.word) > 0
		}
		if sc.nextASCII() {
			return true
		}
		if sc.pos < len(sc.text) {
			sc.normalize(sc.piece())
		}
	}
}

// nextASCII consumes bytes that no normal form can change, up to the end of a word, of the text, or
// of the ASCII part, and reports whether a word ended. It stops before the last ASCII character to
// which a subsequent mark could belong.
func (sc *Scanner) nextASCII() bool {
	text, kinds := sc.text, sc.s.ascii
	for i := sc.pos; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf || sc.beforeOther(i) {
			sc.pos = i
			return false
		}
		kind := kinds[text[i]]
		switch {
		case kind < asciiRemoved:
			sc.word = append(sc.word, byte(kind))
			if sc.track {
				sc.spans = append(sc.spans, span{uint32(i), uint32(i + 1)})
			}
		case kind == asciiRemoved:
		case len(sc.word) > 0:
			sc.pos = i // a space or punctuation is examined again
			return true
		case kind == asciiPunct:
			sc.word = append(sc.word, text[i])
			if sc.track {
				sc.spans = append(sc.spans, span{uint32(i), uint32(i + 1)})
			}
			sc.pos = i + 1
			return true
		}
	}
	sc.pos = len(text)
	return false
}

// beforeOther reports whether the character after text[i], skipping controls, which are dropped, is
// outside ASCII.
func (sc *Scanner) beforeOther(i int) bool {
	for i++; i < len(sc.text); i++ {
		if sc.text[i] >= utf8.RuneSelf {
			return true
		}
		if sc.s.ascii[sc.text[i]] != asciiRemoved {
			return false
		}
	}
	return false
}

// nextUnits returns the units of a piece up to the end of a word or of the piece, and reports
// whether a word ended.
func (sc *Scanner) nextUnits() bool {
	for ; sc.next < len(sc.units); sc.next++ {
		u := sc.units[sc.next]
		bits := sc.s.codepoint[u.r]
		if bits&(space|punctuation) != 0 && len(sc.word) > 0 {
			return true
		}
		if bits&space != 0 {
			continue
		}
		before := len(sc.word)
		sc.word = utf8.AppendRune(sc.word, u.r)
		if sc.track {
			for range len(sc.word) - before {
				sc.spans = append(sc.spans, u.span)
			}
		}
		if bits&punctuation != 0 {
			sc.next++
			return true
		}
	}
	return false
}
