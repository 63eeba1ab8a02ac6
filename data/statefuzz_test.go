package data_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

// fittedState are the files of a fitted input of each kind and of a target.
func fittedState(t testing.TB, target data.TargetConfig) map[string][]byte {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	table, err := data.NewTable("t",
		data.Strings("text", "a red bird", "a boat", "the bird", "a boat"), data.Strings("words", "one two", "two", "three", "one"),
		data.Strings("n", "1", "2.5", "", "-3"), data.Strings("c", "x", "y", "x", ""), data.Strings("p", "", "", "", ""),
		data.Strings("label", "0", "1", "0", "1"))
	must(err)
	texts := func(column string) text.Common {
		return text.Common{Column: column, MaxTokens: 6, Missing: data.MissingMask}
	}
	tokens, err := text.NewTokens(texts("text"), tokenizer.Options{Model: "wordpiece", VocabSize: 64, MinFrequency: 1, Normalization: "nfkc"})
	must(err)
	words, err := text.NewNGrams(texts("words"), text.NGramsOptions{Buckets: 50, MinN: 3, MaxN: 4, MaxPerWord: 5, Lowercase: true, Normalization: "nfkc"})
	must(err)
	facts, err := tabular.New(tabular.Options{Numeric: []string{"n"}, Categorical: []string{"c"}, Missing: data.MissingMask, Transform: "quantile", MinCount: 1})
	must(err)
	picture, err := image.New(image.Options{Column: "p", Size: [2]int{2, 2}, Channels: 1, Fit: "stretch", Background: "#ffffff", Missing: data.MissingMask})
	must(err)
	inputs := []data.Input{{Name: "text", Preprocessor: tokens}, {Name: "words", Preprocessor: words}, {Name: "facts", Preprocessor: facts}, {Name: "picture", Preprocessor: picture}}
	answer, err := data.NewTarget(target)
	must(err)
	must(data.Fit(context.Background(), table, &data.Splits{Train: []int{0, 1, 2, 3}}, inputs, answer, nil))
	files, err := data.Encode(inputs, answer)
	must(err)
	return files
}

// FuzzState restores preprocessing from any bytes: a *StateError, or inputs that
// are written again as they were, and that make finite numbers within their
// features' bounds of any row.
func FuzzState(f *testing.F) {
	for _, c := range []data.TargetConfig{
		{Type: data.Binary, Column: "label"}, {Type: data.Multiclass, Column: "label"}, {Type: data.Multilabel, Column: "label", Separator: "|"}, {Type: data.Regression, Column: "label"},
	} {
		files := fittedState(f, c)
		f.Add(files[data.StateFile], files["text.tokenizer.json"])
	}
	whole := fittedState(f, data.TargetConfig{Type: data.Binary, Column: "label"})
	for _, edit := range [][2]string{
		{`"version": 1`, `"version": 2`}, {`"size": [`, `"size": [-`}, {`"mean"`, `"maen"`}, {`"std": 1`, `"std": 0`}, {`"kind": "ngrams"`, `"kind": "image"`},
		{`"buckets": 50`, `"buckets": 1e18`}, {`"max_tokens": 6`, `"max_tokens": 1000000000`},
	} {
		f.Add(bytes.Replace(whole[data.StateFile], []byte(edit[0]), []byte(edit[1]), 1), whole["text.tokenizer.json"])
	}
	f.Fuzz(func(t *testing.T, state, vocabulary []byte) {
		files := map[string][]byte{data.StateFile: state, "text.tokenizer.json": vocabulary}
		inputs, target, err := data.Decode(files, kinds)
		if err != nil {
			var e *data.StateError
			if !errors.As(err, &e) || e.ExitCode() != 4 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		written, err := data.Encode(inputs, target)
		if err != nil {
			t.Fatal(err)
		}
		again, answer, err := data.Decode(written, kinds)
		if err != nil {
			t.Fatalf("written anew it is refused: %v\n%s", err, written[data.StateFile])
		}
		twice, err := data.Encode(again, answer)
		if err != nil || !maps.EqualFunc(written, twice, bytes.Equal) {
			t.Fatalf("%v\n%s\nis written again as\n%s", err, written[data.StateFile], twice[data.StateFile])
		}
		for _, in := range inputs {
			useState(t, in)
		}
	})
}

// useState writes rows of a restored input.
func useState(t *testing.T, in data.Input) {
	var columns []*data.Column
	seen := map[string]bool{}
	for _, name := range in.Columns() {
		if !seen[name] {
			columns = append(columns, data.Strings(name, "1.5", "a bird", ""))
		}
		seen[name] = true
	}
	table, err := data.NewTable("t", columns...)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, f := range in.Features() {
		if size += f.Len(); size > 1<<20 {
			return // allowed, and slow
		}
	}
	slots := data.NewSlots(in.Features(), 1)
	for row := range table.Len() {
		item, err := in.Load(table, row, nil)
		if err != nil {
			continue
		}
		in.Write(item, slots, data.Augment{})
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
