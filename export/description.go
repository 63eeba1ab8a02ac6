package export

import (
	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// A Description is preprocessing.json: how the cells of a row become the inputs
// of an exported graph, and what its outputs mean. It is for programs in any
// language.
type Description struct {
	// Format is 1, or 2 where a program for 1 would read the rows or the answers
	// wrongly, for it knows nothing of dates, or of a threshold for each label.
	Format     int               `json:"format"`
	Producer   string            `json:"producer"`
	Name       string            `json:"name"`
	Inputs     []InputDescribed  `json:"inputs"`
	MissingAll string            `json:"missing_all"` // error, or prior
	Output     OutputDescription `json:"output"`
}

// A Tensor is an input or an output of the graph. The axis "N" is the rows.
type Tensor struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // as NumPy calls it
	Shape []any  `json:"shape"`
}

// An InputDescribed is one input of the model.
type InputDescribed struct {
	Name string `json:"name"`
	// Kind is image, tokens, ngrams, tabular, or that of a plug-in, whose tensors
	// are then what its preprocessor writes.
	Kind    string   `json:"kind"`
	Columns []string `json:"columns"`
	Missing string   `json:"missing,omitempty"` // what an empty cell means: error, mask or mean
	Tensors []Tensor `json:"tensors"`           // the last one is the presence
	// Cells are the rules by which the cells of Columns are read, in their order;
	// none of a plug-in's input that does not tell them.
	Cells []data.CellRule `json:"cells,omitempty"`

	Image *ImageDescription   `json:"image,omitempty"`
	Text  *TextDescription    `json:"text,omitempty"`
	Table *TabularDescription `json:"tabular,omitempty"`
}

// An ImageDescription says how an image file becomes pixels.
type ImageDescription struct {
	Height     int    `json:"height"`
	Width      int    `json:"width"`
	Channels   int    `json:"channels"`
	Fit        string `json:"fit"`        // stretch, pad or crop
	Background string `json:"background"` // behind transparent pixels, and around padded ones
	Resize     string `json:"resize"`
}

// resize is the one way in which images are resized.
const resize = "bilinear, antialiased: Pillow's Image.resize with Resampling.BILINEAR, which rounds to 8 bits after each pass"

// A TextDescription says how a text becomes ids.
type TextDescription struct {
	MaxTokens int `json:"max_tokens"` // bags of words, or tokens with the special ones
	// Normalization, Lowercase and StripAccents are what is done to a text before
	// it is cut into words by the tables of Words.
	Normalization string             `json:"normalization"`
	Lowercase     bool               `json:"lowercase"`
	StripAccents  bool               `json:"strip_accents"`
	Words         string             `json:"words"`
	Tokenizer     string             `json:"tokenizer,omitempty"` // a file
	NGrams        *NGramsDescription `json:"ngrams,omitempty"`
}

// An NGramsDescription is the numbers of the rules of package ngrams, which Hash
// repeats.
type NGramsDescription struct {
	Buckets     int    `json:"buckets"`
	MinN        int    `json:"min_n"`
	MaxN        int    `json:"max_n"`
	MaxPerWord  int    `json:"max_per_word"`
	WordBigrams bool   `json:"word_bigrams"`
	Hash        string `json:"hash"`
}

// hashing is docs of package ngrams in a sentence.
const hashing = `id 0 is padding; any other is 1 + h mod buckets, h the 32-bit FNV-1a hash of UTF-8 bytes: of a word, 0x01 and the word; of each n-gram of "<word>", min_n to max_n characters, the n-gram, but the one that is all of it; of a pair of neighbours, 0x02, the first word, a space, the second. A bag begins with the word's id; n-grams follow by where they begin, then by length. Of more than fit, those with the least murmur3-mixed hash stay, in order. N-grams come from the first 100 characters of a word.`

// A TabularDescription says in which order columns enter, and what categories
// are called.
type TabularDescription struct {
	Numeric []string `json:"numeric"`
	// Dates are columns whose parts follow the numbers of Numeric in the same tensor:
	// those that the rule in cells names.
	Dates       []string `json:"dates,omitempty"`
	Categorical []string `json:"categorical"`
	// Categories are the values of each categorical column that are told apart:
	// the first is 1; 0 is any other, or none.
	Categories [][]string `json:"categories"`
}

// An OutputDescription says what the graph decides.
type OutputDescription struct {
	Type    string   `json:"type"` // binary, multiclass, multilabel or regression
	Column  string   `json:"column"`
	Labels  []string `json:"labels,omitempty"` // of the columns of probabilities
	Tensors []Tensor `json:"tensors"`
	// Threshold above which a probability of a binary or multilabel output is a
	// yes, compared in double precision. Of a multiclass output the most probable label is the prediction.
	Threshold float64 `json:"threshold,omitempty"`
	// Thresholds are those of the labels of a multilabel output, in place of
	// Threshold, where they are not all the same.
	Thresholds []float64 `json:"thresholds,omitempty"`
}

// dated says whether a column is of dates.
func (d *Description) dated() bool {
	for _, in := range d.Inputs {
		if in.Table != nil && in.Table.Dates != nil {
			return true
		}
	}
	return false
}

// decide says from which probability on a label is predicted.
func (o *OutputDescription) decide(b *bundle.Bundle) {
	labels := data.Questions(b.Target)
	if labels == nil {
		return
	}
	t := b.Model.Head().Thresholds()
	o.Threshold = t.At(0)
	for i := range labels {
		if t.At(i) != t.At(0) {
			o.Threshold, o.Thresholds = 0, t
			return
		}
	}
}

// TokenizerFile and WordsFile are written where there is text; the first only
// for sub-words, with the input's name before it where several inputs have one.
const (
	TokenizerFile = "tokenizer.json"
	WordsFile     = "words.json"
)

// describe is all but the tensors.
func describe(b *bundle.Bundle) *Description {
	d := &Description{Format: 1, Producer: "chiasm " + version.String(), Name: b.Config.Name, MissingAll: "error"}
	if b.Config.Data.AllowsLacking() {
		d.MissingAll = "prior"
	}
	subwords := 0
	for _, in := range b.Inputs {
		if _, ok := in.Preprocessor.(*data.Tokens); ok {
			subwords++
		}
	}
	for _, in := range b.Inputs {
		d.Inputs = append(d.Inputs, describeInput(in, b.Config.Data.Dialect, subwords > 1))
	}
	c := b.Target.Config()
	d.Output = OutputDescription{Type: c.Type, Column: c.Column, Labels: b.Target.Labels()}
	d.Output.decide(b)
	if d.Output.Thresholds != nil || d.dated() {
		d.Format = 2
	}
	return d
}

func describeInput(in data.Input, dialect data.Dialect, several bool) InputDescribed {
	x := InputDescribed{Name: in.Name, Kind: in.Kind(), Columns: in.Columns()}
	if p, ok := in.Preprocessor.(data.Ruled); ok {
		for _, rule := range p.Rules() {
			x.Cells = append(x.Cells, rule.In(dialect))
		}
	}
	switch p := in.Preprocessor.(type) {
	case *data.Image:
		c := p.Config()
		x.Missing = c.Missing
		x.Image = &ImageDescription{Height: c.Size[0], Width: c.Size[1], Channels: c.Channels, Fit: c.Fit, Background: c.Background, Resize: resize}
	case *data.Tokens:
		c, w := p.Config(), p.Tokenizer().Words()
		x.Missing = c.Missing
		x.Text = &TextDescription{MaxTokens: c.MaxTokens, Normalization: w.Normalization, Lowercase: w.Lowercase, StripAccents: w.StripAccents, Words: WordsFile, Tokenizer: tokenizerFile(in.Name, several)}
	case *data.NGrams:
		c, n := p.Config()
		x.Missing = c.Missing
		x.Text = &TextDescription{
			MaxTokens: c.MaxTokens, Normalization: n.Normalization, Lowercase: n.Lowercase, StripAccents: n.StripAccents, Words: WordsFile,
			NGrams: &NGramsDescription{Buckets: n.Buckets, MinN: n.MinN, MaxN: n.MaxN, MaxPerWord: n.MaxPerWord, WordBigrams: n.WordBigrams, Hash: hashing},
		}
	case *data.Tabular:
		c := p.Config()
		x.Missing = c.Missing
		x.Table = &TabularDescription{Numeric: orEmpty(c.Numeric), Dates: c.Dates, Categorical: orEmpty(c.Categorical), Categories: orEmpty(p.Categories())}
	}
	return x
}

func tokenizerFile(input string, several bool) string {
	if several {
		return input + "." + TokenizerFile
	}
	return TokenizerFile
}

// orEmpty is a list that JSON writes as one.
func orEmpty[T any](x []T) []T {
	if x == nil {
		return []T{}
	}
	return x
}
