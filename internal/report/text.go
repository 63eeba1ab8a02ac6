package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The characters that keep a text's direction to itself: first strong isolate
// and its end, of the Unicode bidirectional algorithm (UAX #9).
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// visible makes every character of a text from elsewhere show itself: control
// characters by their pictures, what reorders or hides text by its number. Line
// ends remain where lines is true.
func visible(s string, lines bool) string {
	var b strings.Builder
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	for _, r := range s {
		switch {
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\n' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			b.WriteRune('↵')
		case r == '\t':
			b.WriteByte(' ')
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case r == '\u200c' || r == '\u200d': // joiners shape letters and emoji
			b.WriteRune(r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) || r&0xfffe == 0xfffe:
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// label is a name or label on one line, at most so long. An empty one is shown
// as such.
func label(s string) string { return shorten(whole(s), maxLabelRunes) }

// whole is label without the limit, for what is looked at on request; it ends
// all the same.
func whole(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	return visible(shorten(s, 4*maxLabelRunes), false)
}

// quoted is a label inside a sentence, which it cannot reorder.
func quoted(s string) string { return "“" + isolate + label(s) + endIsolate + "”" }

// inline is a label inside other text, which it cannot reorder.
func inline(s string) string { return isolate + label(s) + endIsolate }

// shorten cuts a text to n characters, the last of them an ellipsis.
func shorten(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := 0
	for i := range s {
		if runes == n-1 {
			return strings.TrimRight(s[:i], " \u200d") + "…"
		}
		runes++
	}
	return s
}

// text is a passage of a card.
func text(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	return shorten(visible(shorten(strings.TrimSpace(s), maxTextRunes), true), 2*maxTextRunes)
}

// code is a file of text, line by line.
func code(s string) string {
	if len(s) > maxConfig {
		s = s[:maxConfig] + "\n…"
	}
	return visible(s, true)
}
