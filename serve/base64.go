package serve

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// decodeFile reads a file that stands in JSON: base64 by RFC 4648, of the
// standard or the URL-safe alphabet, with or without padding and line breaks, or
// a data URL of it. Blanks around it are left aside. The empty text is nil, a missing
// value. All of the text is checked before anything is allocated.
func decodeFile(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	trimmed := strings.TrimLeft(text, " \t\r\n")
	before := len(text) - len(trimmed)
	content := strings.TrimRight(trimmed, " \t\r\n")
	if isDataURL(content) {
		return decodeDataURL(content, before)
	}
	return decodeBase64(content, before)
}

// decodeBase64 reads a text, before which others stand in what was sent.
func decodeBase64(text string, before int) ([]byte, error) {
	found, err := scanBase64(text)
	if err != nil {
		var at base64.CorruptInputError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("is not base64: byte %d is wrong (send the bytes of the file; a path or URL is not opened)", before+int(at))
		}
		return nil, err
	}
	alphabet := base64.RawStdEncoding
	if found.urlSafe {
		alphabet = base64.RawURLEncoding
	}
	return alphabet.DecodeString(strings.TrimRight(text, "=\r\n")) // which steps over line breaks
}

// base64Text is what a scan found.
type base64Text struct {
	digits, padding int
	urlSafe         bool // there is a - or a _
}

// scanBase64 checks a text. Line breaks count for nothing: MIME and many tools
// wrap lines, wherever the padding then ends up.
func scanBase64(text string) (base64Text, error) {
	var found base64Text
	standard := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			continue
		case c == '=' && found.padding < 2 && (found.digits+found.padding)%4 >= 2:
			found.padding++
			continue
		case c == '+' || c == '/':
			standard = true
		case c == '-' || c == '_':
			found.urlSafe = true
		case 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		default:
			return found, base64.CorruptInputError(i)
		}
		if found.padding > 0 || standard && found.urlSafe { // goes on behind its end, or mixes alphabets
			return found, base64.CorruptInputError(i)
		}
		found.digits++
	}
	switch whole := found.digits + found.padding; {
	case found.digits == 0:
		return found, errors.New("is an empty file (null stands for what is missing)")
	case found.digits%4 == 1, found.padding > 0 && whole%4 != 0:
		return found, fmt.Errorf("is not base64: it ends in the middle of a byte, after %d characters (was it cut?)", whole)
	}
	return found, nil
}
