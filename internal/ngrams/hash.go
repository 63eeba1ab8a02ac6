package ngrams

import (
	"slices"
	"unicode/utf8"
)

// FNV-1a, 32 bits (Fowler, Noll and Vo).
const (
	fnvBasis = 2166136261
	fnvPrime = 16777619
)

// These bytes occur in no word, so no word or pair has the bytes of an n-gram.
const (
	wordMark = 1
	pairMark = 2
)

// maxChars is the number of leading characters of a word from which n-grams are taken.
const maxChars = 100

func hash(h uint32, b []byte) uint32 {
	for _, c := range b {
		h = (h ^ uint32(c)) * fnvPrime
	}
	return h
}

func hashByte(h uint32, c byte) uint32 { return (h ^ uint32(c)) * fnvPrime }

func (h *Hasher) id(hash uint32) int { return 1 + int(hash%uint32(h.config.Buckets)) }

// bag writes the ids of a word.
func (h *Hasher) bag(dst []int, sc *scratch, word []byte) {
	dst[0] = h.id(hash(hashByte(fnvBasis, wordMark), word))
	h.grams(sc, word)
	room := len(dst) - 1
	if len(sc.hashes) > room {
		sc.keepLeast(room)
	}
	for i, g := range sc.hashes {
		dst[1+i] = h.id(g)
	}
}

// grams sets sc.hashes to the hashes of a word's n-grams.
func (h *Hasher) grams(sc *scratch, word []byte) {
	sc.padded, sc.starts, sc.hashes = append(sc.padded[:0], '<'), append(sc.starts[:0], 0), sc.hashes[:0]
	for len(word) > 0 && len(sc.starts) <= maxChars {
		_, size := utf8.DecodeRune(word)
		sc.starts = append(sc.starts, len(sc.padded))
		sc.padded = append(sc.padded, word[:size]...)
		word = word[size:]
	}
	if len(word) == 0 {
		sc.starts = append(sc.starts, len(sc.padded))
		sc.padded = append(sc.padded, '>')
	}
	sc.starts = append(sc.starts, len(sc.padded))
	chars := len(sc.starts) - 1
	for i := range chars {
		sum := uint32(fnvBasis)
		for n := 1; n <= h.config.MaxN && i+n <= chars; n++ {
			sum = hash(sum, sc.padded[sc.starts[i+n-1]:sc.starts[i+n]])
			if n >= h.config.MinN && n < chars {
				sc.hashes = append(sc.hashes, sum)
			}
		}
	}
}

// keepLeast keeps the room hashes that are smallest after mixing, preserving their order.
func (sc *scratch) keepLeast(room int) {
	if room == 0 {
		sc.hashes = sc.hashes[:0]
		return
	}
	sc.order = sc.order[:0]
	for _, g := range sc.hashes {
		sc.order = append(sc.order, mix(g))
	}
	slices.Sort(sc.order)
	limit := sc.order[room-1]
	ties := room // how many of those equal to limit to keep
	for ties > 0 && sc.order[room-ties] < limit {
		ties--
	}
	kept := sc.hashes[:0]
	for _, g := range sc.hashes {
		m := mix(g)
		if m == limit {
			ties--
		}
		if m < limit || m == limit && ties >= 0 {
			kept = append(kept, g)
		}
	}
	sc.hashes = kept
}

// mix is the finaliser of MurmurHash3 (Appleby), a permutation. Without it, the selection would
// favour low buckets.
func mix(x uint32) uint32 {
	x = (x ^ x>>16) * 0x85ebca6b
	x = (x ^ x>>13) * 0xc2b2ae35
	return x ^ x>>16
}

// neighbour hashes the next word of a text together with the preceding one.
func (sc *scratch) neighbour(word []byte, second bool) {
	if second {
		sum := hash(hashByte(fnvBasis, pairMark), sc.pair)
		sc.pairs = append(sc.pairs, hash(hashByte(sum, ' '), word))
	}
	sc.pair = append(sc.pair[:0], word...)
}
