package text

import (
	"context"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/ngrams"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/rng"
)

func ngramsConfig() NGramsOptions {
	return NGramsOptions{Buckets: 500, MinN: 3, MaxN: 5, MaxPerWord: 8, Lowercase: true, Normalization: "nfkc"}
}

func TestNGrams(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("text", "a red cat", "", " ", "one two three four five six seven", "one two three four five six", "caf\xe9"))
	for _, bigrams := range []bool{false, true} {
		c, o := textConfig(), ngramsConfig()
		o.WordBigrams = bigrams
		p, err := NewNGrams(c, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Fit(context.Background(), table, modalitytest.Rows(6), nil); err != nil {
			t.Fatal(err)
		}
		want := []data.Feature{{Name: "ids", Axes: []data.Axis{data.WordAxis, ""}, Shape: []int{6, 8}, Int: true, Sizes: []int{501}}, {Name: "mask", Role: data.Mask, Axes: []data.Axis{data.WordAxis}, Shape: []int{6}}}
		if diff := difference.Of(want, p.Features()); diff != "" {
			t.Error(diff)
		}
		h, err := ngrams.New(ngrams.Config{Buckets: 500, MinN: 3, MaxN: 5, MaxWords: 6, MaxPerWord: 8, Lowercase: true, Normalization: "nfkc", WordBigrams: bigrams})
		if err != nil {
			t.Fatal(err)
		}
		for row, reasons := range [][]string{nil, {data.Masked}, {data.NoTokens}, {data.Truncated}, nil, {data.NotUTF8}} {
			if bigrams && row == 4 { // no room is left for the pairs
				reasons = []string{data.Truncated}
			}
			slots, notes, present := modalitytest.Row(t, p, table, row, data.Augment{})
			ids, mask := make([]int, 48), make([]float32, 6)
			h.Fill(ids, mask, table.Columns[0].Cell(row).Text)
			if !slices.Equal(ids, slots[0].Int) || !slices.Equal(mask, slots[1].F32) {
				t.Errorf("row %d: %v, want %v and %v", row, slots, ids, mask)
			}
			var got []string
			for _, n := range notes.Cells() {
				got = append(got, n.Reason)
			}
			if !slices.Equal(got, reasons) || present != (row != 1) {
				t.Errorf("row %d: %v, want %v", row, got, reasons)
			}
		}
	}
}

func TestNGramsDropout(t *testing.T) {
	table, _ := data.NewTable("x.csv", data.Strings("text", "one two three four"))
	c := textConfig()
	c.TokenDropout = 0.7
	p, err := NewNGrams(c, ngramsConfig())
	if err != nil {
		t.Fatal(err)
	}
	plain, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{})
	kept := 0
	for i := range 1000 {
		slots, _, _ := modalitytest.Row(t, p, table, 0, data.Augment{On: true, Key: rng.New(1).Int(i)})
		n := 0
		for n < 6 && slots[1].F32[n] == 1 {
			n++
		}
		if n == 0 || slices.Max(slots[1].F32[n:]) != 0 || slices.Max(slots[0].Int[n*8:]) != 0 {
			t.Fatalf("%d words, then %v", n, slots)
		}
		next := 0 // of the words, those kept stand in their order
		for w := range n {
			for !slices.Equal(slots[0].Int[w*8:w*8+8], plain[0].Int[next*8:next*8+8]) {
				if next++; next == 4 {
					t.Fatalf("word %d is none of the text's, or out of order", w)
				}
			}
			next++
		}
		kept += n
	}
	// 4 · 0.3, and one where all four would go
	if mean, want := float64(kept)/1000, 1.2+0.7*0.7*0.7*0.7; mean < want-0.1 || mean > want+0.1 {
		t.Errorf("%.3f words are kept, want %.3f", mean, want)
	}
}

func TestNGramsState(t *testing.T) {
	p, err := NewNGrams(textConfig(), ngramsConfig())
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	restored := &NGrams{}
	if err := restored.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	c, o := restored.Config()
	if c != textConfig() || o != ngramsConfig() || !difference.None(restored.Features(), p.Features()) {
		t.Errorf("restored as %+v, %+v", c, o)
	}
}

func TestNGramsErrors(t *testing.T) {
	table := modalitytest.Table(t, data.CSV, "text,x\nhello,1\n,2\n")
	c := textConfig()
	c.Missing = data.MissingError
	p, err := NewNGrams(c, ngramsConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); modalitytest.ExitCode(err) != 3 {
		t.Errorf("an empty text: %v", err)
	}
	for _, change := range []func(*Common, *NGramsOptions){
		func(c *Common, _ *NGramsOptions) { c.MaxTokens = 5000 },
		func(c *Common, _ *NGramsOptions) { c.Column = "" },
		func(_ *Common, o *NGramsOptions) { o.MaxN = 2 },
		func(_ *Common, o *NGramsOptions) { o.Normalization = "nfx" },
	} {
		c, o := textConfig(), ngramsConfig()
		change(&c, &o)
		if _, err := NewNGrams(c, o); modalitytest.ExitCode(err) != 2 {
			t.Errorf("%+v, %+v: %v", c, o, err)
		}
	}
}
