package tokenizer

import (
	"strings"
	"unicode/utf8"
)

const continuation = "##"

// wordPiece encodes by the longest match from the left.
type wordPiece struct {
	first   map[string]int32 // tokens
	later   map[string]int32 // tokens inside a word, without "##"
	longest int              // length in bytes of the longest of these
	unknown int32
}

func newWordPiece(tokens []string, ids map[string]int32) *wordPiece {
	m := &wordPiece{first: ids, later: make(map[string]int32, len(tokens)), unknown: ids[specialTokens[unknown]]}
	for id, token := range tokens {
		m.longest = max(m.longest, len(token))
		if rest, ok := strings.CutPrefix(token, continuation); ok {
			m.later[rest] = int32(id)
		}
	}
	return m
}

func (*wordPiece) name() string { return WordPiece }

func (m *wordPiece) encode(sc *scratch, word []byte) {
	sc.ids, sc.ends = sc.ids[:0], sc.ends[:0]
	if len(word) <= maxWordChars || utf8.RuneCount(word) <= maxWordChars {
		for start := 0; start < len(word); {
			id, end := m.longestMatch(word, start)
			if end == start {
				break
			}
			sc.ids, sc.ends = append(sc.ids, id), append(sc.ends, end)
			start = end
		}
	}
	if n := len(sc.ends); n == 0 || sc.ends[n-1] < len(word) {
		sc.ids, sc.ends = append(sc.ids[:0], m.unknown), append(sc.ends[:0], len(word))
	}
}

// longestMatch returns the longest token at start and its end, which is start if there is none.
func (m *wordPiece) longestMatch(word []byte, start int) (id int32, end int) {
	known := m.later
	if start == 0 {
		known = m.first
	}
	for end = min(len(word), start+m.longest); end > start; end-- {
		if id, ok := known[string(word[start:end])]; ok {
			return id, end
		}
		for !utf8.RuneStart(word[end-1]) {
			end--
		}
	}
	return 0, start
}
