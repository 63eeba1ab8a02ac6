package text

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
	"github.com/chiasm-ml/chiasm/rng"
)

func textConfig() Common {
	return Common{Column: "text", MaxTokens: 6, Missing: data.MissingMask}
}

func tokenOptions() tokenizer.Options {
	o := tokenizer.Defaults()
	o.VocabSize, o.MinFrequency = 64, 1
	return o
}

func TestTokens(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("text",
		"red cat", "red dog", "a red cat and a red dog", "", " \u200d ", "red \u65e5", "red\xff cat", "zebra cat"))
	p, err := NewTokens(textConfig(), tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(4), nil); err != nil {
		t.Fatal(err)
	}
	size := p.Tokenizer().Size()
	want := []data.Feature{{Name: "ids", Axes: []data.Axis{data.WordAxis}, Shape: []int{6}, Int: true, Sizes: []int{size}}, {Name: "mask", Role: data.Mask, Axes: []data.Axis{data.WordAxis}, Shape: []int{6}}}
	if diff := difference.Of(want, p.Features()); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		row    int
		tokens string
		notes  []string
	}{
		{0, "[CLS] red cat [SEP]", nil},
		{2, "[CLS] a red cat and [SEP]", []string{data.Truncated}},
		{3, "", []string{data.Masked}},
		{4, "[CLS] [SEP]", []string{data.NoTokens}},
		{5, "[CLS] red [UNK] [SEP]", []string{data.UnknownText}},
		{6, "[CLS] red cat [SEP]", []string{data.NotUTF8}},
		{7, "[CLS] [UNK] cat [SEP]", []string{data.UnknownText}},
	} {
		slots, notes, present := modalitytest.Row(t, p, table, c.row, data.Augment{})
		var tokens, reasons []string
		for i, id := range slots[0].Int {
			if slots[1].F32[i] == 1 {
				tokens = append(tokens, p.Tokenizer().Token(int32(id)))
			} else if id != 0 || slots[1].F32[i] != 0 {
				t.Errorf("row %d: place %d is %d and its mask %g", c.row, i, id, slots[1].F32[i])
			}
		}
		for _, n := range notes.Cells() {
			reasons = append(reasons, n.Reason)
		}
		if got := strings.Join(tokens, " "); got != c.tokens || present != (c.row != 3) {
			t.Errorf("row %d: %s, want %s", c.row, got, c.tokens)
		}
		if diff := difference.Of(c.notes, reasons); diff != "" {
			t.Errorf("row %d: %s", c.row, diff)
		}
	}
}

// Texts of every kind are read, and what is done to them is counted.
func TestTextKinds(t *testing.T) {
	kinds := map[string]string{
		"blank": " \t\n ", "10 MB": strings.Repeat("red cat ", 10<<20/8), "one word of 1 MB": strings.Repeat("x", 1<<20),
		"combining": "e\u0301\u0301\u0301", "right to left": "\u0634\u0645\u0633 \u202ered", "joiner": "\U0001f468\u200d\U0001f469",
		"escape codes": "\x1b[31mred\x1b[0m", "special": "[CLS] [SEP]", "not UTF-8": "\xff\xfe",
	}
	train, _ := data.NewTable("x.csv", data.Strings("text", "red cat", "red dog"))
	tokens, err := NewTokens(textConfig(), tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	bags, err := NewNGrams(textConfig(), ngramsConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.Fit(context.Background(), train, modalitytest.Rows(2), nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range kinds {
		table, _ := data.NewTable("x.csv", data.Strings("text", text))
		for _, p := range []data.Preprocessor{tokens, bags} {
			slots, notes, present := modalitytest.Row(t, p, table, 0, data.Augment{})
			if !present {
				t.Errorf("%s: absent", name)
			}
			words := 0
			for _, m := range slots[1].F32 {
				words += int(m)
			}
			noted := len(notes.Cells()) > 0
			if known := p == bags && words > 0 && name != "10 MB"; noted == known {
				t.Errorf("%s, %s: %v", name, p.Kind(), notes.Cells())
			}
		}
	}
}

func TestTokenDropout(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("text", "a b c d", "a"))
	c := textConfig()
	c.TokenDropout = 0.5
	p, err := NewTokens(c, tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); err != nil {
		t.Fatal(err)
	}
	key := rng.New(1)
	kept := 0
	const draws = 2000
	for i := range draws {
		slots, _, _ := modalitytest.Row(t, p, table, i%2, data.Augment{On: true, Key: key.Int(i)})
		n := 0
		for j, id := range slots[0].Int {
			if m := slots[1].F32[j]; m == 1 {
				n++
			} else if id != 0 || m != 0 {
				t.Fatal("padding is not zero")
			}
		}
		if slots[0].Int[0] != int(p.Tokenizer().CLS()) || slots[0].Int[n-1] != int(p.Tokenizer().SEP()) {
			t.Fatalf("special tokens were dropped: %v", slots[0].Int)
		}
		if n < 3 {
			t.Fatalf("no token is left: %v", slots[0].Int)
		}
		if i%2 == 0 {
			kept += n - 2
		}
	}
	if share := float64(kept) / (draws / 2 * 4); share < 0.46 || share > 0.54 {
		t.Errorf("%.3f of the tokens are kept, want 0.5", share)
	}
	if slots, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{}); slots[1].F32[5] != 1 {
		t.Error("tokens are dropped without augmentation")
	}
}

func TestTokensErrors(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "text,x\nhello,1\n,2\n")
	c := textConfig()
	c.Missing = data.MissingError
	p, err := NewTokens(c, tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	const want = `data.csv: row 2 (line 3), column "text": the cell is empty (fill it in, or say what it means by missing: mask)`
	if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := p.Load(table, 1, nil); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Fit(ctx, table, modalitytest.Rows(1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for field, change := range map[string]func(*Common){
		"column":        func(c *Common) { c.Column = "" },
		"max_tokens":    func(c *Common) { c.MaxTokens = 0 },
		"missing":       func(c *Common) { c.Missing = data.MissingMean },
		"token_dropout": func(c *Common) { c.TokenDropout = 1 },
	} {
		c := textConfig()
		change(&c)
		_, err := NewTokens(c, tokenOptions())
		if e, ok := err.(*data.ConfigError); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	o := tokenOptions()
	o.Model = "unigram"
	if _, err := NewTokens(textConfig(), o); modalitytest.ExitCode(err) != 2 {
		t.Errorf("a model that does not exist: %v", err)
	}
}
