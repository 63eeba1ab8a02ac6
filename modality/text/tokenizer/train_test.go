package tokenizer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

func TestDefaultsAreTheTags(t *testing.T) {
	var o Options
	if err := defaults.Set(&o); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of(Defaults(), o); diff != "" {
		t.Errorf("Defaults() differs from the default tags:\n%s", diff)
	}
}

func TestOptionErrors(t *testing.T) {
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Model = "unigram" }, `model: "unigram" is not a model`},
		{func(o *Options) { o.Model = "" }, "model:"},
		{func(o *Options) { o.VocabSize = 63 }, "vocab_size: 63 is not possible for wordpiece; expected 64 to"},
		{func(o *Options) { o.Model, o.VocabSize = BPE, 260 }, "vocab_size: 260 is not possible for bpe; expected 261 to"},
		{func(o *Options) { o.VocabSize = maxVocab + 1 }, "vocab_size:"},
		{func(o *Options) { o.MinFrequency = 0 }, "min_frequency: 0"},
		{func(o *Options) { o.Normalization = "NFKC" }, "normalization:"},
	} {
		o := Defaults()
		c.change(&o)
		_, err := Train(t.Context(), slices.Values([]string{"a"}), o)
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q with exit code 2", o, err, c.want)
		}
	}
}

// TestLearned checks small vocabularies that can be followed by hand.
func TestLearned(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts []string
		o     Options
		want  string
	}{
		{"characters, then pairs by frequency, then by id", []string{"ab ab ab cd cd"},
			Options{Model: WordPiece, VocabSize: 64, MinFrequency: 1}, "a b c d ##b ##d ab cd"},
		{"rare pairs are not joined", []string{"ab ab ab cd cd"},
			Options{Model: WordPiece, VocabSize: 64, MinFrequency: 3}, "a b c d ##b ##d ab"},
		{"overlapping pairs", []string{"aaaa aaaa"},
			Options{Model: WordPiece, VocabSize: 64, MinFrequency: 2}, "a ##a ##aa aaa aaaa"},
		{"a word of 101 characters is not learned from", []string{strings.Repeat("ab", 51) + " " + strings.Repeat("c", 100)},
			Options{Model: WordPiece, VocabSize: 64, MinFrequency: 2}, "c ##c ##cc ##cccc ##cccccccc ##cccccccccccccccc ##" + strings.Repeat("c", 32) + " ##" + strings.Repeat("c", 64)},
		{"nothing to learn", []string{"", " \t", "\u200d"},
			Options{Model: WordPiece, VocabSize: 64, MinFrequency: 1}, ""},
		{"bytes", []string{"ab ab"},
			Options{Model: BPE, VocabSize: 263, MinFrequency: 1}, "ab Ġab"},
		{"a character of two bytes", []string{"é é"},
			Options{Model: BPE, VocabSize: 263, MinFrequency: 1}, "Ã© ĠÃ©"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tok, err := Train(t.Context(), slices.Values(c.texts), c.o)
			if err != nil {
				t.Fatal(err)
			}
			learned := tok.tokens[len(specialTokens):]
			if c.o.Model == BPE {
				learned = learned[256:]
			}
			if got := strings.Join(learned, " "); got != c.want {
				t.Errorf("learned %s\n   want %s", got, c.want)
			}
			for id, token := range tok.tokens {
				if got, ok := tok.ID(token); !ok || got != int32(id) || tok.Token(got) != token {
					t.Errorf("token %q: id %d, want %d", token, got, id)
				}
			}
		})
	}
}

// TestTooManyCharacters keeps the frequent ones, within the vocabulary.
func TestTooManyCharacters(t *testing.T) {
	var texts []string
	for r := rune('一'); r < '一'+500; r++ {
		texts = append(texts, string(r))
	}
	texts = append(texts, "東東東", "ab cab", "京京")
	o := Options{Model: WordPiece, VocabSize: 64, MinFrequency: 1}
	tok, err := Train(t.Context(), slices.Values(texts), o)
	if err != nil {
		t.Fatal(err)
	}
	if tok.Size() > o.VocabSize {
		t.Errorf("%d tokens, want at most %d", tok.Size(), o.VocabSize)
	}
	for _, s := range []string{"東", "京", "a", "b", "##b", "ab"} {
		if _, ok := tok.ID(s); !ok {
			t.Errorf("%s was not learned: %q", s, tok.tokens)
		}
	}
	if got := tok.Append(nil, "東 "+string(rune('一'+499)), 0); len(got) != 2 || got[0] == tok.Unknown() || got[1] != tok.Unknown() {
		t.Errorf("ids %v, want a known and an unknown one", got)
	}
}

func TestTrainingIgnoresOrder(t *testing.T) {
	texts := lines(t)[100:200]
	property.Check(t, func(r *property.T) {
		name := property.SampledFrom([]string{"wordpiece-nfkc-lower", "bpe-nfc"}).Draw(r, "settings")
		o := settings[name]
		o.VocabSize = property.IntRange(300, 900).Draw(r, "size")
		var files [2][]byte
		for i, texts := range [][]string{texts, property.Permutation(texts).Draw(r, "texts")} {
			tok, err := Train(t.Context(), slices.Values(texts), o)
			if err != nil {
				r.Fatal(err)
			}
			files[i] = saved(t, tok)
		}
		if !bytes.Equal(files[0], files[1]) {
			r.Fatal("another order of the texts gives another tokenizer")
		}
	})
}

func TestTrainIsCancelled(t *testing.T) {
	for _, when := range []string{"before", "while counting", "while joining"} {
		t.Run(when, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			texts := func(yield func(string) bool) {
				for n = range 100_000 {
					if when == "while counting" && n == 10 || when == "while joining" && n == 100 {
						cancel()
						if when == "while joining" {
							return
						}
					}
					if !yield(fmt.Sprintf("word%d another%d third%d fourth%d", n, n, n, n)) {
						return
					}
				}
			}
			if when == "before" {
				cancel()
			}
			if tok, err := Train(ctx, texts, Defaults()); tok != nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("Train: %v, %v", tok, err)
			}
			if n > 5000 {
				t.Errorf("%d texts were read after the context was cancelled", n)
			}
		})
	}
}

// TestJoinIsCancelled reaches the loop that Train's own checks come before.
func TestJoinIsCancelled(t *testing.T) {
	j := newJoiner()
	j.word([]int32{j.add("a"), j.add("b")}, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.run(ctx, 100, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
}

// TestOptionKeys holds every option to a key in snake case.
func TestOptionKeys(t *testing.T) {
	for f := range reflect.TypeFor[Options]().Fields() {
		if key := f.Tag.Get("yaml"); key == "" || key != strings.ToLower(key) {
			t.Errorf("%s has the key %q", f.Name, key)
		}
	}
}
