package tokenizer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/chiasm-ml/chiasm/internal/words"
)

// The parts of a tokenizer.json, in the order used by the reference library.

type fileFormat struct {
	Version       string        `json:"version"`
	Truncation    any           `json:"truncation"`
	Padding       any           `json:"padding"`
	AddedTokens   []addedToken  `json:"added_tokens"`
	Normalizer    any           `json:"normalizer"`
	PreTokenizer  any           `json:"pre_tokenizer"`
	PostProcessor *templateRule `json:"post_processor"`
	Decoder       any           `json:"decoder"`
	Model         any           `json:"model"`
}

type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type typed struct {
	Type string `json:"type"`
}

type normalizerSequence struct {
	Type        string `json:"type"`
	Normalizers []any  `json:"normalizers"`
}

type bertNormalizer struct {
	Type               string `json:"type"`
	CleanText          bool   `json:"clean_text"`
	HandleChineseChars bool   `json:"handle_chinese_chars"`
	StripAccents       *bool  `json:"strip_accents"` // null: as lowercase
	Lowercase          bool   `json:"lowercase"`
}

type preTokenizerSequence struct {
	Type          string `json:"type"`
	PreTokenizers []any  `json:"pretokenizers"`
}

type byteLevel struct {
	Type           string `json:"type"`
	AddPrefixSpace bool   `json:"add_prefix_space"`
	TrimOffsets    bool   `json:"trim_offsets"`
	UseRegex       bool   `json:"use_regex"`
}

type wordPieceDecoder struct {
	Type    string `json:"type"`
	Prefix  string `json:"prefix"`
	Cleanup bool   `json:"cleanup"`
}

type templateRule struct {
	Type          string                     `json:"type"`
	Single        []any                      `json:"single"`
	Pair          []any                      `json:"pair"`
	SpecialTokens map[string]templateSpecial `json:"special_tokens"`
}

type templatePart struct {
	ID     string `json:"id"`
	TypeID int    `json:"type_id"`
}

type templateSpecial struct {
	ID     string   `json:"id"`
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
}

type wordPieceModel struct {
	Type    string     `json:"type"`
	Unknown string     `json:"unk_token"`
	Prefix  string     `json:"continuing_subword_prefix"`
	MaxWord int        `json:"max_input_chars_per_word"`
	Vocab   vocabulary `json:"vocab"`
}

type bytePairModel struct {
	Type         string      `json:"type"`
	Dropout      any         `json:"dropout"`
	Unknown      any         `json:"unk_token"`
	Prefix       any         `json:"continuing_subword_prefix"`
	Suffix       any         `json:"end_of_word_suffix"`
	FuseUnknown  bool        `json:"fuse_unk"`
	ByteFallback bool        `json:"byte_fallback"`
	IgnoreMerges bool        `json:"ignore_merges"`
	Vocab        vocabulary  `json:"vocab"`
	Merges       [][2]string `json:"merges"`
}

// A vocabulary is written as an object that maps tokens to ids, sorted by id.
type vocabulary []string

func (v vocabulary) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for id, token := range v {
		if id > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(token); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the newline
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(id))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// normalizerRule describes how package words treats a config. unset leaves strip_accents to follow
// lowercase, as files of BERT models do.
func normalizerRule(c words.Config, unset bool) any {
	bert := bertNormalizer{Type: "BertNormalizer", CleanText: true, HandleChineseChars: true, Lowercase: c.Lowercase}
	if !unset {
		bert.StripAccents = &c.StripAccents
	}
	if c.Normalization == "none" {
		return bert
	}
	form := typed{map[string]string{"nfc": "NFC", "nfd": "NFD", "nfkc": "NFKC", "nfkd": "NFKD"}[c.Normalization]}
	return normalizerSequence{Type: "Sequence", Normalizers: []any{form, bert, form}}
}

func preTokenizerRule(model string) any {
	bert := typed{"BertPreTokenizer"}
	if model == WordPiece {
		return bert
	}
	space := byteLevel{Type: "ByteLevel", AddPrefixSpace: true, TrimOffsets: true}
	return preTokenizerSequence{Type: "Sequence", PreTokenizers: []any{bert, space}}
}

func decoderRule(model string) any {
	if model == WordPiece {
		return wordPieceDecoder{Type: "WordPiece", Prefix: continuation, Cleanup: true}
	}
	return byteLevel{Type: "ByteLevel", AddPrefixSpace: true, TrimOffsets: true, UseRegex: true}
}

// clsTextSep is the template [CLS] A [SEP], and [CLS] A [SEP] B [SEP] for pairs.
func clsTextSep(special [len(specialTokens)]int32) *templateRule {
	token := func(which, part int) any {
		return map[string]templatePart{"SpecialToken": {specialTokens[which], part}}
	}
	text := func(name string, part int) any {
		return map[string]templatePart{"Sequence": {name, part}}
	}
	rule := &templateRule{
		Type:          "TemplateProcessing",
		Single:        []any{token(cls, 0), text("A", 0), token(sep, 0)},
		Pair:          []any{token(cls, 0), text("A", 0), token(sep, 0), text("B", 1), token(sep, 1)},
		SpecialTokens: map[string]templateSpecial{},
	}
	for _, which := range []int{cls, sep} {
		name := specialTokens[which]
		rule.SpecialTokens[name] = templateSpecial{name, []int32{special[which]}, []string{name}}
	}
	return rule
}

// addedRule declares the special tokens, by id.
func addedRule(special [len(specialTokens)]int32) []addedToken {
	var out []addedToken
	for i, id := range special {
		out = append(out, addedToken{ID: id, Content: specialTokens[i], Special: true})
	}
	slices.SortFunc(out, func(a, b addedToken) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// modelRule is the model with an empty vocabulary.
func modelRule(model string) any {
	if model == WordPiece {
		return wordPieceModel{Type: "WordPiece", Unknown: specialTokens[unknown], Prefix: continuation, MaxWord: maxWordChars}
	}
	return bytePairModel{Type: "BPE", Merges: [][2]string{}}
}
