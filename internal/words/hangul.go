package words

// Hangul syllables are composed and decomposed by arithmetic (The Unicode Standard, section 3.12).
const (
	firstHangul, lastHangul = 0xac00, 0xd7a3
	firstLead, leads        = 0x1100, 19
	firstVowel, vowels      = 0x1161, 21
	beforeTails, tails      = 0x11a7, 28 // a syllable may have no tail
)

// splitHangul decomposes a syllable; tail is 0 if it has none.
func splitHangul(r rune) (lead, vowel, tail rune) {
	r -= firstHangul
	if tail = r % tails; tail != 0 {
		tail += beforeTails
	}
	r /= tails
	return firstLead + r/vowels, firstVowel + r%vowels, tail
}

// joinHangul composes a lead and a vowel, or a syllable without a tail and a tail.
func joinHangul(a, b rune) (rune, bool) {
	switch {
	case a >= firstLead && a < firstLead+leads && b >= firstVowel && b < firstVowel+vowels:
		return firstHangul + ((a-firstLead)*vowels+b-firstVowel)*tails, true
	case a >= firstHangul && a <= lastHangul && (a-firstHangul)%tails == 0 && b > beforeTails && b < beforeTails+tails:
		return a + b - beforeTails, true
	}
	return 0, false
}
