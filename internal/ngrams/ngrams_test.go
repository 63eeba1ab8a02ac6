package ngrams

import (
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/internal/words"
)

func hasher(t testing.TB, c Config) *Hasher {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// bags is what Fill writes, row by row, over memory that was not zero.
func bags(h *Hasher, text string) ([][]int, []float32, int) {
	t, g := h.Config().MaxWords, h.Config().MaxPerWord
	dst, mask := slices.Repeat([]int{-1}, t*g), slices.Repeat([]float32{-1}, t)
	n := h.Fill(dst, mask, text)
	return slices.Collect(slices.Chunk(dst, g)), mask, n
}

// TestFixedIDs holds the ids that models were trained with. They were computed
// from the rules in doc.go by other means and may never change.
func TestFixedIDs(t *testing.T) {
	c := Defaults()
	c.MaxWords, c.MaxPerWord = 4, 8
	c.WordBigrams = true
	got, mask, n := bags(hasher(t, c), "Café au")
	want := [][]int{
		{18579, 16748, 11832, 9616, 9662, 9643, 10749, 15010},
		{16295, 13794, 13440, 0, 0, 0, 0, 0},
		{10738, 0, 0, 0, 0, 0, 0, 0},
		{0, 0, 0, 0, 0, 0, 0, 0},
	}
	if diff := difference.Of(want, got); diff != "" || n != 3 || !slices.Equal(mask, []float32{1, 1, 1, 0}) {
		t.Errorf("%d bags, mask %v, ids:\n%s", n, mask, diff)
	}
}

// TestRules computes bags the plain way: with strings, and the standard
// library's FNV-1a.
func TestRules(t *testing.T) {
	property.Check(t, func(r *property.T) {
		c := Config{
			Buckets:     property.SampledFrom([]int{1, 7, 20000, 1 << 24}).Draw(r, "buckets"),
			MinN:        property.IntRange(1, 5).Draw(r, "min n"),
			MaxWords:    property.IntRange(1, 6).Draw(r, "words"),
			MaxPerWord:  property.SampledFrom([]int{1, 2, 8, 24, 1024}).Draw(r, "per word"),
			WordBigrams: property.Bool().Draw(r, "bigrams"),
			Lowercase:   property.Bool().Draw(r, "lower"),
		}
		c.MaxN = c.MinN + property.IntRange(0, 3).Draw(r, "more n")
		text := property.OneOf(
			property.String(),
			property.StringOfN(property.SampledFrom([]rune("aabbcc ")), 0, 80),
			property.StringOfN(property.SampledFrom([]rune("éaß東\U0001F642")), 0, 130),
		).Draw(r, "text")
		want, wantMask := plainBags(c, text)
		got, mask, n := bags(hasher(t, c), text)
		if diff := difference.Of(want, got); diff != "" || !slices.Equal(mask, wantMask) {
			r.Fatalf("%+q: mask %v, want %v; ids:\n%s", text, mask, wantMask, diff)
		}
		if spans := hasher(t, c).AppendSpans(nil, text); len(spans) != n {
			r.Fatalf("%+q: %d spans for %d bags", text, len(spans), n)
		}
	})
}

func plainBags(c Config, text string) ([][]int, []float32) {
	sum := func(s string) uint32 {
		f := fnv.New32a()
		f.Write([]byte(s))
		return f.Sum32()
	}
	s, err := words.New(words.Config{Lowercase: c.Lowercase})
	if err != nil {
		panic(err)
	}
	all := s.Words(text)
	all = all[:min(len(all), c.MaxWords)]
	var out [][]int
	for _, w := range all {
		var grams []string
		chars := []rune("<" + w + ">")
		whole := len(chars)
		if whole > 102 {
			chars = chars[:101]
		}
		for i := range chars {
			for n := c.MinN; n <= c.MaxN && i+n <= len(chars); n++ {
				if n < whole {
					grams = append(grams, string(chars[i:i+n]))
				}
			}
		}
		if room := c.MaxPerWord - 1; len(grams) > room {
			sorted := slices.Clone(grams)
			slices.SortStableFunc(sorted, func(a, b string) int { return int(int64(mix(sum(a))) - int64(mix(sum(b)))) })
			count := map[string]int{}
			for _, g := range sorted[:room] {
				count[g]++
			}
			grams = slices.DeleteFunc(grams, func(g string) bool {
				count[g]--
				return count[g] < 0
			})
		}
		bag := []uint32{sum("\x01" + w)}
		for _, g := range grams {
			bag = append(bag, sum(g))
		}
		out = append(out, ids(c, bag))
	}
	for i := 1; i < len(all) && c.WordBigrams && len(out) < c.MaxWords; i++ {
		out = append(out, ids(c, []uint32{sum("\x02" + all[i-1] + " " + all[i])}))
	}
	mask := make([]float32, c.MaxWords)
	for i := range out {
		mask[i] = 1
	}
	for len(out) < c.MaxWords {
		out = append(out, ids(c, nil))
	}
	return out, mask
}

func ids(c Config, hashes []uint32) []int {
	out := make([]int, c.MaxPerWord)
	for i, h := range hashes {
		out[i] = 1 + int(h%uint32(c.Buckets))
	}
	return out
}

// TestSharedGramsStayShared: a long word and its plural keep n-grams in common.
func TestSharedGramsStayShared(t *testing.T) {
	h := hasher(t, Defaults())
	got, _, _ := bags(h, "photographer photographers")
	shared := 0
	for _, id := range got[0][1:] {
		if slices.Contains(got[1][1:], id) {
			shared++
		}
	}
	// They have 33 and 36 n-grams, 30 of them in common; 23 are kept of each.
	// Kept by chance, 23·(30/33)·(23/36) = 13 would be shared.
	if shared < 20 {
		t.Errorf("%d of 23 ids are shared, want 20", shared)
	}
}

func TestTextsWithoutWords(t *testing.T) {
	h := hasher(t, Defaults())
	for _, s := range []string{"", " \t\n", "\u3000", "\x00", "\xff\xfe", "\u200d"} {
		got, mask, n := bags(h, s)
		flat := slices.Concat(got...)
		if n != 0 || slices.Max(flat) != 0 || slices.Min(flat) != 0 || slices.Max(mask) != 0 || slices.Min(mask) != 0 {
			t.Errorf("%+q: %d bags, mask %v", s, n, mask)
		}
	}
}

func TestLongTexts(t *testing.T) {
	h := hasher(t, Defaults())
	for unit, want := range map[string]int{"word ": 16, "x": 1, "東": 16, "ก": 1} {
		if _, _, n := bags(h, strings.Repeat(unit, 1<<20/len(unit))); n != want {
			t.Errorf("1 MB of %q: %d bags, want %d", unit, n, want)
		}
	}
}

func TestSpans(t *testing.T) {
	c := Defaults()
	c.WordBigrams, c.MaxWords = true, 5
	text := "Été, ﬁne!"
	var got []string
	for _, s := range hasher(t, c).AppendSpans(nil, text) {
		got = append(got, text[s.Start:s.End])
	}
	if diff := difference.Of([]string{"Été", ",", "ﬁne", "!", "Été,"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Buckets = 0 }, "buckets: 0 is not possible; expected 1 to 16777216"},
		{func(c *Config) { c.Buckets = 1<<24 + 1 }, "buckets:"},
		{func(c *Config) { c.MinN = 0 }, "min_n:"},
		{func(c *Config) { c.MinN = 6 }, "max_n: 5 is not possible; expected 6 to 10"},
		{func(c *Config) { c.MaxN = 11 }, "max_n:"},
		{func(c *Config) { c.MaxWords = 0 }, "max_words:"},
		{func(c *Config) { c.MaxPerWord = 0 }, "max_per_word:"},
		{func(c *Config) { c.Normalization = "x" }, "normalization:"},
	} {
		config := Defaults()
		c.change(&config)
		_, err := New(config)
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q with exit code 2", config, err, c.want)
		}
	}
}

func TestDefaultsAreTheTags(t *testing.T) {
	var c Config
	if err := defaults.Set(&c); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of(Defaults(), c); diff != "" {
		t.Errorf("Defaults() differs from the default tags:\n%s", diff)
	}
}

func TestFillPanicsOnWrongLengths(t *testing.T) {
	h := hasher(t, Defaults())
	for _, n := range [][2]int{{16*24 - 1, 16}, {16 * 24, 15}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v did not panic", n)
				}
			}()
			h.Fill(make([]int, n[0]), make([]float32, n[1]), "a")
		}()
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	c := Defaults()
	c.WordBigrams = true
	h := hasher(t, c)
	texts := []string{"a small red fox", "Straße über naïve photographers", "", "東京タワー 🙂"}
	var want [][][]int
	for _, s := range texts {
		b, _, _ := bags(h, s)
		want = append(want, b)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 100 {
				i = (i + worker) % len(texts)
				if got, _, _ := bags(h, texts[i]); !difference.None(got, want[i]) {
					t.Errorf("%q differs in worker %d", texts[i], worker)
					return
				}
				h.AppendSpans(nil, texts[i])
			}
		})
	}
	wg.Wait()
}

func FuzzFill(f *testing.F) {
	f.Add("a small red fox", uint8(0))
	f.Add("e\u200d\u0301 \xff\xfe 東京 "+strings.Repeat("ab", 70), uint8(3))
	f.Fuzz(func(t *testing.T, text string, pick uint8) {
		c := Config{Buckets: 50, MinN: 1 + int(pick&3), MaxN: 4 + int(pick>>2&3), MaxWords: 3, MaxPerWord: 1 + int(pick>>4), WordBigrams: pick&1 != 0}
		want, wantMask := plainBags(c, text)
		got, mask, _ := bags(hasher(t, c), text)
		if !difference.None(got, want) || !slices.Equal(mask, wantMask) {
			t.Fatalf("%+v %+q: %v, want %v", c, text, got, want)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	h := hasher(b, Defaults())
	text := "Pictogram of a small red fox, jumping over lazy dogs"
	dst, mask := make([]int, 16*24), make([]float32, 16)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		h.Fill(dst, mask, text)
	}
}
