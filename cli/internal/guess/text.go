package guess

import (
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/words"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

const (
	ngramsEncoder = "{type: ngrams, dim: 64, dropout: 0.3}"
	tokensEncoder = "{type: transformer, dim: 128, layers: 2}"
)

// Most of a text that is read: attention takes the square of it, n-grams a multiple.
const (
	mostWordsRead  = 256
	mostTokensRead = 192
	mostCounted    = 8192 // longer texts count as so long
)

// lengths is how long the texts of a column are, in what its encoder reads.
type lengths struct {
	sorted []int
	unit   string // word, or token
}

// reads is the encoder of a column of texts.
func (s *survey) reads(p *profile) string {
	if p.wordsAt(0.5) <= 12 || len(s.split.splits.Train) < 5000 {
		return ngramsEncoder
	}
	return tokensEncoder
}

// countWords counts words as n-grams are made of them.
func (s *survey) countWords(p *profile) {
	splitter, err := words.New(words.Config{Lowercase: true, Normalization: "nfkc"})
	if err != nil {
		panic(err) // the options are constants
	}
	sc := splitter.Scanner(false)
	l := lengths{unit: "word"}
	for _, c := range p.cells() {
		if c.Missing() {
			continue
		}
		n := 0
		for sc.Reset(c.Text); n < mostCounted && sc.Next(); n++ {
		}
		l.sorted = append(l.sorted, n)
	}
	slices.Sort(l.sorted)
	s.lengths[p.use] = l
}

// countTokens counts what a tokenizer makes of the texts.
func (s *survey) countTokens(input string, t *tokenizer.Tokenizer) {
	for _, p := range s.inputs() {
		if p.use != input {
			continue
		}
		l := lengths{unit: "token"}
		for _, c := range p.cells() {
			if !c.Missing() {
				l.sorted = append(l.sorted, len(t.Append(nil, c.Text, mostCounted)))
			}
		}
		slices.Sort(l.sorted)
		s.lengths[input] = l
	}
}

// read is how much of each text is read: all of it, or where few are much longer than
// the others, as much as 19 of 20 have.
func (l lengths) read() (n int, why string) {
	if len(l.sorted) == 0 {
		return 4, ""
	}
	longest := l.sorted[len(l.sorted)-1]
	common := l.sorted[min(len(l.sorted)-1, len(l.sorted)*19/20)]
	n = common
	if longest <= max(32, common*3/2) {
		n = longest
	}
	most := mostWordsRead
	if l.unit == "token" {
		most = mostTokensRead
	}
	n = max(4, min(most, n))
	if longest <= n {
		return n, fmt.Sprintf("the longest text has %s", plural(longest, l.unit))
	}
	at, _ := slices.BinarySearch(l.sorted, n+1)
	cut := len(l.sorted) - at
	than := fmt.Sprintf("has %s", plural(longest, l.unit))
	if longest >= mostCounted {
		than = fmt.Sprintf("has %d %ss or more", mostCounted, l.unit)
	}
	why = fmt.Sprintf("cuts %d of %d texts (%s), the longest of which %s", cut, len(l.sorted), percent(cut, len(l.sorted)), than)
	if n == most {
		why += "; more would take longer"
	}
	return n, why
}
