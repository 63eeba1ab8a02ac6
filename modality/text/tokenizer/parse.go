package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// fileKeys are the keys of a tokenizer.json, all of which are required.
var fileKeys = []string{
	"version", "truncation", "padding", "added_tokens", "normalizer",
	"pre_tokenizer", "post_processor", "decoder", "model",
}

const (
	maxDepth  = 12    // of arrays and objects in each other
	maxValues = 10000 // outside the vocabulary and the merges
)

// A file is a parsed tokenizer.json: well-formed, without repeated keys, and within the limits.
// Nothing else is checked.
type file struct {
	rules     map[string]any // without the model
	model     map[string]any // without the two below
	vocab     map[string]int32
	merges    []merge
	hasMerges bool
}

type parser struct {
	raw    []byte
	d      *json.Decoder
	values int
}

func parse(raw []byte) (*file, error) {
	p := &parser{raw: raw, d: json.NewDecoder(bytes.NewReader(raw))}
	p.d.UseNumber()
	f := &file{rules: map[string]any{}}
	err := p.object("", func(key string) (err error) {
		switch {
		case !slices.Contains(fileKeys, key):
			return p.wrong(key, "unknown key")
		case key == "model":
			f.model = map[string]any{}
			return p.modelObject(f)
		}
		f.rules[key], err = p.value(key, 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return nil, p.wrong("", "data follows the end of the object")
	}
	for _, key := range fileKeys {
		if _, ok := f.rules[key]; !ok && (key != "model" || f.model == nil) {
			return nil, &FileError{Key: key, Problem: "this key is missing; the file is damaged"}
		}
	}
	return f, nil
}

func (p *parser) modelObject(f *file) error {
	return p.object("model", func(key string) (err error) {
		switch key {
		case "vocab":
			f.vocab = map[string]int32{}
			if err := p.begin("model.vocab", '{'); err != nil {
				return err
			}
			return p.elements("model.vocab", func() error { return p.vocabEntry(f) })
		case "merges":
			if f.vocab == nil {
				return p.wrong("model.merges", "it must follow model.vocab")
			}
			f.hasMerges = true
			return p.array("model.merges", func() error { return p.mergeEntry(f) })
		}
		f.model[key], err = p.value("model."+key, 2)
		return err
	})
}

// vocabEntry reads a token and its id.
func (p *parser) vocabEntry(f *file) error {
	const key = "model.vocab"
	token, err := p.key(key)
	if err != nil {
		return err
	}
	v, err := p.token(key)
	if err != nil {
		return err
	}
	number, ok := v.(json.Number)
	id, bad := strconv.ParseUint(string(number), 10, 31)
	_, twice := f.vocab[token]
	switch {
	case !ok || bad != nil:
		return p.wrong(key, fmt.Sprintf("%s is not a token id", quote(v)))
	case token == "" || len(token) > maxToken:
		return p.wrong(key, fmt.Sprintf("a token has %d bytes; expected 1 to %d", len(token), maxToken))
	case twice:
		return p.wrong(key, fmt.Sprintf("the token %s occurs twice", quote(token)))
	case len(f.vocab) == maxVocab:
		return p.wrong(key, fmt.Sprintf("there are more than %d tokens", maxVocab))
	}
	f.vocab[token] = int32(id)
	return nil
}

// mergeEntry reads a pair of tokens and finds the ids of both and of their concatenation.
func (p *parser) mergeEntry(f *file) error {
	const key = "model.merges"
	if len(f.merges) == maxMerges {
		return p.wrong(key, fmt.Sprintf("there are more than %d merges", maxMerges))
	}
	var pair [2]string
	n := 0
	err := p.array(key, func() error {
		v, err := p.token(key)
		if err != nil {
			return err
		}
		s, ok := v.(string)
		if !ok || n == len(pair) {
			return p.wrong(key, "a merge must be two tokens")
		}
		pair[n] = s
		n++
		return nil
	})
	if err != nil {
		return err
	}
	left, ok1 := f.vocab[pair[0]]
	right, ok2 := f.vocab[pair[1]]
	joined, ok3 := f.vocab[pair[0]+pair[1]]
	if n != len(pair) || !ok1 || !ok2 || !ok3 {
		return p.wrong(key, fmt.Sprintf("%s and %s, or their concatenation, are not in the vocabulary", quote(pair[0]), quote(pair[1])))
	}
	f.merges = append(f.merges, merge{left, right, joined})
	return nil
}

// value reads any value within the limits.
func (p *parser) value(path string, depth int) (any, error) {
	v, err := p.token(path)
	if err != nil {
		return nil, err
	}
	p.values++
	if depth == maxDepth || p.values > maxValues {
		return nil, p.wrong(path, "it is nested too deeply or too long")
	}
	switch v {
	case json.Delim('{'):
		out := map[string]any{}
		return out, p.members(path, func(key string) (err error) {
			out[key], err = p.value(path+"."+key, depth+1)
			return err
		})
	case json.Delim('['):
		out := []any{}
		return out, p.elements(path, func() error {
			item, err := p.value(path, depth+1)
			out = append(out, item)
			return err
		})
	}
	return v, nil
}

// object reads an object, calling member for each value.
func (p *parser) object(path string, member func(key string) error) error {
	if err := p.begin(path, '{'); err != nil {
		return err
	}
	return p.members(path, member)
}

// array reads an array, calling element for each value.
func (p *parser) array(path string, element func() error) error {
	if err := p.begin(path, '['); err != nil {
		return err
	}
	return p.elements(path, element)
}

func (p *parser) begin(path string, delim json.Delim) error {
	v, err := p.token(path)
	if err == nil && v != delim {
		err = p.wrong(path, fmt.Sprintf("unexpected %s; expected %q", quote(v), delim))
	}
	return err
}

func (p *parser) members(path string, member func(key string) error) error {
	seen := map[string]struct{}{}
	for p.d.More() {
		key, err := p.key(path)
		if err != nil {
			return err
		}
		if _, twice := seen[key]; twice {
			return p.wrong(path, fmt.Sprintf("the key %s occurs twice", quote(key)))
		}
		seen[key] = struct{}{}
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := p.token(path)
	return err
}

// elements calls element until the array or object ends.
func (p *parser) elements(path string, element func() error) error {
	for p.d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := p.token(path)
	return err
}

func (p *parser) key(path string) (string, error) {
	v, err := p.token(path)
	if err != nil {
		return "", err
	}
	key, ok := v.(string)
	if !ok {
		return "", p.wrong(path, fmt.Sprintf("%s is not a key", quote(v)))
	}
	return key, nil
}

func (p *parser) token(path string) (json.Token, error) {
	v, err := p.d.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, p.wrong(path, "the file ends here; it is damaged")
	}
	if err != nil {
		return nil, p.wrong(path, err.Error())
	}
	return v, nil
}

// wrong returns an error at the decoder's current position.
func (p *parser) wrong(key, problem string) error {
	before := p.raw[:min(int(p.d.InputOffset()), len(p.raw))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return &FileError{Line: line, Column: column, Key: key, Problem: problem}
}

// quote formats a value from a damaged file, truncated.
func quote(v any) string {
	s := fmt.Sprint(v)
	return strconv.Quote(s[:min(len(s), 40)])
}
