package words

import "unicode/utf8"

// longPiece is the number of bytes after which a piece ends as soon as it can. It bounds memory for
// texts without spaces.
const longPiece = 4096

// piece reads the next part of the text that is not only ASCII into units and advances. It ends
// before an ASCII character or, after longPiece bytes, before any that neither composes nor is
// dropped, so that normalising pieces separately is equivalent to normalising the whole.
func (sc *Scanner) piece() []unit {
	units := sc.units[:0]
	start := sc.pos
	for sc.pos < len(sc.text) {
		r, size := utf8.DecodeRuneInString(sc.text[sc.pos:])
		bits := sc.s.codepoint[r]
		if sc.pos > start && bits&(removed|mark|joins) == 0 && (r < utf8.RuneSelf || sc.pos-start > longPiece) {
			break
		}
		units = append(units, unit{r, span{uint32(sc.pos), uint32(sc.pos + size)}})
		sc.pos += size
	}
	return units
}

// normalize takes a piece through all steps before splitting into words. A step that produces more
// units than it received writes to spare and swaps the two.
func (sc *Scanner) normalize(units []unit) {
	c := &sc.s.config
	sc.units = units
	sc.apply(sc.s.form)
	sc.clean()
	if c.StripAccents {
		sc.apply(canonical)
		sc.dropMarks()
	}
	if c.Lowercase {
		sc.lower()
	}
	sc.apply(sc.s.form)
	sc.next = 0
}

// clean drops what is not text, turns every space into U+0020 and separates Chinese characters.
func (sc *Scanner) clean() {
	out := sc.spare[:0]
	for _, u := range sc.units {
		bits := sc.s.codepoint[u.r]
		switch {
		case bits&removed != 0:
		case bits&space != 0:
			out = append(out, unit{' ', u.span})
		case bits&chinese != 0:
			out = append(out, unit{' ', u.span}, u, unit{' ', u.span})
		default:
			out = append(out, u)
		}
	}
	sc.units, sc.spare = out, sc.units
}

func (sc *Scanner) dropMarks() {
	kept := sc.units[:0]
	for _, u := range sc.units {
		if sc.s.codepoint[u.r]&mark == 0 {
			kept = append(kept, u)
		}
	}
	sc.units = kept
}

func (sc *Scanner) lower() {
	out := sc.spare[:0]
	for _, u := range sc.units {
		switch {
		case sc.s.codepoint[u.r]&upper == 0:
			out = append(out, u)
		case u.r == dottedI:
			out = append(out, unit{'i', u.span}, unit{dotAbove, u.span})
		default:
			out = append(out, unit{lower(u.r), u.span})
		}
	}
	sc.units, sc.spare = out, sc.units
}
