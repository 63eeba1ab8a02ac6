package tokenizer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
)

func TestSaveLoad(t *testing.T) {
	texts := lines(t)
	for name, o := range settings {
		t.Run(name, func(t *testing.T) {
			tok := trained(t, o)
			raw := saved(t, tok)
			back, err := Load(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(saved(t, back), raw) {
				t.Error("saving what was loaded gives another file")
			}
			if back.Model() != o.Model || back.Size() != tok.Size() {
				t.Errorf("model %s of %d tokens, want %s of %d", back.Model(), back.Size(), o.Model, tok.Size())
			}
			for _, s := range texts {
				if got, want := back.Append(nil, s, 0), tok.Append(nil, s, 0); !slices.Equal(got, want) {
					t.Fatalf("%+q: %v, before saving %v", s, got, want)
				}
			}
		})
	}
}

// TestLoadBERT reads a file written for another project's model: compact, the
// special tokens not in front, accents left to lowercase.
func TestLoadBERT(t *testing.T) {
	raw, err := os.ReadFile("testdata/bert.json")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, id := range tok.Append(nil, "Unaffable CAFÉ!", 0) {
		got = append(got, tok.Token(id))
	}
	want := []string{"[CLS]", "un", "##aff", "##able", "cafe", "!", "[SEP]"}
	if !slices.Equal(got, want) {
		t.Errorf("tokens %q, want %q", got, want)
	}
	if tok.Unknown() == 1 || tok.Token(tok.Unknown()) != "[UNK]" || tok.Token(tok.Mask()) != "[MASK]" {
		t.Errorf("special tokens are not found at ids of their own: [UNK] %d, [MASK] %d", tok.Unknown(), tok.Mask())
	}
}

// damage returns cases of one replacement each in a small file, and a part of
// the message that must name it.
func damage() []struct{ model, name, old, new, want string } {
	return []struct{ model, name, old, new, want string }{
		{WordPiece, "empty", "(?s).*", "", "the file ends here"},
		{WordPiece, "not JSON", `"version"`, `version`, "line 2, column 3: invalid character 'v'"},
		{WordPiece, "not an object", "(?s).*", "[]", "unexpected"},
		{WordPiece, "cut short", `(?s)"vocab".*`, "", "the file ends here"},
		{WordPiece, "trailing bytes", `\}\n$`, "} 1", "data follows"},
		{WordPiece, "trailing comma", `\}\n\}\n$`, "},}", "invalid character"},
		{WordPiece, "not UTF-8", `"1.0"`, "\"\xff\"", "not UTF-8"},
		{WordPiece, "unknown key", `"padding": null`, `"padding": null, "extra": 1`, "extra: unknown key"},
		{WordPiece, "key in capitals", `"padding"`, `"Padding"`, "Padding: unknown key"},
		{WordPiece, "repeated key", `"padding": null`, `"padding": null, "padding": null`, `"padding" occurs twice`},
		{WordPiece, "missing key", `"padding": null,`, ``, "padding: this key is missing"},
		{WordPiece, "other version", `"1.0"`, `"2.0"`, `version: "2.0" is a rule that is not supported; expected "1.0"`},
		{WordPiece, "truncation", `"truncation": null`, `"truncation": {"max_length": 8}`, "truncation:"},
		{WordPiece, "padding", `"padding": null`, `"padding": {}`, "padding: {}"},
		{WordPiece, "added token", `"id": 4,\n      "content": "\[MASK\]"`, `"id": 5, "content": "[MASK]"`, "added_tokens:"},
		{WordPiece, "added token with spaces", `"lstrip": false`, `"lstrip": true`, "added_tokens:"},
		{WordPiece, "no normalizer", `(?s)"normalizer": .*?"pre_token`, `"normalizer": null, "pre_token`, "normalizer: null is a rule"},
		{WordPiece, "other normalizer", `"type": "NFKC"`, `"type": "NFC"`, "normalizer:"},
		{WordPiece, "dirty text", `"clean_text": true`, `"clean_text": false`, "normalizer:"},
		{WordPiece, "other splitter", `"BertPreTokenizer"`, `"Whitespace"`, "pre_tokenizer:"},
		{WordPiece, "other template", `"id": "A"`, `"id": "B"`, "post_processor:"},
		{WordPiece, "other decoder", `"cleanup": true`, `"cleanup": false`, "decoder:"},
		{WordPiece, "other model", `"type": "WordPiece",\n    "unk`, `"type": "Unigram", "unk`, "model:"},
		{WordPiece, "model not an object", `(?s)"model": .*`, `"model": 3}`, "model: unexpected \"3\""},
		{WordPiece, "other limit", `"max_input_chars_per_word": 100`, `"max_input_chars_per_word": 1e2`, "model:"},
		{WordPiece, "merges of wordpiece", `"vocab"`, `"merges": [], "vocab"`, "must follow"},
		{WordPiece, "merges after the vocabulary", `\n    \}\n  \}\n\}`, `}, "merges": []}}`, "a WordPiece model has none"},
		{WordPiece, "vocabulary as a list", `(?s)"vocab": .*`, `"vocab": []}}`, "model.vocab"},
		{WordPiece, "empty vocabulary", `(?s)"vocab": .*`, `"vocab": {}}}`, "[PAD] is missing"},
		{WordPiece, "token twice", `"##r": `, `"##a": `, `the token "##a" occurs twice`},
		{WordPiece, "id twice", `: 9,`, `: 8,`, "has the id"},
		{WordPiece, "gap in the ids", `: 9,`, `: 99999,`, "must be consecutive from 0"},
		{WordPiece, "negative id", `: 9,`, `: -9,`, `"-9" is not a token id`},
		{WordPiece, "fraction", `: 9,`, `: 9.5,`, `"9.5" is not a token id`},
		{WordPiece, "huge id", `: 9,`, `: 99999999999999999999,`, "is not a token id"},
		{WordPiece, "id as text", `: 9,`, `: null,`, "is not a token id"},
		{WordPiece, "empty token", `"s": `, `"": `, "a token has 0 bytes"},
		{WordPiece, "long token", `"s": `, `"` + strings.Repeat("s", maxToken+1) + `": `, "a token has 1025 bytes"},
		{WordPiece, "no mask", `"\[MASK\]": 4`, `"[MASKS]": 4`, "the token [MASK] is missing"},
		{WordPiece, "padding not 0", `"\[PAD\]": 0,\n      "\[UNK\]": 1`, `"[PAD]": 1, "[UNK]": 0`, "[PAD] has the id 1; expected 0"},
		{WordPiece, "deep", `"padding": null`, `"padding": ` + strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6), "nested too deep"},
		{WordPiece, "long", `"padding": null`, `"padding": [` + strings.Repeat("0,", 1e6) + `0]`, "too long"},
		{BPE, "byte missing", `"Ā": `, `"ĀĀ": `, `the byte "Ā" is missing`},
		{BPE, "no merges", `(?s),\s*"merges".*`, `}}`, "model.merges: this key is missing"},
		{BPE, "merge of one", `"Ġ",\s*"s"`, `"Ġ"`, "are not in the vocabulary"},
		{BPE, "merge of three", `"Ġ",\s*"s"`, `"Ġ", "s", "s"`, "a merge must be two tokens"},
		{BPE, "merge of numbers", `"Ġ",\s*"s"`, `1, 2`, "a merge must be two tokens"},
		{BPE, "merge as text", `\[\s*"Ġ",\s*"s"\s*\]`, `"Ġ s"`, "unexpected"},
		{BPE, "merge of strangers", `"Ġ",\s*"s"`, `"Ġ", "q"`, `"Ġ" and "q", or their concatenation, are not in the vocabulary`},
		{BPE, "merge twice", `("merges": \[)(\s*\[\s*"[^"]*",\s*"[^"]*"\s*\],)`, `$1$2$2`, "a pair occurs twice"},
		{BPE, "fallback", `"byte_fallback": false`, `"byte_fallback": true`, "model:"},
		{BPE, "spaces left out", `"add_prefix_space": true`, `"add_prefix_space": false`, "pre_tokenizer:"},
	}
}

func TestDamagedFiles(t *testing.T) {
	texts := slices.Values([]string{"she sells sea shells", "the shells she sells are sea shells"})
	files := map[string]string{}
	for _, model := range []string{WordPiece, BPE} {
		o := Defaults()
		o.Model, o.VocabSize = model, 300
		tok, err := Train(t.Context(), texts, o)
		if err != nil {
			t.Fatal(err)
		}
		files[model] = string(saved(t, tok))
	}
	for _, c := range damage() {
		t.Run(c.name, func(t *testing.T) {
			re := regexp.MustCompile(c.old)
			at := re.FindStringSubmatchIndex(files[c.model])
			if at == nil {
				t.Fatalf("%q is not in the file", c.old)
			}
			raw := files[c.model][:at[0]] + string(re.ExpandString(nil, c.new, files[c.model], at)) + files[c.model][at[1]:]
			tok, err := Load(strings.NewReader(raw))
			var coded interface{ ExitCode() int }
			if tok != nil || !errors.As(err, &coded) || coded.ExitCode() != 4 {
				t.Fatalf("Load gave %v, %v; want an error with exit code 4", tok, err)
			}
			if msg := err.Error(); !strings.Contains(msg, c.want) || strings.Contains(msg, "\n") || len(msg) > 1500 {
				t.Errorf("message %q, want one short line with %q", msg, c.want)
			}
		})
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	o := Defaults()
	o.VocabSize = 64
	tok, err := Train(t.Context(), slices.Values([]string{"aa ab"}), o)
	if err != nil {
		t.Fatal(err)
	}
	raw := bytes.TrimSpace(saved(t, tok))
	for n := range raw {
		if _, err := Load(bytes.NewReader(raw[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes are accepted", n, len(raw))
		}
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLoadReaderErrors(t *testing.T) {
	if _, err := Load(brokenReader{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want the reader's", err)
	}
	if _, err := Load(io.MultiReader(strings.NewReader("{"), endless{})); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("an endless file: %v", err)
	}
}

type endless struct{}

var spaces = strings.Repeat(" ", 1<<20)

func (endless) Read(b []byte) (int, error) {
	return copy(b, spaces), nil
}

// TestLoadMemory checks that a file costs at most twice its size and 64 MiB.
func TestLoadMemory(t *testing.T) {
	if raceDetector() {
		t.Skip("the race detector has memory of its own")
	}
	// What is reachable, and little more: the collector makes who allocates help it
	// rather than let the heap pass this, however busy the machine is.
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	files := map[string][]byte{
		"100,000 tokens": bigFile(t, 100_000),
		"numbers":        []byte(`{"padding":[` + strings.Repeat("0,", 4<<20) + `0]}`),
		"empty objects":  []byte(`{"model":{"x":[` + strings.Repeat("{},", 4<<20) + `0]}}`),
	}
	var tokens bytes.Buffer // as many as possible in few bytes
	tokens.WriteString(`{"model":{"vocab":{"[PAD]":0`)
	for n := range maxVocab {
		tokens.WriteString(",\"" + string(rune(0x4e00+n%20000)) + string(rune(0x4e00+n/20000)) + "\":1")
	}
	files["short tokens"] = tokens.Bytes()
	for name, raw := range files {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			base := heapBytes()
			done := make(chan error, 1)
			go func() {
				_, err := Load(bytes.NewReader(raw))
				done <- err
			}()
			var peak uint64
			for running := true; running; {
				select {
				case err := <-done:
					if fine := name == "100,000 tokens"; (err == nil) != fine {
						t.Errorf("Load: %v", err)
					}
					running = false
				default:
					runtime.Gosched()
				}
				peak = max(peak, heapBytes())
			}
			t.Logf("%d bytes take %d", len(raw), peak-base)
			if limit := base + 2*uint64(len(raw)) + 64<<20; peak > limit {
				t.Errorf("a file of %d bytes took the heap from %d to %d bytes", len(raw), base, peak)
			}
		})
	}
}

func heapBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// bigFile is a byte-level tokenizer of many tokens.
func bigFile(t testing.TB, size int) []byte {
	tokens := append(slices.Clone(specialTokens[:]), byteAlphabet()...)
	ids := map[string]int32{}
	for id, s := range tokens {
		ids[s] = int32(id)
	}
	var merges []merge
	for left := int32(5); len(tokens) < size; left++ {
		for right := int32(5); right < 261 && len(tokens) < size; right++ {
			s := tokens[left] + tokens[right]
			if _, ok := ids[s]; !ok {
				id := int32(len(tokens))
				ids[s] = id
				tokens = append(tokens, s)
				merges = append(merges, merge{left, right, id})
			}
		}
	}
	splitter := trained(t, settings["bpe-nfc"]).splitter
	return saved(t, build(splitter, true, tokens, ids, newBytePair(ids, merges)))
}
