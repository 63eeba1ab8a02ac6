package data

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// undecodable stands in decoded text for what the encoding does not have. It is
// a byte that UTF-8 never has, so that one check, of the cell where it stands,
// finds it and what is no UTF-8 in a table that was not decoded.
const undecodable = 0xff

// A textEncoding makes UTF-8 of what a file holds.
type textEncoding struct {
	name    string
	key     string                       // by which it is set, for messages; "" for data.encoding
	decoder func() transform.Transformer // nil: it is UTF-8
	marked  bool                         // the file's first two bytes say which byte of a unit comes first
}

// checkEncoding reports a label that is of no encoding.
func checkEncoding(label string) error {
	switch name := plainLabel(label); name {
	case "", "utf-8", "utf8", "utf-16", "utf16", "utf-16le", "utf-16be", "latin1", "latin-1", "iso-8859-1":
		return nil
	default:
		_, err := encodingName(name)
		return err
	}
}

func plainLabel(label string) string { return strings.ToLower(strings.TrimSpace(label)) }

// findEncoding finds an encoding by its label; "" is UTF-8.
func findEncoding(label string) (textEncoding, error) {
	e := textEncoding{name: plainLabel(label)}
	switch e.name {
	case "", "utf-8", "utf8":
		return e, nil
	case "utf-16", "utf16":
		e.marked = true
		return e, nil
	case "utf-16le", "utf-16be":
		big := e.name == "utf-16be"
		e.decoder = func() transform.Transformer { return &utf16Decoder{big: big} }
		return e, nil
	case "latin1", "latin-1", "iso-8859-1": // the WHATWG takes them for windows-1252, which they are not
		e.decoder = func() transform.Transformer { return newByteDecoder(charmap.ISO8859_1, true) }
		return e, nil
	}
	name, err := encodingName(e.name)
	if err != nil {
		return e, err
	}
	found := encodingTable(name)
	if found == nil {
		return e, &ConfigError{"encoding", fmt.Sprintf("%s was left out of this program when it was built (-tags nocharsets); expected utf-8, utf-16 or latin1", name)}
	}
	if m, ok := found.(*charmap.Charmap); ok {
		e.decoder = func() transform.Transformer { return newByteDecoder(m, strings.HasPrefix(e.name, "iso-")) }
		return e, nil
	}
	e.decoder = func() transform.Transformer { return &markingDecoder{Transformer: found.NewDecoder()} }
	return e, nil
}

// reader decodes what src holds, of which head are the first bytes.
func (e textEncoding) reader(src io.Reader, head string) io.Reader {
	decoder := e.decoder
	if e.marked {
		big := strings.HasPrefix(head, "\xfe\xff")
		decoder = func() transform.Transformer { return &utf16Decoder{big: big} }
	}
	if decoder == nil {
		return src
	}
	d := decoder()
	if _, single := d.(*byteDecoder); single {
		src = &notUTF8{in: src, of: e}
	}
	return transform.NewReader(src, d)
}

// notUTF8 reads what should be of an encoding of one byte a letter, where each byte
// means something, so that only the whole can tell that it is UTF-8 after all.
type notUTF8 struct {
	in     io.Reader
	of     textEncoding
	left   []byte // of a letter that was cut
	beyond bool   // there are letters beyond ASCII
	other  bool   // it is not UTF-8
}

func (u *notUTF8) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if !u.other {
		u.look(p[:n])
	}
	if err == io.EOF && u.beyond && !u.other && len(u.left) == 0 {
		return n, &Error{Message: "every letter of the file is UTF-8, and " + u.of.setting(), Hint: u.of.set("utf-8")}
	}
	return n, err
}

func (u *notUTF8) look(piece []byte) {
	text := append(u.left, piece...)
	valid := validPrefix(text)
	rest := text[valid:]
	u.other = len(rest) > 0 && utf8.FullRune(rest)
	u.beyond = u.beyond || slices.ContainsFunc(text[:valid], func(b byte) bool { return b >= utf8.RuneSelf })
	u.left = slices.Clone(rest)
}

// byteDecoder decodes an encoding of one byte a letter.
type byteDecoder struct {
	transform.NopResetter
	letters [256]string
}

// newByteDecoder keeps control characters of C1 only of encodings that have
// them: elsewhere they stand for bytes that mean nothing.
func newByteDecoder(m *charmap.Charmap, controls bool) *byteDecoder {
	d := &byteDecoder{}
	for i := range d.letters {
		r := m.DecodeByte(byte(i))
		d.letters[i] = string(r)
		if r == utf8.RuneError || r >= 0x80 && r < 0xa0 && !controls {
			d.letters[i] = string([]byte{undecodable})
		}
	}
	return d
}

func (d *byteDecoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		b := src[nSrc]
		if b < utf8.RuneSelf && len(d.letters[b]) == 1 {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = d.letters[b][0]
			nDst++
		} else {
			letter := d.letters[b]
			if nDst+len(letter) > len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			nDst += copy(dst[nDst:], letter)
		}
		nSrc++
	}
	return nDst, nSrc, nil
}

// utf16Decoder decodes UTF-16. Half a pair that stands alone, and half a unit at
// the end, are undecodable.
type utf16Decoder struct {
	transform.NopResetter
	big bool
}

func (d *utf16Decoder) unit(b []byte) rune {
	if d.big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

func (d *utf16Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		rest := src[nSrc:]
		if len(rest) < 4 && !atEOF { // it may be half of a pair
			return nDst, nSrc, transform.ErrShortSrc
		}
		size, r := 2, rune(-1)
		if len(rest) < 2 {
			size = 1
		} else if r = d.unit(rest); utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(rest) >= 4 {
				pair = utf16.DecodeRune(r, d.unit(rest[2:]))
			}
			if r = -1; pair != utf8.RuneError {
				r, size = pair, 4
			}
		}
		nSrc += size
		if r < 0 {
			dst[nDst] = undecodable
			nDst++
			continue
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
	}
	return nDst, nSrc, nil
}

// markingDecoder puts the undecodable byte where a decoder of golang.org/x/text
// puts U+FFFD.
type markingDecoder struct{ transform.Transformer }

func (d *markingDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	nDst, nSrc, err = d.Transformer.Transform(dst, src, atEOF)
	kept := 0
	for i := 0; i < nDst; {
		if strings.HasPrefix(string(dst[i:min(i+3, nDst)]), "\ufffd") {
			dst[kept] = undecodable
			i += 3
		} else {
			dst[kept] = dst[i]
			i++
		}
		kept++
	}
	return kept, nSrc, err
}

// set says how the encoding is set, for hints: by the config, or, where a model says
// how its tables are written, by an option of the command.
func (e textEncoding) set(to string) string {
	switch {
	case e.key == "" && to == "utf-8":
		return "leave data.encoding out"
	case e.key == "":
		return "set data.encoding: " + to
	}
	return "give " + e.key + "=" + to
}

// setting says what the encoding is.
func (e textEncoding) setting() string {
	if e.key == "" {
		return "data.encoding is " + e.name
	}
	return "it is to be read as " + e.name
}

// other is the hint for what the encoding does not have.
func (e textEncoding) other() string {
	if e.key == "" {
		return "is data.encoding what the file is in?"
	}
	return "if the file is in another encoding, name it by " + e.key + "=…"
}

// inWhat is the hint for what is in another encoding than UTF-8.
func (e textEncoding) inWhat() string {
	if e.key == "" {
		return "set data.encoding to what the file is in, such as windows-1252, or save it as UTF-8"
	}
	return "say what the file is in, as in " + e.key + "=windows-1252, or save it as UTF-8"
}

func (e textEncoding) isUTF8() bool { return e.decoder == nil && !e.marked }

// A textFault is what makes a text unfit for a cell: as a message with a hint,
// and as what is counted of a column that nobody uses.
type textFault struct{ message, hint, counted string }

// fault is what is wrong with a cell's decoded text; nil where it is sound.
func (e textEncoding) fault(text string) *textFault {
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return &textFault{"the cell holds a NUL byte", "is the file UTF-16, or not a table?", "cells hold a NUL byte"}
	case utf8.ValidString(text):
		return nil
	case e.isUTF8():
		return &textFault{"the cell is not UTF-8: " + show(text), e.inWhat(), "cells are not UTF-8"}
	}
	return &textFault{fmt.Sprintf("the cell has bytes that mean nothing in %s, behind %s", e.name, show(text[:strings.IndexByte(text, undecodable)])), e.other(), "cells are not " + e.name}
}
