package export_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/rng"
)

// hard are texts on which programs differ.
var hard = []string{
	"a", " ", "the small  red\tboat\n", "The SMALL Red-Boat, 2nd edition!", "don't", "x" + strings.Repeat("y", 98), strings.Repeat("z", 99) + "!", strings.Repeat("w", 100),
	strings.Repeat("v", 101), strings.Repeat("é", 100), strings.Repeat("é", 101), strings.Repeat("e\u0301", 101),
	"ÀÉÎÕÜ ßẞ ŒœÆæ", "e\u0301 é \u00e9\u0323 e\u0323\u0301 e\u0301\u0323", "ﬁ ﬂ ﬃ ½ ² ™ Ⅷ ①", "ＦＵＬＬ　ｗｉｄｔｈ", "İstanbul ıI iİ", "ΑΣΣ ΣΑΣ σς", "Ǆ ǅ ǆ Ǉ ԱԲ Ა ᲐᲑ Ꭰ ꭰ",
	"日本語 中文abc中文 ひらがな カタカナ 한국어 한글", "\u1112\u1161\u11ab\u1100\u1173\u11af", "각\u11a8 가\u11a8", "ก็ไม่ หน้า", "שָׁלוֹם مُحَمَّد", "हिन्दी क्ष ड़ क\u093c", "ক\u09c7\u09be ক\u09cb ୋ ே\u0bbe",
	"🙂👍🏽 👨‍👩‍👧 🇩🇪 ❤️", "a\u200bb a\u200db a\u00adb \ufeffa a\u2060b", "\u0000\u0001a\u007f\u0080b\u0085c", "a\u00a0b\u2003c\u2028d\u3000e\u1680f", "\u0301a", "\u0301\u0301\u0301 \u0345\u0334a\u0334\u0345",
	"a" + strings.Repeat("\u0301\u0323", 40), "x\u0338= <\u0338 ≠", "\u212b \u2126 \u00c5 A\u030a", "\u0344 \u0958 \ufb1d \ufb2c \u2adc", "\u1e9b\u0323 \u017f", "\U0001d15e \U0001d160 \U0001d400", "\U0002f800 \u2f00 \uf900",
	"[MASK] [mask] [CLS][SEP] [PAD]x [UNK", "«quoted» “quoted” ¿que? —dash– $5 €5 5% a_b a+b a=b `^~|", "\ue000 \ufffd a\ufffdb", "\U000e0041 \U0001e900 \U00011930\U00011935 \U00010d4a\u0301",
	"\U0001df00 \U00016d67\U00016d67 \U000113c2\U000113c2 \u0897\u0334 \U00010efd\u0334", "a\u0897\u0323\u0301 b\U00010eff\u0345\u0334", "word word word word word word word word word word word word",
}

// noisyTexts are hard texts, and code points drawn from all of Unicode or from
// where marks and letters are dense.
func noisyTexts(n int) []string {
	out := append([]string{}, hard...)
	blocks := [][2]int{{0x20, 0x7f}, {0xa0, 0x250}, {0x300, 0x370}, {0x370, 0x530}, {0x590, 0x700}, {0x900, 0xe00}, {0x1100, 0x1200}, {0x1ab0, 0x1b00}, {0x1e00, 0x2100}, {0x3040, 0x3100}, {0xac00, 0xd7a4}, {0xfb00, 0xfe00}, {0x10000, 0x20000}, {0xe000, 0x10ffff}, {0x20, 0xd800}}
	for i := range n {
		key := rng.New(3).Int(i)
		block := blocks[key.IntN(0, len(blocks))]
		var s strings.Builder
		for j := range 1 + key.IntN(1, 40) {
			k := key.Int(j)
			b := block
			if k.IntN(0, 4) == 0 {
				b = blocks[k.IntN(1, 6)]
			}
			if r := rune(b[0] + k.IntN(2, b[1]-b[0])); r < 0xd800 || r > 0xdfff {
				s.WriteRune(r)
			}
			if k.IntN(3, 6) == 0 {
				s.WriteByte(' ')
			}
		}
		out = append(out, s.String())
	}
	return out
}

// TestTexts encodes texts by the samples, in Python and in JavaScript where they
// are at hand, to the ids of the model.
func TestTexts(t *testing.T) {
	for name, c := range map[string]struct{ encoder, more string }{
		"ngrams":        {"{type: ngrams, dim: 3}", ""},
		"ngrams pairs":  {"{type: ngrams, dim: 3}", "ngrams: {buckets: 65537, min_n: 1, max_n: 4, max_per_word: 7, word_bigrams: true, lowercase: false, strip_accents: true, normalization: nfd}"},
		"ngrams plain":  {"{type: ngrams, dim: 3}", "ngrams: {normalization: none, strip_accents: true}"},
		"ngrams nfc":    {"{type: ngrams, dim: 3}", "ngrams: {normalization: nfc, max_per_word: 1}"},
		"wordpiece":     {"{type: transformer, dim: 4, layers: 1, heads: 1}", "tokenizer: {vocab_size: 64, min_frequency: 1}"},
		"bpe":           {"{type: transformer, dim: 4, layers: 1, heads: 1}", "tokenizer: {model: bpe, vocab_size: 300, normalization: nfkd, special_tokens: false}"},
		"bpe, accents":  {"{type: transformer, dim: 4, layers: 1, heads: 1}", "tokenizer: {model: bpe, vocab_size: 280, normalization: nfc, strip_accents: true, lowercase: false}"},
		"wordpiece nfd": {"{type: transformer, dim: 4, layers: 1, heads: 1}", "tokenizer: {vocab_size: 100, min_frequency: 1, normalization: nfd, strip_accents: true}"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample.Default()
			s.Caption = c.encoder
			yaml := strings.Replace(s.YAML(), "max_tokens: 5,", "max_tokens: 24, "+c.more+strings.Repeat(",", min(1, len(c.more))), 1)
			b, err := parsed(yaml, config.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if _, err := export.WriteONNX(b, dir, nil); err != nil {
				t.Fatal(err)
			}
			texts := noisyTexts(200)
			file, err := json.Marshal(texts)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "texts.json"), file, 0o600); err != nil {
				t.Fatal(err)
			}
			want := encoded(t, b.Inputs[1], texts)
			for program, script := range map[string]string{"python3": "testdata/texts.py", "node": "testdata/texts.mjs"} {
				if _, err := exec.LookPath(program); err != nil {
					t.Logf("%s is not at hand", program)
					continue
				}
				out, err := exec.Command(program, script, dir, filepath.Join(dir, "texts.json")).CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", program, err, out)
				}
				got, wrong := strings.Split(strings.TrimSpace(string(out)), "\n"), 0
				if len(got) != len(want) {
					t.Fatalf("%s: %d lines for %d texts", program, len(got), len(want))
				}
				for i := range want {
					if got[i] != want[i] {
						if wrong++; wrong <= 3 {
							t.Errorf("%s: %q (%+q):\n got %s\nwant %s", program, texts[i], texts[i], got[i], want[i])
						}
					}
				}
				if wrong > 0 {
					t.Errorf("%s: %d of %d texts differ", program, wrong, len(texts))
				}
			}
		})
	}
}

// encoded are the ids and the tokens of texts as the model reads them.
func encoded(t *testing.T, in data.Input, texts []string) []string {
	t.Helper()
	table, err := data.NewTable("texts", data.Strings(sample.Caption, texts...))
	if err != nil {
		t.Fatal(err)
	}
	features := in.Features()
	out := make([]string, len(texts))
	for i := range texts {
		item, err := in.Load(table, i, nil)
		if err != nil {
			t.Fatal(err)
		}
		slots := []data.Slot{{Int: make([]int, features[0].Len())}, {F32: make([]float32, features[1].Len())}}
		in.Write(item, slots, data.Augment{})
		ids, err := json.Marshal(slots[0].Int)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, m := range slots[1].F32 {
			n += int(m)
		}
		out[i] = fmt.Sprintf("%s %d", strings.ReplaceAll(string(ids), ",", ", "), n)
	}
	return out
}
