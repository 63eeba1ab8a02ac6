package data_test

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

// kinds are the preprocessors that model files of these tests name.
var kinds = data.Kinds{
	"image":   func() data.Preprocessor { return &image.Preprocessor{} },
	"tokens":  func() data.Preprocessor { return &text.Tokens{} },
	"ngrams":  func() data.Preprocessor { return &text.NGrams{} },
	"tabular": func() data.Preprocessor { return &tabular.Preprocessor{} },
}

func imageOptions() image.Options {
	return image.Options{Column: "image", Size: [2]int{4, 2}, Channels: 3, Fit: "stretch", Background: "#ffffff", Missing: data.MissingError}
}

func textOptions() text.Common {
	return text.Common{Column: "text", MaxTokens: 6, Missing: data.MissingMask}
}

func tokenOptions() tokenizer.Options {
	o := tokenizer.Defaults()
	o.VocabSize, o.MinFrequency = 64, 1
	return o
}

func ngramsOptions() text.NGramsOptions {
	return text.NGramsOptions{Buckets: 500, MinN: 3, MaxN: 5, MaxPerWord: 8, Lowercase: true, Normalization: "nfkc"}
}
