package tokenizer

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	texts := map[string][]string{
		"english": {strings.Repeat("The licence permits redistribution of photographs, with or without changes. ", 20)},
		"varied":  lines(b)[50:],
	}
	for _, name := range []string{"wordpiece-nfkc-lower", "bpe-nfc"} {
		tok := trained(b, settings[name])
		for kind, texts := range texts {
			b.Run(name+"/"+kind, func(b *testing.B) {
				var ids []int32
				n := 0
				for _, s := range texts {
					n += len(s)
				}
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					for _, s := range texts {
						ids = tok.Append(ids[:0], s, 0)
					}
				}
			})
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	texts := lines(b)
	for _, name := range []string{"wordpiece-nfkc-lower", "bpe-nfc"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Train(context.Background(), slices.Values(texts), settings[name]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	raw := saved(b, trained(b, settings["bpe-nfc"]))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(bytes.NewReader(raw)); err != nil {
			b.Fatal(err)
		}
	}
}
