package serve

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Schemes and the word base64 are case-insensitive (RFC 2397, RFC 3986).
func isDataURL(text string) bool { return len(text) >= 5 && strings.EqualFold(text[:5], "data:") }

// decodeDataURL reads the file in a data URL, before which so many bytes stand in what
// was sent: in base64 where one of the parameters of its type says so, as bytes with
// percent signs for those that a URL cannot have otherwise.
func decodeDataURL(url string, before int) ([]byte, error) {
	kind, content, ok := strings.Cut(url, ",")
	if !ok {
		return nil, errors.New("is a data URL without a comma, expected data:image/png;base64,…")
	}
	before += len(kind) + 1
	if at := misspelt(content); at >= 0 {
		return nil, fmt.Errorf("is no data URL: byte %d is wrong (a byte that is not ASCII is written as %%89)", before+at)
	}
	escapes := strings.Contains(content, "%")
	if isBase64(kind) {
		if escapes {
			content = string(unescape(content))
		}
		return decodeBase64(content, before)
	}
	if content == "" {
		return nil, errors.New("is an empty file (null stands for what is missing)")
	}
	return unescape(content), nil
}

// isBase64 says whether a parameter of a data URL's type does.
func isBase64(kind string) bool {
	return slices.ContainsFunc(strings.Split(kind, ";")[1:], func(p string) bool { return strings.EqualFold(strings.TrimSpace(p), "base64") })
}

// misspelt is the first byte that no URL has there; -1 if there is none.
func misspelt(content string) int {
	for i := range len(content) {
		escaped := i+2 < len(content) && isHex(content[i+1]) && isHex(content[i+2])
		if content[i] >= 0x80 || content[i] == '%' && !escaped {
			return i
		}
	}
	return -1
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// unescape puts bytes in the place of their percent signs, which misspelt has checked.
func unescape(content string) []byte {
	out := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c == '%' {
			b, _ := strconv.ParseUint(content[i+1:i+3], 16, 8)
			c, i = byte(b), i+2
		}
		out = append(out, c)
	}
	return out
}
