package tokenizer

import (
	"encoding/json"
	"errors"
	"io"
)

// Save writes a Hugging Face tokenizer.json. It returns the writer's error.
func (t *Tokenizer) Save(w io.Writer) error {
	if t == nil || t.model == nil {
		return errors.New("tokenizer: the Tokenizer is nil: create it with Train or Load")
	}
	f := fileFormat{
		Version:      "1.0",
		AddedTokens:  addedRule(t.special),
		Normalizer:   normalizerRule(t.splitter.Config(), false),
		PreTokenizer: preTokenizerRule(t.Model()),
		Decoder:      decoderRule(t.Model()),
	}
	if t.template {
		f.PostProcessor = clsTextSep(t.special)
	}
	switch m := modelRule(t.Model()).(type) {
	case wordPieceModel:
		m.Vocab = t.tokens
		f.Model = m
	case bytePairModel:
		m.Vocab = t.tokens
		for _, j := range t.model.(*bytePair).merges {
			m.Merges = append(m.Merges, [2]string{t.tokens[j.left], t.tokens[j.right]})
		}
		f.Model = m
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(f)
}
