package data

// A Field is one column as somebody who fills in a row is asked for it: by a form, an
// interface for other programs, a page of documentation. What stands below Required
// is left out where it does not apply.
type Field struct {
	Name string `json:"name"` // of the column
	// Type is what is asked for: image, file, text, number, numbers, category, date or
	// value.
	Type     As   `json:"type"`
	Required bool `json:"required"`
	// Of an image: height and width that it is resized to, channels, and how one of
	// another shape is made to fit: stretch, pad or crop.
	Size     []int  `json:"size,omitempty"`
	Channels int    `json:"channels,omitempty"`
	Fit      string `json:"fit,omitempty"`
	// MaxTokens of a text are read, or words.
	MaxTokens int `json:"max_tokens,omitempty"`
	// Categories that the model tells apart; others are unknown to it.
	Categories []string `json:"categories,omitempty"`
	// Unit that may stand beside a number, as in $5 and 12 kg.
	Unit string `json:"unit,omitempty"`
	// Of a date: how the column writes it, as strftime has it (%d/%m/%Y), one written
	// so, and whether it has a time of day. Another way to write it is refused.
	DateFormat string `json:"date_format,omitempty"`
	Example    string `json:"example,omitempty"`
	Timed      bool   `json:"timed,omitempty"`
	// Of a number: what the training rows had, as far as the model knows.
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Mean *float64 `json:"mean,omitempty"`
	Std  *float64 `json:"std,omitempty"`
	// Of a list of numbers: how many there have to be, or, where Shorter, may be.
	Length  int  `json:"length,omitempty"`
	Shorter bool `json:"shorter,omitempty"`
	// About is a sentence for people, where Type does not say it all.
	About string `json:"about,omitempty"`
}

// A Fielder is a Preprocessor that says what its Columns ask for, in their order.
type Fielder interface{ Fields() []Field }

// FieldsOf are the fields of a Fielder; of others what their rules say, and where
// there are none a value that they will look at when they read it.
func FieldsOf(p Preprocessor) []Field {
	switch p := p.(type) {
	case Fielder:
		return p.Fields()
	case Ruled:
		return FieldsByRules(p)
	}
	if p == nil {
		return nil
	}
	o, may := p.(Optional)
	as := AsValue
	if _, files := p.(FileReader); files {
		as = AsFile
	}
	var fields []Field
	for _, name := range p.Columns() {
		fields = append(fields, Field{Name: name, Type: as, Required: !may || !o.MayMiss()})
	}
	return fields
}

// FieldsByRules are fields as far as rules tell them, for a Fielder to add to.
func FieldsByRules(p Ruled) []Field {
	var fields []Field
	if p == nil {
		return nil
	}
	for _, r := range p.Rules() {
		fields = append(fields, Field{Name: r.Column, Type: r.As, Required: r.Missing == MissingError, Unit: r.Unit})
	}
	return fields
}

// MissingOf is what an empty cell means to a preprocessor: MissingMean where that is
// so of some of its columns.
func MissingOf(p Preprocessor) string {
	if r, ok := p.(Ruled); ok {
		for _, rule := range r.Rules() {
			if rule.Missing == MissingMean {
				return MissingMean
			}
		}
	}
	if o, ok := p.(Optional); ok && o.MayMiss() {
		return MissingMask
	}
	return MissingError
}
