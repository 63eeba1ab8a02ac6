package checkpoints

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// headerParser reads the one form of JSON that a header may have: an object
// of objects of known keys. encoding/json would accept repeated keys, keys in
// another case and any depth of nesting; this grammar has no recursion, so
// depth cannot grow.
type headerParser struct {
	b      []byte
	i      int
	tensor string // whose entry is being read; empty outside of one

	numbers [MaxRank]int64 // room for wholes
}

func (p *headerParser) fail(format string, args ...any) error {
	e := invalid(format, args...)
	if p.tensor != "" {
		e.What = "tensor " + quote(p.tensor) + ": " + e.What
	}
	e.What = "the header is not one of safetensors: " + e.What
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

// peek is the next byte that is not space, or 0 at the end.
func (p *headerParser) peek() byte {
	p.space()
	if p.i == len(p.b) {
		return 0
	}
	return p.b[p.i]
}

// expect takes one byte of punctuation, before, in or after what. The two are
// joined only in a message: this is called often.
func (p *headerParser) expect(c byte, place, what string) error {
	switch got := p.peek(); {
	case got == c:
		p.i++
		return nil
	case p.i == len(p.b):
		return p.fail("it ends in the middle, %q is missing %s %s", c, place, what)
	default:
		return p.fail("%q expected %s %s, found %q", c, place, what, got)
	}
}

// object reads "{" key ":" value "," … "}" and hands each key to member.
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

// text reads a JSON string: place and what it is, as for expect.
func (p *headerParser) text(place, what string) (string, error) {
	if c := p.peek(); c != '"' {
		if p.i == len(p.b) {
			return "", p.fail("it ends where %s %s is expected", place, what)
		}
		return "", p.fail("%s %s must be a string, found %q", place, what, c)
	}
	start, escaped := p.i, false
	for p.i++; p.i < len(p.b); p.i++ {
		switch c := p.b[p.i]; {
		case c == '\\':
			escaped = true
			p.i++ // whatever follows does not end the string
		case c < 0x20:
			return "", p.fail("%s %s holds a control character", place, what)
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
	// Each tensor has these; a copy of each would be most of what is allocated.
	for _, s := range [...]string{"dtype", "shape", "data_offsets", dtypeF32} {
		if string(inner) == s {
			return s, nil
		}
	}
	return string(inner), nil
}

// unescape resolves the escapes of a JSON string; ok is false if one is none.
// Half a surrogate pair is none: replacing it would make names equal that are
// not.
func unescape(s []byte) (out []byte, ok bool) {
	const letters, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	out = make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if s[i] != 'u' { // the parser has seen to it that something follows
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

// hexRune is the number of the first four digits, or -1.
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

// whole reads a number that is a dimension or an offset: digits only, and few
// enough for 63 bits.
func (p *headerParser) whole(what string) (int64, error) {
	switch c := p.peek(); {
	case c == '-':
		return 0, p.fail("%s is negative", what)
	case c == '[' || c == '{':
		return 0, p.fail("%s must be a number, a deeper nesting was found", what)
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
		return 0, p.fail("%s begins with 0", what)
	}
	if p.i < len(p.b) && (p.b[p.i] == '.' || p.b[p.i] == 'e' || p.b[p.i] == 'E') {
		return 0, p.fail("%s is a fraction or has an exponent", what)
	}
	return n, nil
}

// wholes reads an array of at most limit numbers, limit being at most MaxRank.
// The next call overwrites the result.
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
