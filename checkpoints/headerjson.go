package checkpoints

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// headerParser parses the JSON subset that a header may use: an object of objects with known keys.
// encoding/json would accept repeated keys, keys in another case and any nesting depth; this
// grammar has no recursion, so depth cannot grow.
type headerParser struct {
	b      []byte
	i      int
	tensor string // whose entry is being read; empty outside an entry

	numbers [MaxRank]int64 // buffer for wholes
}

func (p *headerParser) fail(format string, args ...any) error {
	e := invalid(format, args...)
	if p.tensor != "" {
		e.What = "tensor " + quote(p.tensor) + ": " + e.What
	}
	e.What = "the header is not valid safetensors: " + e.What
	return e.hinted("found at byte %d of the file", 8+p.i)
}

func (p *headerParser) space() {
	for p.i < len(p.b) {
		switch p.b[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// peek returns the next non-space byte, or 0 at the end.
func (p *headerParser) peek() byte {
	p.space()
	if p.i == len(p.b) {
		return 0
	}
	return p.b[p.i]
}

// expect consumes one punctuation byte at the given place of what. The two are joined only for a
// message, since this is called often.
func (p *headerParser) expect(c byte, place, what string) error {
	switch got := p.peek(); {
	case got == c:
		p.i++
		return nil
	case p.i == len(p.b):
		return p.fail("it ends early, %q is missing %s %s", c, place, what)
	default:
		return p.fail("expected %q %s %s, found %q", c, place, what, got)
	}
}

// object parses "{" key ":" value "," … "}" and passes each key to member.
func (p *headerParser) object(what string, member func(key string) error) error {
	if err := p.expect('{', "at the start of", what); err != nil {
		return err
	}
	for first := true; ; first = false {
		if p.peek() == '}' && first {
			p.i++
			return nil
		}
		key, err := p.text("a key of", what)
		if err != nil {
			return err
		}
		if err := p.expect(':', "after a key of", what); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		if p.peek() == ',' {
			p.i++
			continue
		}
		return p.expect('}', "at the end of", what)
	}
}

// text reads a JSON string; place and what are as in expect.
func (p *headerParser) text(place, what string) (string, error) {
	if c := p.peek(); c != '"' {
		if p.i == len(p.b) {
			return "", p.fail("it ends where %s %s was expected", place, what)
		}
		return "", p.fail("%s %s must be a string, found %q", place, what, c)
	}
	start, escaped := p.i, false
	for p.i++; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '\\':
			escaped = true
			p.i++ // the next byte does not end the string
		case c < 0x20:
			return "", p.fail("%s %s contains a control character", place, what)
		case c == '"':
			p.i++
			return p.unquote(p.b[start:p.i], escaped, place, what)
		}
	}
	p.i = len(p.b)
	return "", p.fail("%s %s has no closing quote", place, what)
}

func (p *headerParser) unquote(quoted []byte, escaped bool, place, what string) (string, error) {
	if !utf8.Valid(quoted) {
		return "", p.fail("%s %s is not UTF-8", place, what)
	}
	inner := quoted[1 : len(quoted)-1]
	if escaped {
		var ok bool
		if inner, ok = unescape(inner); !ok {
			return "", p.fail("%s %s has an unknown escape", place, what)
		}
	}
	// Every tensor has these; copying each would cause most of the allocations.
	for _, s := range [...]string{"dtype", "shape", "data_offsets", dtypeF32} {
		if string(inner) == s {
			return s, nil
		}
	}
	return string(inner), nil
}

// unescape resolves the escapes of a JSON string; ok is false if one is invalid. Half a surrogate
// pair is invalid: replacing it would make different names equal.
func unescape(s []byte) (out []byte, ok bool) {
	const letters, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	out = make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if s[i] != 'u' { // the parser ensures that something follows
			at := strings.IndexByte(letters, s[i])
			if at < 0 {
				return nil, false
			}
			out = append(out, meant[at])
			continue
		}
		r := hexRune(s[i+1:])
		if i += 4; utf16.IsSurrogate(r) {
			if i+2 >= len(s) || s[i+1] != '\\' || s[i+2] != 'u' {
				return nil, false
			}
			r = utf16.DecodeRune(r, hexRune(s[i+3:]))
			if i += 6; r == utf8.RuneError {
				return nil, false
			}
		}
		if r < 0 {
			return nil, false
		}
		out = utf8.AppendRune(out, r)
	}
	return out, true
}

// hexRune is the value of the first four digits, or -1.
func hexRune(s []byte) rune {
	if len(s) < 4 {
		return -1
	}
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// whole reads a number that is a dimension or an offset: digits only, and few enough for 63 bits.
func (p *headerParser) whole(what string) (int64, error) {
	switch c := p.peek(); {
	case c == '-':
		return 0, p.fail("%s is negative", what)
	case c == '[' || c == '{':
		return 0, p.fail("%s must be a number, found deeper nesting", what)
	case c < '0' || c > '9':
		return 0, p.fail("%s must be a whole number", what)
	}
	start := p.i
	var n int64
	for ; p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9'; p.i++ {
		if p.i-start == 18 {
			return 0, p.fail("%s has more than 18 digits", what)
		}
		n = 10*n + int64(p.b[p.i]-'0')
	}
	if p.b[start] == '0' && p.i-start > 1 {
		return 0, p.fail("%s starts with 0", what)
	}
	if p.i < len(p.b) && (p.b[p.i] == '.' || p.b[p.i] == 'e' || p.b[p.i] == 'E') {
		return 0, p.fail("%s is a fraction or has an exponent", what)
	}
	return n, nil
}

// wholes reads an array of at most limit numbers, where limit <= MaxRank. The next call overwrites
// the result.
func (p *headerParser) wholes(what string, limit int) ([]int64, error) {
	if err := p.expect('[', "at the start of", what); err != nil {
		return nil, err
	}
	if p.peek() == ']' {
		p.i++
		return nil, nil
	}
	list := p.numbers[:0]
	for {
		if len(list) == limit {
			return nil, p.fail("%s has more than %d numbers", what, limit)
		}
		n, err := p.whole(what)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.peek() == ',' {
			p.i++
			continue
		}
		return list, p.expect(']', "at the end of", what)
	}
}
