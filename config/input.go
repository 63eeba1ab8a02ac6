package config

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
	"github.com/chiasm-ml/chiasm/modality/vector"
)

// Input is one modality: a name, and what reads and encodes it.
type Input struct {
	Name string `yaml:",key"` // letters, digits, _ and -
	// Type of input.
	Type string `yaml:"type"`
	// Config is an ImageInput, a TextInput, a TabularInput, or the options of an
	// added type with an Encoder behind them.
	Config any `yaml:",inline" variant:"input"`
}

// ImageInput is a column of image files.
type ImageInput struct {
	image.Options `yaml:",inline"`
	// What turns pixels into tokens and a vector.
	Encoder Encoder `yaml:"encoder" variant:"image encoder"`
}

// TextInput is a column of texts.
type TextInput struct {
	text.Common `yaml:",inline"`
	// How sub-words are learnt, for encoders that read them.
	Tokenizer *tokenizer.Options `yaml:"tokenizer"`
	// How words become n-grams, for encoders that read them.
	NGrams *text.NGramsOptions `yaml:"ngrams"`
	// What turns words into tokens and a vector.
	Encoder Encoder `yaml:"encoder" variant:"text encoder"`
}

// TabularInput is columns of numbers and of categories.
type TabularInput struct {
	tabular.Options `yaml:",inline"`
	// What turns the columns into tokens and a vector.
	Encoder Encoder `yaml:"encoder" variant:"tabular encoder"`
}

// VectorInput is numbers that another model made.
type VectorInput struct {
	vector.Options `yaml:",inline"`
	// What turns the numbers into a vector that is fused.
	Encoder Encoder `yaml:"encoder" variant:"vector encoder"`
}

// inputOptions is what the options of all inputs can do.
type inputOptions interface {
	// preprocessor makes what reads the input's columns.
	preprocessor(images data.Files) (data.Preprocessor, error)
	encoder() Encoder
	// columns are the columns read, with the keys that name them.
	columns() []namedColumn
}

// namedColumn is a column that is read; its key is "" where AddModality does not
// know it.
type namedColumn struct{ key, column string }

func (c ImageInput) preprocessor(images data.Files) (data.Preprocessor, error) {
	p, err := image.New(c.Options)
	if err != nil {
		return nil, err
	}
	p.ReadFrom(images)
	return p, nil
}
func (c ImageInput) encoder() Encoder       { return c.Encoder }
func (c ImageInput) columns() []namedColumn { return []namedColumn{{"column", c.Column}} }

func (c TextInput) preprocessor(data.Files) (data.Preprocessor, error) {
	if c.NGrams != nil {
		return text.NewNGrams(c.Common, *c.NGrams)
	}
	return text.NewTokens(c.Common, *c.Tokenizer)
}
func (c TextInput) encoder() Encoder       { return c.Encoder }
func (c TextInput) columns() []namedColumn { return []namedColumn{{"column", c.Column}} }

func (c TabularInput) preprocessor(data.Files) (data.Preprocessor, error) {
	return tabular.New(c.Options)
}
func (c TabularInput) encoder() Encoder { return c.Encoder }
func (c TabularInput) columns() []namedColumn {
	var out []namedColumn
	for i, name := range c.Numeric {
		out = append(out, namedColumn{fmt.Sprintf("numeric[%d]", i), name})
	}
	for i, name := range c.Dates {
		out = append(out, namedColumn{fmt.Sprintf("dates[%d]", i), name})
	}
	for i, name := range c.Categorical {
		out = append(out, namedColumn{fmt.Sprintf("categorical[%d]", i), name})
	}
	return out
}
