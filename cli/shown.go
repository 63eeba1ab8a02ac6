package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// shown is what stands between the commands and a terminal: whatever names a table, a
// config or a file has, no control character of theirs reaches it, nor one that turns the
// direction of what is read. They are written out, in a way that JSON may have too.
// Everything that a command prints goes through it.
type shown struct {
	to   io.Writer
	part []byte // of a character whose end has not come
}

// Fd is that of the file behind it, for who asks whether that is a terminal; of what is
// no file, one that is none.
func (s *shown) Fd() uintptr {
	if f, ok := s.to.(*os.File); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

// A line of progress begins and ends so, in a write of its own.
var progressBegin, progressEnd = []byte("\r"), []byte("\x1b[K")

func (s *shown) Write(p []byte) (int, error) {
	text, begin, end := append(s.part, p...), []byte(nil), []byte(nil)
	s.part = nil
	if bytes.HasPrefix(text, progressBegin) && bytes.HasSuffix(text, progressEnd) {
		begin, end = progressBegin, progressEnd
		text = text[len(begin) : len(text)-len(end)]
	}
	out := make([]byte, 0, len(text)+8)
	out = append(out, begin...)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(text):
			s.part, text = bytes.Clone(text), nil
			continue
		case r == utf8.RuneError && n == 1:
			out = fmt.Appendf(out, `\x%02x`, text[0])
		case r == '\n' || r == '\t':
			out = append(out, byte(r))
		case r < ' ':
			out = fmt.Appendf(out, `\x%02x`, r)
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029':
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, text[:n]...)
		}
		text = text[n:]
	}
	if _, err := s.to.Write(append(out, end...)); err != nil {
		return 0, err
	}
	return len(p), nil
}
