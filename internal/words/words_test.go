package words

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/property"
)

func splitter(t testing.TB, c Config) *Splitter {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWords(t *testing.T) {
	zalgo := "e" + strings.Repeat("\u0323\u0301", 40)
	for _, c := range []struct {
		name, text string
		config     Config
		want       []string
	}{
		{"empty", "", Config{}, nil},
		{"blank", " \t\r\n\u00a0\u3000\u2028", Config{}, nil},
		{"punctuation", "don't (stop)_now…", Config{}, []string{"don", "'", "t", "(", "stop", ")", "_", "now", "…"}},
		{"case kept", "Hello WORLD", Config{}, []string{"Hello", "WORLD"}},
		{"lower case", "Hello ÉCLAIR Σίσυφος ΣΑΣ", Config{Lowercase: true}, []string{"hello", "éclair", "σίσυφος", "σασ"}},
		{"dotted I", "İstanbul Iğdır", Config{Lowercase: true}, []string{"i\u0307stanbul", "iğdır"}},
		{"dotted I without accents", "İstanbul", Config{Lowercase: true, StripAccents: true}, []string{"istanbul"}},
		{"capital sharp s", "STRAẞE Straße", Config{Lowercase: true}, []string{"straße", "straße"}},
		{"ligature kept", "ﬁne", Config{Normalization: "nfc"}, []string{"ﬁne"}},
		{"ligature replaced", "ﬁne", Config{Normalization: "nfkc"}, []string{"fine"}},
		{"full width", "Ｃａｆｅ\u0301", Config{Normalization: "nfkc", Lowercase: true}, []string{"café"}},
		{"composed", "cafe\u0301", Config{Normalization: "nfc"}, []string{"café"}},
		{"composed over a joiner", "cafe\u200d\u0301", Config{Normalization: "nfc"}, []string{"café"}},
		{"composed over a control", "cafe\x01\u0301", Config{Normalization: "nfc"}, []string{"café"}},
		{"composed over a bad byte", "cafe\xff\u0301", Config{Normalization: "nfc"}, []string{"café"}},
		{"decomposed", "café", Config{Normalization: "nfd"}, []string{"cafe\u0301"}},
		{"accents", "naïve Ångström", Config{StripAccents: true}, []string{"naive", "Angstrom"}},
		{"hangul stays composed", "한국어", Config{Normalization: "nfc", StripAccents: true}, []string{"한국어"}},
		{"hangul with no form", "한", Config{StripAccents: true}, []string{"\u1112\u1161\u11ab"}},
		{"chinese", "東京tower", Config{}, []string{"東", "京", "tower"}},
		{"kana is not chinese", "カタカナ", Config{}, []string{"カタカナ"}},
		{"emoji", "👩\u200d👩\u200d👧!", Config{}, []string{"👩👩👧", "!"}},
		{"right to left", "שלום עולם", Config{}, []string{"שלום", "עולם"}},
		{"escape codes", "a\x1b[31mred", Config{}, []string{"a", "[", "31mred"}},
		{"invalid UTF-8", "a\xffb \xc3 \xe2\x82", Config{}, []string{"ab"}},
		{"invalid UTF-8 between forms", "e\xed\xa0\x80x", Config{Normalization: "nfkd"}, []string{"ex"}},
		{"replacement character", "a\ufffdb", Config{}, []string{"ab"}},
		{"80 marks, sorted and without joiners", zalgo, Config{Normalization: "nfd"},
			[]string{"e" + strings.Repeat("\u0323", 40) + strings.Repeat("\u0301", 40)}},
		{"80 marks composed", zalgo, Config{Normalization: "nfc"},
			[]string{"ẹ" + strings.Repeat("\u0323", 39) + strings.Repeat("\u0301", 40)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := splitter(t, c.config).Words(c.text); !slices.Equal(got, c.want) {
				t.Errorf("Words(%+q) = %+q, want %+q", c.text, got, c.want)
			}
		})
	}
}

// TestEveryCodePoint compares what becomes of each code point between two
// letters with the reference library (scripts/parity/words.py).
func TestEveryCodePoint(t *testing.T) {
	raw, err := os.ReadFile("testdata/codepoints.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Tokenizers string
		Hashes     map[string]string
	}
	if err := json.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	configs := map[string]Config{
		"clean": {},
		"lower": {Lowercase: true},
		"strip": {StripAccents: true},
	}
	for _, f := range Forms()[1:] {
		configs[f] = Config{Normalization: f}
		configs[f+" lower strip"] = Config{Normalization: f, Lowercase: true, StripAccents: true}
	}
	if len(reference.Hashes) != len(configs) {
		t.Fatalf("the fixture has %d normalisers, this test %d", len(reference.Hashes), len(configs))
	}
	for name, config := range configs {
		if name != "nfkc lower strip" && raceDetector() {
			continue // one of eleven is enough where each step takes twenty times as long
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := sha256.New()
			sc := splitter(t, config).Scanner(false)
			for c := range rune(utf8.MaxRune + 1) {
				if !utf8.ValidRune(c) {
					continue
				}
				between := ""
				for sc.Reset("a" + string(c) + "b"); sc.Next(); between = " " {
					h.Write([]byte(between))
					h.Write(sc.Word())
				}
				h.Write([]byte("\n"))
			}
			if got := hex.EncodeToString(h.Sum(nil)); got != reference.Hashes[name] {
				t.Errorf("hash over all code points is %s, tokenizers %s has %s", got, reference.Tokenizers, reference.Hashes[name])
			}
		})
	}
}

func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// awkward draws texts of characters that meet in the steps of normalising.
func awkward(n int) *property.Generator[string] {
	odd := []rune("aAeEiIßẞİıσςΣÅé \t\n\r\x00\x01\u0085\u00a0\u200d\u200b\u2028\ufeff\ufffd" +
		"\u0300\u0301\u0307\u0316\u0323\u0334\u0345\u0344\u0f71\u0f72\u093c\u0bc6\u0bbe\u0b95\u3099かガｶﾞ" +
		"ﬁﬀ①²ℌ℡½\u00a8\u1112\u1161\u11ab한ᄒ東豈𠀀ไทยשלאرﷺ👩🏽.,'_-[]#…«」\U00011935\U00011930\u0898\u08ca")
	return property.Custom(func(t *property.T) string {
		rs := property.SliceOfN(property.OneOf(property.SampledFrom(odd), property.SampledFrom(odd), property.Rune()), 0, n).Draw(t, "runes")
		return string(rs)
	})
}

func configs() *property.Generator[Config] {
	return property.Custom(func(t *property.T) Config {
		return Config{
			Normalization: property.SampledFrom(Forms()).Draw(t, "form"),
			Lowercase:     property.Bool().Draw(t, "lower"),
			StripAccents:  property.Bool().Draw(t, "strip"),
		}
	})
}

func TestIdempotent(t *testing.T) {
	property.Check(t, func(r *property.T) {
		s := splitter(t, configs().Draw(r, "config"))
		once := s.Words(awkward(30).Draw(r, "text"))
		if twice := s.Words(strings.Join(once, " ")); !slices.Equal(once, twice) {
			r.Fatalf("%+v: %+q becomes %+q the second time", s.Config(), once, twice)
		}
	})
}

// TestPieces checks that reading piece by piece is normalising the whole.
func TestPieces(t *testing.T) {
	property.Check(t, func(r *property.T) {
		s := splitter(t, configs().Draw(r, "config"))
		text := awkward(40).Draw(r, "text")
		if property.Bool().Draw(r, "long") {
			text = strings.Repeat("한ก\u0e33", longPiece/9) + text
		}
		sc := s.Scanner(true)
		var units []unit
		for i, c := range text {
			units = append(units, unit{c, span{uint32(i), uint32(i + utf8.RuneLen(c))}})
		}
		sc.normalize(units)
		var want []string
		for more := true; more; {
			if more = sc.nextUnits(); len(sc.word) > 0 {
				want = append(want, string(sc.word))
			}
			sc.word = sc.word[:0]
		}
		if got := s.Words(text); !slices.Equal(got, want) {
			r.Fatalf("%+v: Words(%+q) = %+q, as one piece %+q", s.Config(), text, got, want)
		}
	})
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		text   string
		config Config
		want   []string // the source of each byte of each word
	}{
		{"Ab c!", Config{Lowercase: true}, []string{"A b", "c", "!"}},
		{"a\x01b", Config{}, []string{"a b"}},
		{"ﬁx", Config{Normalization: "nfkc"}, []string{"ﬁ ﬁ x"}},
		{"e\u0301!", Config{Normalization: "nfc"}, []string{"e\u0301 e\u0301", "!"}},
		{"é", Config{StripAccents: true}, []string{"é"}},
		{"İ", Config{Lowercase: true}, []string{"İ İ İ"}},
		{"東a", Config{}, []string{"東 東 東", "a"}},
	} {
		sc := splitter(t, c.config).Scanner(true)
		var got []string
		for sc.Reset(c.text); sc.Next(); {
			var parts []string
			for i := range sc.Word() {
				p := sc.Span(i, i+1)
				parts = append(parts, c.text[p.Start:p.End])
			}
			got = append(got, strings.Join(parts, " "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: sources of the words of %+q are %+q, want %+q", c.config, c.text, got, c.want)
		}
	}
}

func TestScannerAfterLongText(t *testing.T) {
	s := splitter(t, Config{Normalization: "nfkc", Lowercase: true})
	sc := s.Scanner(true)
	long := strings.Repeat("Ж", 10*maxKept)
	for sc.Reset(long); sc.Next(); {
		if got := sc.Span(0, len(sc.Word())); got != (Span{0, len(long)}) {
			t.Fatalf("span %v, want all %d bytes", got, len(long))
		}
	}
	sc.Reset("ab")
	if cap(sc.word) > maxKept {
		t.Errorf("a Scanner keeps %d bytes of a word for the next text", cap(sc.word))
	}
	if !sc.Next() || string(sc.Word()) != "ab" || sc.Next() {
		t.Errorf("wrong words after a long text")
	}
}

// TestUnknownForm also checks that the error carries exit code 2.
func TestUnknownForm(t *testing.T) {
	_, err := New(Config{Normalization: "NFC"})
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 2 {
		t.Errorf("New with form NFC: %v, want an error with exit code 2", err)
	}
}

func TestConcurrentScanners(t *testing.T) {
	s := splitter(t, Config{Normalization: "nfkc", Lowercase: true, StripAccents: true})
	text := "Ｎaïve Straße 東京 привет İ e\u0323\u0301 👩\u200d👧"
	want := s.Words(text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got := s.Words(text); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "e\u200d\u0301 \xff\xfe", "한국어 İ ﬁ", "\u0344\u0345\u0301a\x00\u0301"} {
		for form := range Forms() {
			f.Add(s, byte(form))
		}
	}
	f.Fuzz(func(t *testing.T, text string, pick byte) {
		c := Config{Normalization: Forms()[int(pick&7)%5], Lowercase: pick&8 != 0, StripAccents: pick&16 != 0}
		s := splitter(t, c)
		var once []string
		sc := s.Scanner(true)
		for sc.Reset(text); sc.Next(); {
			w := sc.Word()
			if len(w) == 0 || !utf8.Valid(w) {
				t.Fatalf("word %+q of %+q", w, text)
			}
			if p := sc.Span(0, len(w)); p.Start < 0 || p.End > len(text) || p.Start >= p.End {
				t.Fatalf("word %+q of %+q has span %v", w, text, p)
			}
			once = append(once, string(w))
		}
		if twice := s.Words(strings.Join(once, " ")); !slices.Equal(once, twice) {
			t.Fatalf("%+v: %+q becomes %+q the second time", c, once, twice)
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	for name, text := range map[string]string{
		"english": strings.Repeat("The licence permits redistribution, with or without changes. ", 100),
		"french":  strings.Repeat("Où sont passés les élèves de l'École normale supérieure ? ", 100),
		"russian": strings.Repeat("Съешь же ещё этих мягких французских булок, да выпей чаю. ", 100),
		"chinese": strings.Repeat("天地玄黃宇宙洪荒日月盈昃辰宿列張", 100),
	} {
		for _, c := range []Config{{Normalization: "nfkc", Lowercase: true}, {Normalization: "nfkc", Lowercase: true, StripAccents: true}} {
			b.Run(fmt.Sprintf("%s/strip=%v", name, c.StripAccents), func(b *testing.B) {
				sc := splitter(b, c).Scanner(false)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					for sc.Reset(text); sc.Next(); {
					}
				}
			})
		}
	}
}
