package tokenizer

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// Train learns a vocabulary. The result depends on the options and on the frequency of each word,
// not on the order of the texts.
//
// Words of more than 100 characters are not used for learning. For wordpiece, each character is
// learned twice, as a token that starts a word and as one inside a word. If VocabSize has no room
// for all, the most frequent ones are learned, and words with other characters are unknown. Texts
// without words yield a tokenizer with only special (and byte) tokens.
//
// It returns an *OptionError or *words.ConfigError (exit code 2) for options
// out of bounds, and the context's error once that is cancelled.
func Train(ctx context.Context, texts iter.Seq[string], o Options) (*Tokenizer, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	splitter, err := words.New(o.words())
	if err != nil {
		return nil, err
	}
	vocab, err := countWords(ctx, texts, splitter)
	if err != nil {
		return nil, err
	}
	j := newJoiner()
	for _, name := range specialTokens {
		j.add(name)
	}
	if o.Model == WordPiece {
		j.prefix = continuation
		j.characters(vocab, (o.VocabSize-len(specialTokens))/2)
	} else {
		j.allBytes(vocab)
	}
	merges, err := j.run(ctx, o.VocabSize, int64(o.MinFrequency))
	if err != nil {
		return nil, err
	}
	var m model = newBytePair(j.ids, merges)
	if o.Model == WordPiece {
		m = newWordPiece(j.tokens, j.ids)
	}
	return build(splitter, o.SpecialTokens, j.tokens, j.ids, m), nil
}

// A wordCount is a word and its frequency.
type wordCount struct {
	word  string
	count int64
}

// countWords returns the words of texts, sorted.
func countWords(ctx context.Context, texts iter.Seq[string], s *words.Splitter) ([]wordCount, error) {
	var out []wordCount
	index := map[string]int{}
	sc := s.Scanner(false)
	n := 0
	for text := range texts {
		for sc.Reset(text); sc.Next(); n++ {
			if n%4096 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			word := sc.Word()
			if i, ok := index[string(word)]; ok {
				out[i].count++
			} else if len(word) <= maxWordChars || utf8.RuneCount(word) <= maxWordChars {
				w := string(word)
				index[w] = len(out)
				out = append(out, wordCount{w, 1})
			}
		}
	}
	slices.SortFunc(out, func(a, b wordCount) int { return cmp.Compare(a.word, b.word) })
	return out, ctx.Err()
}

// characters splits words into symbols for their characters: at most limit of them, the most
// frequent. Words with other characters are skipped.
func (j *joiner) characters(vocab []wordCount, limit int) {
	count := map[rune]int64{}
	for _, w := range vocab {
		for _, r := range w.word {
			count[r] += w.count
		}
	}
	alphabet := slices.SortedFunc(maps.Keys(count), func(a, b rune) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	for _, r := range alphabet[min(limit, len(alphabet)):] {
		delete(count, r)
	}
	known := func(w wordCount) bool {
		for _, r := range w.word {
			if count[r] == 0 {
				return false
			}
		}
		return true
	}
	inside := map[rune]bool{}
	for _, w := range vocab {
		if known(w) {
			for i, r := range w.word {
				inside[r] = inside[r] || i > 0
			}
		}
	}
	alphabet = slices.Sorted(maps.Keys(count))
	for _, r := range alphabet {
		j.add(string(r))
	}
	for _, r := range alphabet {
		if inside[r] {
			j.add(continuation + string(r))
		}
	}
	for _, w := range vocab {
		if known(w) {
			var symbols []int32
			for i, r := range w.word {
				s := string(r)
				if i > 0 {
					s = continuation + s
				}
				symbols = append(symbols, j.ids[s])
			}
			j.word(symbols, w.count)
		}
	}
}

// allBytes splits words into symbols for their bytes, with a space before each word.
func (j *joiner) allBytes(vocab []wordCount) {
	for _, token := range byteAlphabet() {
		j.add(token)
	}
	for _, w := range vocab {
		symbols := []int32{j.ids[wordStart]}
		for i := range len(w.word) {
			symbols = append(symbols, j.ids[byteTokens[w.word[i]]])
		}
		j.word(symbols, w.count)
	}
}
