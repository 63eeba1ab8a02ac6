package tokenizer

import (
	"slices"
	"unicode/utf8"
)

// wordStart marks the start of a word: the byte-level form of a space.
const wordStart = "Ġ"

// byteTokens are the tokens of the 256 bytes. As in GPT-2, a byte that is a printable Latin-1
// character is represented by that character, and the others are numbered from U+0100.
var byteTokens = func() (out [256]string) {
	next := rune(0x100)
	for b := range 256 {
		if r := rune(b); r > ' ' && r < 0x7f || r > 0xa0 && r != 0xad {
			out[b] = string(r)
			continue
		}
		out[b] = string(next)
		next++
	}
	return out
}()

// bytePair encodes by learned merges of byte pairs.
type bytePair struct {
	merges []merge
	rank   map[uint64]uint32 // of a pair in merges
	bytes  [256]int32        // ids of the byte tokens
}

// A merge joins two adjacent tokens into one.
type merge struct{ left, right, joined int32 }

func pairKey(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

func newBytePair(ids map[string]int32, merges []merge) *bytePair {
	m := &bytePair{merges: merges, rank: make(map[uint64]uint32, len(merges))}
	for i, j := range merges {
		m.rank[pairKey(j.left, j.right)] = uint32(i)
	}
	for b, token := range byteTokens {
		m.bytes[b] = ids[token]
	}
	return m
}

func (*bytePair) name() string { return BPE }

// longWord is the maximum number of bytes of a word encoded at once. It bounds memory for words of
// megabytes, which are encoded in parts.
const longWord = 1 << 16

func (m *bytePair) encode(sc *scratch, word []byte) {
	sc.ids, sc.ends = sc.ids[:0], sc.ends[:0]
	sc.symbols = append(sc.symbols[:0], symbol{id: m.bytes[' ']})
	for start := 0; start < len(word); {
		end := start
		for ; end < len(word) && (end-start < longWord || !utf8.RuneStart(word[end])); end++ {
			sc.symbols = append(sc.symbols, symbol{id: m.bytes[word[end]], end: int32(end + 1 - start)})
		}
		m.join(sc)
		for i := int32(0); i >= 0; i = sc.symbols[i].next {
			sc.ids = append(sc.ids, sc.symbols[i].id)
			sc.ends = append(sc.ends, start+int(sc.symbols[i].end))
		}
		sc.symbols = sc.symbols[:0]
		start = end
	}
}

// A symbol is a token of a word being encoded, in a doubly linked list.
type symbol struct {
	id         int32 // -1 once merged into the previous one
	end        int32 // in bytes of the word
	prev, next int32 // -1 at the ends
}

// join applies the learned merges to sc.symbols, always the earliest learned one and, of several,
// the leftmost, until none applies.
func (m *bytePair) join(sc *scratch) {
	s := sc.symbols
	sc.queue = sc.queue[:0]
	for i := range s {
		s[i].prev, s[i].next = int32(i-1), int32(i+1)
	}
	s[len(s)-1].next = -1
	for i := range s {
		m.propose(sc, int32(i))
	}
	for len(sc.queue) > 0 {
		top := popMin(&sc.queue)
		rank, at := uint32(top>>32), int32(uint32(top))
		if s[at].id < 0 || s[at].next < 0 {
			continue
		}
		next := s[at].next
		if r, ok := m.rank[pairKey(s[at].id, s[next].id)]; !ok || m.merges[r].joined != m.merges[rank].joined {
			continue // one of the two has been merged since
		}
		s[at].id, s[at].end, s[at].next = m.merges[rank].joined, s[next].end, s[next].next
		s[next].id = -1
		if after := s[at].next; after >= 0 {
			s[after].prev = at
		}
		m.propose(sc, at)
		if before := s[at].prev; before >= 0 {
			m.propose(sc, before)
		}
	}
}

// propose queues the pair of a symbol and its successor, if it was learned.
func (m *bytePair) propose(sc *scratch, at int32) {
	next := sc.symbols[at].next
	if next < 0 {
		return
	}
	if rank, ok := m.rank[pairKey(sc.symbols[at].id, sc.symbols[next].id)]; ok {
		pushMin(&sc.queue, uint64(rank)<<32|uint64(at))
	}
}

// pushMin and popMin maintain a binary heap with the smallest number first.
func pushMin(queue *[]uint64, v uint64) {
	q := append(*queue, v)
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if q[up] <= q[i] {
			break
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
	*queue = q
}

func popMin(queue *[]uint64) uint64 {
	q := *queue
	top, last := q[0], len(q)-1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if right := down + 1; right < last && q[right] < q[down] {
			down = right
		}
		if q[i] <= q[down] {
			break
		}
		q[i], q[down] = q[down], q[i]
		i = down
	}
	*queue = q
	return top
}

// byteAlphabet lists the byte tokens in character order.
func byteAlphabet() []string {
	out := slices.Clone(byteTokens[:])
	slices.Sort(out)
	return out
}
