package tokenizer

import (
	"strings"
	"sync"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// specialTokens are the first ids of a trained tokenizer, in this order.
var specialTokens = [...]string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}

const (
	pad = iota
	unknown
	cls
	sep
	mask
)

// A Tokenizer converts texts to token ids. It is immutable and safe for concurrent use. Create it
// with Train or Load.
type Tokenizer struct {
	splitter *words.Splitter
	template bool // [CLS] text [SEP]
	tokens   []string
	ids      map[string]int32
	special  [len(specialTokens)]int32
	model    model
	scratch  sync.Pool
}

// A model splits one normalised word into tokens.
type model interface {
	name() string
	// encode sets sc.ids to the tokens of a word and sc.ends to the end of each, in bytes of the
	// word.
	encode(sc *scratch, word []byte)
}

// scratch is the working memory of one call of Append.
type scratch struct {
	words, tracked *words.Scanner
	ids            []int32
	ends           []int
	symbols        []symbol
	queue          []uint64
}

// build creates a Tokenizer from its parts; tokens must include the special ones.
func build(s *words.Splitter, template bool, tokens []string, ids map[string]int32, m model) *Tokenizer {
	t := &Tokenizer{splitter: s, template: template, tokens: tokens, ids: ids, model: m}
	for i, name := range specialTokens {
		t.special[i] = ids[name]
	}
	t.scratch.New = func() any { return &scratch{words: s.Scanner(false), tracked: s.Scanner(true)} }
	return t
}

// Size is the number of tokens; ids are 0 to Size()-1.
func (t *Tokenizer) Size() int {
	if t == nil {
		return 0
	}
	return len(t.tokens)
}

// Model is the name of the model: wordpiece or bpe.
func (t *Tokenizer) Model() string { return t.model.name() }

// Token is the token of an id. It panics if the id is out of range.
func (t *Tokenizer) Token(id int32) string { return t.tokens[id] }

// ID is the id of a token, and whether there is such a token.
func (t *Tokenizer) ID(token string) (int32, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// Pad is the id of [PAD], always 0.
func (t *Tokenizer) Pad() int32 { return t.special[pad] }

// Unknown is the id of [UNK].
func (t *Tokenizer) Unknown() int32 { return t.special[unknown] }

// CLS is the id of [CLS], before each text if the options had SpecialTokens.
func (t *Tokenizer) CLS() int32 { return t.special[cls] }

// SEP is the id of [SEP], after each text if the options had SpecialTokens.
func (t *Tokenizer) SEP() int32 { return t.special[sep] }

// Mask is the id of [MASK], which represents a hidden token.
func (t *Tokenizer) Mask() int32 { return t.special[mask] }

// A Span is a range of bytes [Start, End) of a text.
type Span = words.Span

// Normalization configures how a text is normalised before it is split into words.
type Normalization = words.Config

// Append appends the ids of a text to dst: at most limit of them, including [CLS] and [SEP], which
// are always kept, or all if limit is 0. No text is an error: invalid UTF-8 bytes are dropped, and
// unknown words are [UNK].
func (t *Tokenizer) Append(dst []int32, text string, limit int) []int32 {
	dst, _ = t.appendText(dst, nil, text, limit, false)
	return dst
}

// AppendSpans is Append that also appends, for each id, the range of bytes of the text it
// represents. Spans of neighbours overlap where a normal form or a byte-level token splits a
// character. [CLS] has the empty span at the start of the text, [SEP] the one at its end. The text
// must be below 4 GiB.
func (t *Tokenizer) AppendSpans(dst []int32, spans []Span, text string, limit int) ([]int32, []Span) {
	return t.appendText(dst, spans, text, limit, true)
}

func (t *Tokenizer) appendText(dst []int32, spans []Span, text string, limit int, track bool) ([]int32, []Span) {
	sc := t.scratch.Get().(*scratch)
	defer t.scratch.Put(sc)
	e := encoding{t: t, sc: sc, scanner: sc.words, ids: dst, spans: spans, track: track, room: int(^uint(0) >> 1)}
	if track {
		e.scanner = sc.tracked
	}
	if t.template {
		if limit > 0 {
			e.room = max(0, limit-2)
		}
		e.room++ // for [CLS]
		e.add(t.special[cls], words.Span{})
	} else if limit > 0 {
		e.room = limit
	}
	e.text(text)
	if t.template {
		e.room++
		e.add(t.special[sep], words.Span{Start: len(text), End: len(text)})
	}
	if limit > 0 && len(e.ids) > len(dst)+limit { // room for only one of [CLS] and [SEP]
		e.ids = e.ids[:len(dst)+limit]
		if track {
			e.spans = e.spans[:len(spans)+limit]
		}
	}
	return e.ids, e.spans
}

// An encoding is the state of one call of Append.
type encoding struct {
	t       *Tokenizer
	sc      *scratch
	scanner *words.Scanner
	ids     []int32
	spans   []words.Span
	track   bool
	room    int // how many more ids fit
}

func (e *encoding) add(id int32, s words.Span) {
	e.ids = append(e.ids, id)
	if e.track {
		e.spans = append(e.spans, s)
	}
	e.room--
}

// text encodes a text between its special tokens, which are matched before anything is normalised.
func (e *encoding) text(text string) {
	for start := 0; start < len(text) && e.room > 0; {
		at, which := findSpecial(text[start:])
		if which < 0 {
			e.plain(text[start:], start)
			return
		}
		e.plain(text[start:start+at], start)
		end := start + at + len(specialTokens[which])
		if e.room > 0 {
			e.add(e.t.special[which], words.Span{Start: start + at, End: end})
		}
		start = end
	}
}

// findSpecial finds the first special token in a text; which is -1 if there is none.
func findSpecial(text string) (at, which int) {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '[')
		if i < 0 {
			return 0, -1
		}
		from += i
		for which, name := range specialTokens {
			if strings.HasPrefix(text[from:], name) {
				return from, which
			}
		}
		from++
	}
}

// plain encodes a text without special tokens that starts at offset.
func (e *encoding) plain(text string, offset int) {
	for e.scanner.Reset(text); e.room > 0 && e.scanner.Next(); {
		e.t.model.encode(e.sc, e.scanner.Word())
		start := 0
		for i, id := range e.sc.ids {
			if e.room == 0 {
				break
			}
			var s words.Span
			if end := e.sc.ends[i]; e.track {
				s = e.span(start, end)
				s.Start, s.End = s.Start+offset, s.End+offset
				start = end
			}
			e.add(id, s)
		}
	}
}

// span is the part of the text that bytes [start, end) of the word came from. The mark of a word's
// start has no byte of its own and gets the first one's span.
func (e *encoding) span(start, end int) words.Span { return e.scanner.Span(start, max(end, start+1)) }

// Words is how a text is normalised before it is split into words.
func (t *Tokenizer) Words() Normalization { return t.splitter.Config() }
