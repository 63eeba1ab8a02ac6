package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// Limits of a file that Load reads.
const (
	maxFile   = 64 << 20 // bytes
	maxMerges = 1 << 18
	maxToken  = 1024 // bytes
)

// A FileError reports a tokenizer file that is damaged or has unsupported rules. Exit code 4.
type FileError struct {
	Line, Column int    // from 1, in bytes; 0 if no single position is wrong
	Key          string // such as model.vocab; may be empty
	Problem      string
}

func (e *FileError) Error() string {
	s := "tokenizer file"
	if e.Line > 0 {
		s += fmt.Sprintf(", line %d, column %d", e.Line, e.Column)
	}
	if e.Key != "" {
		s += ": " + e.Key
	}
	return s + ": " + e.Problem
}

// ExitCode is 4, for a model file.
func (*FileError) ExitCode() int { return 4 }

// Load reads a file written by Save, or another tokenizer.json with the same rules, such as those
// of BERT models. It returns a *FileError for anything else, and the reader's error if reading
// fails. It reads at most 64 MiB, 262,144 tokens and as many merges.
func Load(r io.Reader) (*Tokenizer, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("tokenizer file: %w", err)
	}
	if len(raw) > maxFile {
		return nil, &FileError{Problem: fmt.Sprintf("it is larger than %d MiB", maxFile>>20)}
	}
	if !utf8.Valid(raw) {
		return nil, &FileError{Problem: "it is not UTF-8 text; the file is damaged"}
	}
	f, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return f.tokenizer()
}

// tokenizer checks every rule of a file and creates a Tokenizer.
func (f *file) tokenizer() (*Tokenizer, error) {
	tokens, err := f.vocabulary()
	if err != nil {
		return nil, err
	}
	name, err := f.modelName()
	if err != nil {
		return nil, err
	}
	config, err := f.normalizer()
	if err != nil {
		return nil, err
	}
	splitter, err := words.New(config)
	if err != nil {
		return nil, err
	}
	var m model
	switch {
	case name == BPE:
		if m, err = f.bytePairs(); err != nil {
			return nil, err
		}
	case f.hasMerges:
		return nil, &FileError{Key: "model.merges", Problem: "a WordPiece model has none"}
	default:
		m = newWordPiece(tokens, f.vocab)
	}
	t := build(splitter, f.rules["post_processor"] != nil, tokens, f.vocab, m)
	if err := f.checkRules(t); err != nil {
		return nil, err
	}
	return t, nil
}

// vocabulary checks that ids are consecutive from 0 and that the special tokens exist.
func (f *file) vocabulary() ([]string, error) {
	wrong := func(problem string, args ...any) ([]string, error) {
		return nil, &FileError{Key: "model.vocab", Problem: fmt.Sprintf(problem, args...)}
	}
	tokens := make([]string, len(f.vocab))
	for token, id := range f.vocab {
		if int(id) >= len(tokens) {
			return wrong("it has %d tokens, but an id of %d or more; ids must be consecutive from 0", len(tokens), len(tokens))
		}
		tokens[id] = token
	}
	for id, token := range tokens {
		if token == "" { // missing because another id occurs twice, or empty
			return wrong("no token, or an empty one, has the id %d", id)
		}
	}
	for _, name := range specialTokens {
		if _, ok := f.vocab[name]; !ok {
			return wrong("the token %s is missing", name)
		}
	}
	if id := f.vocab[specialTokens[pad]]; id != 0 {
		return wrong("%s has the id %d; expected 0", specialTokens[pad], id)
	}
	return tokens, nil
}

func (f *file) modelName() (string, error) {
	for _, name := range []string{WordPiece, BPE} {
		want := tree(modelRule(name)).(map[string]any)
		delete(want, "vocab")
		delete(want, "merges")
		if reflect.DeepEqual(f.model, want) {
			return name, nil
		}
	}
	return "", unsupported("model", f.model, modelRule(WordPiece), modelRule(BPE))
}

// normalizer finds the config that corresponds to the file's rule.
func (f *file) normalizer() (words.Config, error) {
	got := f.rules["normalizer"]
	for _, form := range words.Forms() {
		for bits := range 4 {
			c := words.Config{Normalization: form, Lowercase: bits&1 != 0, StripAccents: bits&2 != 0}
			if reflect.DeepEqual(got, tree(normalizerRule(c, false))) {
				return c, nil
			}
			if c.StripAccents == c.Lowercase && reflect.DeepEqual(got, tree(normalizerRule(c, true))) {
				return c, nil
			}
		}
	}
	c := words.Config{Normalization: "nfkc", Lowercase: true}
	return c, unsupported("normalizer", got, normalizerRule(c, false))
}

// bytePairs creates the byte-level model of a file.
func (f *file) bytePairs() (*bytePair, error) {
	for _, token := range byteTokens {
		if _, ok := f.vocab[token]; !ok {
			return nil, &FileError{Key: "model.vocab", Problem: fmt.Sprintf("the byte %q is missing", token)}
		}
	}
	if !f.hasMerges {
		return nil, &FileError{Key: "model.merges", Problem: "this key is missing; the file is damaged"}
	}
	m := newBytePair(f.vocab, f.merges)
	if len(m.rank) < len(f.merges) {
		return nil, &FileError{Key: "model.merges", Problem: "a pair occurs twice"}
	}
	return m, nil
}

// checkRules checks the rules that have no options.
func (f *file) checkRules(t *Tokenizer) error {
	want := map[string]any{
		"version":        "1.0",
		"truncation":     nil,
		"padding":        nil,
		"added_tokens":   addedRule(t.special),
		"pre_tokenizer":  preTokenizerRule(t.Model()),
		"post_processor": nil,
		"decoder":        decoderRule(t.Model()),
	}
	if t.template {
		want["post_processor"] = clsTextSep(t.special)
	}
	for _, key := range fileKeys {
		rule, fixed := want[key]
		if fixed && !reflect.DeepEqual(f.rules[key], tree(rule)) {
			return unsupported(key, f.rules[key], rule)
		}
	}
	return nil
}

// tree is a value in the form in which JSON reads it back.
func tree(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the rules contain nothing that JSON cannot represent
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

// unsupported reports what a file has and what it should have, both truncated.
func unsupported(key string, got any, want ...any) error {
	const most = 300
	short := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		if len(b) > most {
			b = append(b[:most:most], "…"...)
		}
		return string(bytes.ToValidUTF8(b, nil))
	}
	expected := short(want[0])
	for _, w := range want[1:] {
		expected += " or " + short(w)
	}
	return &FileError{Key: key, Problem: fmt.Sprintf("%s is a rule that is not supported; expected %s", short(got), expected)}
}
