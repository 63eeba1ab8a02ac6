package tokenizer

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var write = flag.String("write", "", "folder to write the tokenizers of TestReference to, for scripts/parity/tokenizer.py")

// settings are what the reference library is compared on.
var settings = map[string]Options{
	"wordpiece-nfkc-lower":      {Model: WordPiece, VocabSize: 2000, MinFrequency: 2, Normalization: "nfkc", Lowercase: true, SpecialTokens: true},
	"wordpiece-nfd-lower-strip": {Model: WordPiece, VocabSize: 700, MinFrequency: 2, Normalization: "nfd", Lowercase: true, StripAccents: true, SpecialTokens: true},
	"wordpiece-none":            {Model: WordPiece, VocabSize: 3000, MinFrequency: 1, Normalization: "none"},
	"wordpiece-nfc-strip":       {Model: WordPiece, VocabSize: 1500, MinFrequency: 3, Normalization: "nfc", StripAccents: true},
	"bpe-nfc":                   {Model: BPE, VocabSize: 1500, MinFrequency: 2, Normalization: "nfc", SpecialTokens: true},
	"bpe-nfkc-lower-strip":      {Model: BPE, VocabSize: 3000, MinFrequency: 1, Normalization: "nfkc", Lowercase: true, StripAccents: true},
	"bpe-nfkd-lower":            {Model: BPE, VocabSize: 600, MinFrequency: 2, Normalization: "nfkd", Lowercase: true},
}

// readGzip decodes a fixture.
func readGzip(t testing.TB, name string, v any) {
	t.Helper()
	raw, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	z, err := gzip.NewReader(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		t.Fatal(err)
	}
}

func lines(t testing.TB) (out []string) {
	t.Helper()
	readGzip(t, "lines.json.gz", &out)
	return out
}

func trained(t testing.TB, o Options) *Tokenizer {
	t.Helper()
	tok, err := Train(context.Background(), slices.Values(lines(t)), o)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func saved(t testing.TB, tok *Tokenizer) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tok.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReference trains on 1,000 lines and compares the ids of each line with
// those of the Hugging Face library with the same tokenizer.json
// (scripts/parity/tokenizer.py).
func TestReference(t *testing.T) {
	if *write != "" {
		writeTokenizers(t, *write)
		return
	}
	var reference struct {
		Tokenizers string
		Settings   map[string]struct {
			SHA256 string
			IDs    [][]int32
		}
	}
	readGzip(t, "reference.json.gz", &reference)
	if len(reference.Settings) != len(settings) {
		t.Fatalf("the fixture has %d settings, the test %d", len(reference.Settings), len(settings))
	}
	texts := lines(t)
	for name, o := range settings {
		t.Run(name, func(t *testing.T) {
			want := reference.Settings[name]
			tok := trained(t, o)
			if sum := sha256.Sum256(saved(t, tok)); hex.EncodeToString(sum[:]) != want.SHA256 {
				t.Fatalf("the trained tokenizer is not the one the ids are for: run scripts/parity/tokenizer.py")
			}
			if len(want.IDs) != len(texts) {
				t.Fatalf("ids of %d lines, want %d", len(want.IDs), len(texts))
			}
			var got []int32
			for i, text := range texts {
				if got = tok.Append(got[:0], text, 0); !slices.Equal(got, want.IDs[i]) {
					t.Errorf("line %d %+q:\n got %v\nwant %v (tokenizers %s)", i+1, text, got, want.IDs[i], reference.Tokenizers)
				}
			}
		})
	}
}

func writeTokenizers(t *testing.T, folder string) {
	raw, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"settings.json": raw}
	for name, o := range settings {
		files[name+".json"] = saved(t, trained(t, o))
	}
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(folder, name), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
