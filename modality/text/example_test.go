package text_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

func Example() {
	p, err := text.NewTokens(text.Common{Column: "title", MaxTokens: 4, Missing: "error"}, tokenizer.Defaults())
	if err != nil {
		log.Fatal(err)
	}
	table, err := data.NewTable("titles", data.Strings("title", "a red bird", "a red boat"))
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, []int{0, 1}, nil); err != nil {
		log.Fatal(err)
	}
	for _, f := range p.Features() {
		fmt.Println(f.Name, f.Shape)
	}
	// Output:
	// ids [4]
	// mask [4]
}

func TestContract(t *testing.T) {
	table, err := data.NewTable("titles", data.Strings("title", "a red bird", "", "a blue boat and a bird", " "))
	if err != nil {
		t.Fatal(err)
	}
	common := text.Common{Column: "title", MaxTokens: 4, Missing: "mask"}
	tokens, err := text.NewTokens(common, tokenizer.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	words, err := text.NewNGrams(common, text.NGramsOptions{Buckets: 50, MinN: 3, MaxN: 4, MaxPerWord: 5, Normalization: "nfkc", WordBigrams: true})
	if err != nil {
		t.Fatal(err)
	}
	modalitytest.Run(t, modalitytest.Case{Preprocessor: tokens, Empty: func() data.Preprocessor { return &text.Tokens{} }, Table: table})
	modalitytest.Run(t, modalitytest.Case{Preprocessor: words, Empty: func() data.Preprocessor { return &text.NGrams{} }, Table: table})
}
