package tokenizer

import (
	"bytes"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/internal/words"
)

func TestLimit(t *testing.T) {
	tok := trained(t, settings["wordpiece-nfkc-lower"]) // with [CLS] and [SEP]
	plain := trained(t, settings["wordpiece-nfc-strip"])
	text := "a small red fox jumps over nine lazy dogs"
	all := tok.Append(nil, text, 0)
	if all[0] != tok.CLS() || all[len(all)-1] != tok.SEP() {
		t.Fatalf("%v does not begin with [CLS] and end with [SEP]", all)
	}
	for limit := 1; limit < len(all)+3; limit++ {
		want := slices.Concat([]int32{tok.CLS()}, all[1:min(max(1, limit-1), len(all)-1)], []int32{tok.SEP()})
		want = want[:min(limit, len(want))]
		got, spans := tok.AppendSpans([]int32{9}, []words.Span{{Start: 1, End: 2}}, text, limit)
		if !slices.Equal(got, append([]int32{9}, want...)) || len(spans) != len(got) {
			t.Errorf("limit %d: %v with %d spans, want 9 and %v", limit, got, len(spans), want)
		}
	}
	all = plain.Append(nil, text, 0)
	for limit := 1; limit < len(all)+3; limit++ {
		if got := plain.Append(nil, text, limit); !slices.Equal(got, all[:min(limit, len(all))]) {
			t.Errorf("limit %d: %v, want the first of %v", limit, got, all)
		}
	}
}

func TestTextsWithoutWords(t *testing.T) {
	tok := trained(t, settings["wordpiece-nfkc-lower"])
	plain := trained(t, settings["bpe-nfkd-lower"])
	for _, s := range []string{"", " ", "\t\r\n", "\u3000\u2028", "\x00\x01\x7f", "\u200d\ufeff", "\xff\xfe\xc0", "\ufffd", "\ue000"} {
		if got, want := tok.Append(nil, s, 0), []int32{tok.CLS(), tok.SEP()}; !slices.Equal(got, want) {
			t.Errorf("%+q gives %v, want %v", s, got, want)
		}
		if got := plain.Append(nil, s, 0); len(got) != 0 {
			t.Errorf("%+q gives %v, want nothing", s, got)
		}
	}
}

func TestUnknown(t *testing.T) {
	o := Defaults()
	o.SpecialTokens = false
	for _, model := range []string{WordPiece, BPE} {
		o.Model = model
		tok, err := Train(t.Context(), slices.Values([]string{"abc abc"}), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"xyz", "東京", "abд", "\U0001f642", strings.Repeat("a", 101)} {
			ids := tok.Append(nil, s, 0)
			if known := slices.IndexFunc(ids, func(id int32) bool { return id != tok.Unknown() }); model == WordPiece && known >= 0 {
				t.Errorf("%s: %q gives %v, want unknown tokens only", model, s, ids)
			}
			if model == BPE && slices.Contains(ids, tok.Unknown()) {
				t.Errorf("%s: %q gives %v, with an unknown token", model, s, ids)
			}
		}
	}
}

// TestInvalidUTF8 drops what is no UTF-8, as if it were U+FFFD.
func TestInvalidUTF8(t *testing.T) {
	for name, o := range settings {
		tok := trained(t, o)
		for _, s := range []string{"caf\xffe fox", "\xc3(", "\xe2\x82 small", "\xf0\x9f\x99 x", "e\xed\xa0\x80\u0301", "[MA\xffSK]", "\xff[MASK]\xff"} {
			clean := strings.ToValidUTF8(s, "\ufffd")
			if got, want := tok.Append(nil, s, 0), tok.Append(nil, clean, 0); !slices.Equal(got, want) {
				t.Errorf("%s: %+q gives %v, %+q gives %v", name, s, got, clean, want)
			}
		}
	}
}

func TestSpans(t *testing.T) {
	o := Defaults()
	texts := slices.Values([]string{"fine fine straße straße cafe cafe jump jumping jumping, photo photo [ ]"})
	for _, c := range []struct{ model, text, want string }{
		{WordPiece, "Jumping ﬁne, x[MASK]!", "[CLS]= jumping=Jumping fine=ﬁne ,=, [UNK]=x [MASK]=[MASK] [UNK]=! [SEP]="},
		{WordPiece, "ﬁneﬁ", "[CLS]= fine=ﬁne ##f=ﬁ ##i=ﬁ [SEP]="},
		{WordPiece, "STRA\u00adßE \xffphoto\xff", "[CLS]= straße=STRA\u00adßE photo=photo [SEP]="},
		{WordPiece, "zzz photo", "[CLS]= [UNK]=zzz photo=photo [SEP]="},
		{BPE, "é photo?", "[CLS]= Ġ=é Ã=é ©=é Ġphoto=photo Ġ=? ?=? [SEP]="},
	} {
		o.Model = c.model
		tok, err := Train(t.Context(), texts, o)
		if err != nil {
			t.Fatal(err)
		}
		ids, spans := tok.AppendSpans(nil, nil, c.text, 0)
		var got []string
		for i, s := range spans {
			got = append(got, tok.Token(ids[i])+"="+c.text[s.Start:s.End])
		}
		if diff := difference.Of(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s %+q:\n%s", c.model, c.text, diff)
		}
	}
}

// TestLongTexts would take minutes or gigabytes if something went over a word
// or a text again and again.
func TestLongTexts(t *testing.T) {
	for _, name := range []string{"wordpiece-nfkc-lower", "bpe-nfc"} {
		tok := trained(t, settings[name])
		for unit, size := range map[string]int{"small red fox ": 10 << 20, "a": 1 << 20, "ก": 1 << 20, "[": 1 << 20, "e\u0301\u0323": 1 << 18} {
			if raceDetector() {
				size /= 64 // each step takes twenty times as long
			}
			text := strings.Repeat(unit, size/len(unit))
			all := tok.Append(nil, text, 0)
			few := tok.Append(nil, text, 32)
			if len(few) > 32 || len(few) < 32 && len(few) < len(all) || !slices.Equal(few[:len(few)-1], all[:len(few)-1]) {
				t.Errorf("%s, %d bytes of %q: %d ids, the first are %v with a limit of 32 and %v without", name, size, unit, len(all), few, all[:min(32, len(all))])
			}
		}
	}
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestAppendDoesNotAllocate(t *testing.T) {
	if raceDetector() {
		t.Skip("the race detector empties pools")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pool
	texts := lines(t)[40:140]
	for name, o := range settings {
		tok := trained(t, o)
		dst := make([]int32, 0, 1<<16)
		each := func() {
			for _, s := range texts {
				dst = tok.Append(dst[:0], s, 0)
			}
		}
		if n := testing.AllocsPerRun(5, each); n > 0 {
			t.Errorf("%s: %v allocations for %d texts", name, n, len(texts))
		}
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	texts := lines(t)[40:240]
	for _, name := range []string{"wordpiece-nfkc-lower", "bpe-nfkc-lower-strip"} {
		tok := trained(t, settings[name])
		want := make([][]int32, len(texts))
		for i, s := range texts {
			want[i] = tok.Append(nil, s, 0)
		}
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				var ids []int32
				var spans []words.Span
				for i := range texts {
					i = (i + worker*25) % len(texts)
					if worker%2 == 0 {
						ids = tok.Append(ids[:0], texts[i], 0)
					} else {
						ids, spans = tok.AppendSpans(ids[:0], spans[:0], texts[i], 0)
					}
					if !slices.Equal(ids, want[i]) {
						t.Errorf("%+q: %v in worker %d, want %v", texts[i], ids, worker, want[i])
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

// spell is the normalised words of ids without special tokens, joined, from
// the tokens alone.
func spell(tok *Tokenizer, ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		s := tok.Token(id)
		if tok.Model() == BPE {
			for _, r := range s {
				b.WriteByte(byte(slices.Index(byteTokens[:], string(r))))
			}
			continue
		}
		if rest, inside := strings.CutPrefix(s, continuation); inside {
			s = rest
		} else {
			s = " " + s
		}
		b.WriteString(s)
	}
	return b.String()
}

// invariants hold for every text.
func invariants(tok *Tokenizer, text string) string {
	ids, spans := tok.AppendSpans(nil, nil, text, 0)
	if again := tok.Append(nil, text, 0); !slices.Equal(ids, again) {
		return "Append and AppendSpans differ"
	}
	for i, id := range ids {
		if id < 0 || int(id) >= tok.Size() {
			return "an id is out of range"
		}
		if s := spans[i]; s.Start < 0 || s.End > len(text) || s.Start > s.End {
			return "a span is out of range"
		}
	}
	if tok.template {
		if ids[0] != tok.CLS() || ids[len(ids)-1] != tok.SEP() {
			return "[CLS] or [SEP] is missing"
		}
		ids = ids[1 : len(ids)-1]
	}
	if len(ids) == 0 || slices.Contains(ids, tok.Unknown()) {
		return ""
	}
	if _, which := findSpecial(text); which >= 0 {
		return ""
	}
	if want := " " + strings.Join(tok.splitter.Words(text), " "); spell(tok, ids) != want {
		return "the tokens spell another text"
	}
	return ""
}

func TestInvariants(t *testing.T) {
	texts := lines(t)
	var toks []*Tokenizer
	for _, o := range settings {
		tok := trained(t, o)
		toks = append(toks, tok)
		for _, s := range texts {
			if problem := invariants(tok, s); problem != "" {
				t.Errorf("%+v, %+q: %s", o, s, problem)
			}
		}
	}
	part := property.OneOf(property.SampledFrom(texts), property.SampledFrom(texts), property.String(), property.SampledFrom(specialTokens[:]))
	property.Check(t, func(r *property.T) {
		text := strings.Join(property.SliceOfN(part, 0, 4).Draw(r, "parts"), property.SampledFrom([]string{"", " "}).Draw(r, "between"))
		for _, tok := range toks {
			if problem := invariants(tok, text); problem != "" {
				r.Fatalf("%s %+v: %s", tok.Model(), tok.splitter.Config(), problem)
			}
		}
	})
}

// TestWordsDoNotInteract checks that the ids of two texts are those of both
// joined by a space.
func TestWordsDoNotInteract(t *testing.T) {
	texts := lines(t)
	for _, name := range []string{"wordpiece-none", "bpe-nfkd-lower"} {
		tok := trained(t, settings[name])
		for i := 1; i < len(texts); i++ {
			got := tok.Append(nil, texts[i-1]+" "+texts[i], 0)
			want := tok.Append(tok.Append(nil, texts[i-1], 0), texts[i], 0)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %+q and %+q give %v apart and %v together", name, texts[i-1], texts[i], want, got)
			}
		}
	}
}

func FuzzAppend(f *testing.F) {
	for _, s := range []string{"", "small fox [MASK] ﬁne", "e\u200d\u0301 \xff\xfe 東京", "\x1b[31m [[CLS]]", strings.Repeat("ab", 200)} {
		f.Add(s, 0)
		f.Add(s, 3)
	}
	var toks []*Tokenizer
	for _, name := range []string{"wordpiece-nfkc-lower", "wordpiece-nfd-lower-strip", "bpe-nfc", "bpe-nfkc-lower-strip"} {
		toks = append(toks, trained(f, settings[name]))
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		for _, tok := range toks {
			if problem := invariants(tok, text); problem != "" {
				t.Fatalf("%+q: %s", text, problem)
			}
			if ids := tok.Append(nil, text, limit&63); limit&63 > 0 && len(ids) > limit&63 {
				t.Fatalf("%+q: %d ids with a limit of %d", text, len(ids), limit&63)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	o := Defaults()
	for _, model := range []string{WordPiece, BPE} {
		o.Model, o.VocabSize = model, 270
		tok, err := Train(f.Context(), slices.Values([]string{"she sells sea shells"}), o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(saved(f, tok))
	}
	f.Add([]byte(`{"model":{"vocab":{"[PAD]":0}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tok, err := Load(bytes.NewReader(raw))
		if err != nil {
			return
		}
		file := saved(t, tok)
		back, err := Load(bytes.NewReader(file))
		if err != nil || !bytes.Equal(saved(t, back), file) {
			t.Fatalf("what was loaded and saved does not load alike: %v", err)
		}
		if problem := invariants(tok, "She sells ﬁne [MASK] shells"); problem != "" {
			t.Fatal(problem)
		}
	})
}

func TestByteTokens(t *testing.T) {
	seen := map[string]bool{}
	for b, token := range byteTokens {
		if seen[token] || utf8.RuneCountInString(token) != 1 {
			t.Errorf("byte %d has the token %q", b, token)
		}
		seen[token] = true
	}
	if byteTokens[' '] != wordStart || byteTokens['a'] != "a" || byteTokens[0xad] != "Ń" {
		t.Errorf("space %q, a %q, 0xad %q", byteTokens[' '], byteTokens['a'], byteTokens[0xad])
	}
}
