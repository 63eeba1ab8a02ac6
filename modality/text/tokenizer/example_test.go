package tokenizer_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

func Example() {
	texts := slices.Values([]string{"a red fox", "red foxes", "the reddest fox"})
	o := tokenizer.Defaults()
	o.VocabSize = 64
	tok, err := tokenizer.Train(context.Background(), texts, o)
	if err != nil {
		panic(err)
	}
	var file bytes.Buffer // a tokenizer.json
	if err := tok.Save(&file); err != nil {
		panic(err)
	}
	if tok, err = tokenizer.Load(&file); err != nil {
		panic(err)
	}
	for _, id := range tok.Append(nil, "Red foxes, the reddest!", 0) {
		fmt.Print(tok.Token(id), " ")
	}
	// Output: [CLS] red fox ##es [UNK] t ##h ##e red ##d ##es ##t [UNK] [SEP]
}
