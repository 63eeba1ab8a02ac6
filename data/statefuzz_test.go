package data

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/data/tokenizer"
)

// fittedState are the files of a fitted input of each kind and of a target.
func fittedState(t testing.TB, target TargetConfig) map[string][]byte {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	table, err := NewTable("t",
		Strings("text", "a red bird", "a boat", "the bird", "a boat"), Strings("words", "one two", "two", "three", "one"),
		Strings("n", "1", "2.5", "", "-3"), Strings("c", "x", "y", "x", ""), Strings("p", "", "", "", ""),
		Strings("label", "0", "1", "0", "1"))
	must(err)
	text := func(column string) TextConfig { return TextConfig{Column: column, MaxTokens: 6, Missing: MissingMask} }
	tokens, err := NewTokens(text("text"), tokenizer.Options{Model: "wordpiece", VocabSize: 64, MinFrequency: 1, Normalization: "nfkc"})
	must(err)
	words, err := NewNGrams(text("words"), NGramsConfig{Buckets: 50, MinN: 3, MaxN: 4, MaxPerWord: 5, Lowercase: true, Normalization: "nfkc"})
	must(err)
	facts, err := NewTabular(TabularConfig{Numeric: []string{"n"}, Categorical: []string{"c"}, Missing: MissingMask, Transform: "quantile", MinCount: 1})
	must(err)
	picture, err := NewImage(ImageConfig{Column: "p", Size: [2]int{2, 2}, Channels: 1, Fit: "stretch", Background: "#ffffff", Missing: MissingMask}, nil)
	must(err)
	inputs := []Input{{Name: "text", Preprocessor: tokens}, {Name: "words", Preprocessor: words}, {Name: "facts", Preprocessor: facts}, {Name: "picture", Preprocessor: picture}}
	answer, err := NewTarget(target)
	must(err)
	must(Fit(context.Background(), table, &Splits{Train: []int{0, 1, 2, 3}}, inputs, answer, nil))
	files, err := Encode(inputs, answer)
	must(err)
	return files
}

// FuzzState restores preprocessing from any bytes: a *StateError, or inputs that
// are written again as they were, and that make finite numbers within their
// features' bounds of any row.
func FuzzState(f *testing.F) {
	for _, c := range []TargetConfig{
		{Type: Binary, Column: "label"}, {Type: Multiclass, Column: "label"}, {Type: Multilabel, Column: "label", Separator: "|"}, {Type: Regression, Column: "label"},
	} {
		files := fittedState(f, c)
		f.Add(files[StateFile], files["text.tokenizer.json"])
	}
	whole := fittedState(f, TargetConfig{Type: Binary, Column: "label"})
	for _, edit := range [][2]string{
		{`"version": 1`, `"version": 2`}, {`"size": [`, `"size": [-`}, {`"mean"`, `"maen"`}, {`"std": 1`, `"std": 0`}, {`"kind": "ngrams"`, `"kind": "image"`},
		{`"buckets": 50`, `"buckets": 1e18`}, {`"max_tokens": 6`, `"max_tokens": 1000000000`},
	} {
		f.Add(bytes.Replace(whole[StateFile], []byte(edit[0]), []byte(edit[1]), 1), whole["text.tokenizer.json"])
	}
	f.Fuzz(func(t *testing.T, state, vocabulary []byte) {
		files := map[string][]byte{StateFile: state, "text.tokenizer.json": vocabulary}
		inputs, target, err := Decode(files, BuiltinKinds())
		if err != nil {
			var e *StateError
			if !errors.As(err, &e) || e.ExitCode() != 4 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		written, err := Encode(inputs, target)
		if err != nil {
			t.Fatal(err)
		}
		again, answer, err := Decode(written, BuiltinKinds())
		if err != nil {
			t.Fatalf("written anew it is refused: %v\n%s", err, written[StateFile])
		}
		twice, err := Encode(again, answer)
		if err != nil || !maps.EqualFunc(written, twice, bytes.Equal) {
			t.Fatalf("%v\n%s\nis written again as\n%s", err, written[StateFile], twice[StateFile])
		}
		for _, in := range inputs {
			useState(t, in)
		}
	})
}

// useState writes rows of a restored input.
func useState(t *testing.T, in Input) {
	var columns []*Column
	seen := map[string]bool{}
	for _, name := range in.Columns() {
		if !seen[name] {
			columns = append(columns, Strings(name, "1.5", "a bird", ""))
		}
		seen[name] = true
	}
	table, err := NewTable("t", columns...)
	if err != nil {
		t.Fatal(err)
	}
	var slots []Slot
	size := 0
	for _, f := range in.Features() {
		if size += f.Len(); size > 1<<20 {
			return // allowed, and slow
		}
		slots = append(slots, makeSlot(f, 1))
	}
	for row := range table.Len() {
		item, err := in.Load(table, row, nil)
		if err != nil {
			continue
		}
		in.Write(item, slots, Augment{})
		for i, f := range in.Features() {
			for k, id := range slots[i].Int {
				most := f.Sizes[0]
				if len(f.Sizes) > 1 {
					most = f.Sizes[k%len(f.Sizes)]
				}
				if id < 0 || id >= most {
					t.Fatalf("%s: id %d of %d", f.Name, id, most)
				}
			}
			for _, v := range slots[i].F32 {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("%s is %v of row %d", f.Name, v, row)
				}
			}
		}
	}
}
