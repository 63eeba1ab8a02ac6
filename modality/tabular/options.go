package tabular

import (
	"maps"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

// Options are those of an input of columns of numbers and of categories.
type Options struct {
	// Columns of numbers, standardised to mean 0 and deviation 1 over the training rows.
	Numeric []string `yaml:"numeric,omitempty" json:"numeric,omitempty" validate:"unique,dive,required"`
	// Columns of dates and times, which become numbers: year, month, day of the week, hour where there is one, and age in days up to the newest training date; month, weekday and hour as sine and cosine. Months, quarters, weeks and times of day are taken as well. The format is found on the training rows, one for each column.
	Dates []string `yaml:"dates,omitempty" json:"dates,omitempty" validate:"unique,dive,required"`
	// Formats of single columns of dates, which need not be looked for: %d/%m/%Y, or 02/01/2006; %H:%M of times of day.
	DateFormats map[string]string `yaml:"date_formats,omitempty" json:"date_formats,omitempty"`
	// Columns of categories, each value taken as it is written.
	Categorical []string `yaml:"categorical,omitempty" json:"categorical,omitempty" validate:"unique,dive,required"`
	// What an empty cell means: error, mask (the model is told that it is absent; a row that lacks all cells lacks the input) or mean (of the training rows; numbers only).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask mean"`
	// What is done to numbers before they are standardised: none, log (sign-preserving log(1+|x|)) or quantile (normal scores of the training rows).
	Transform string `yaml:"transform" json:"transform" default:"none" validate:"oneof=none log quantile"`
	// The same for single columns.
	Transforms map[string]string `yaml:"transforms,omitempty" json:"transforms,omitempty" validate:"dive,oneof=none log quantile"`
	// What may stand behind the numbers of a column or before them: a currency ($5, -5 €), a unit (12 kg, 37"), or %, which divides nothing: 37 % is 37. A number without it is taken as well, one of another unit is refused.
	Units map[string]string `yaml:"units,omitempty" json:"units,omitempty"`
	// How many training rows must have a category for it to be told apart; rarer ones are unknown together, which teaches the model what unknown means.
	MinCount int `yaml:"min_count" json:"min_count" default:"2" validate:"gte=1"`
}

// Validate returns a *ConfigError for what the tags cannot say.
func (c Options) Validate() error {
	if len(c.Numeric)+len(c.Dates)+len(c.Categorical) == 0 {
		return data.BadOption("numeric", "name at least one numeric or categorical column, or one of dates")
	}
	seen := map[string]bool{}
	for _, name := range slices.Concat(c.Numeric, c.Dates, c.Categorical) {
		if seen[name] {
			return data.BadOption("numeric", "column %s is named twice", phrase.Quote(name))
		}
		seen[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.Transforms)) {
		if !slices.Contains(c.Numeric, name) {
			return data.BadOption("transforms", "column %s is not among the numeric ones (%s)", phrase.Quote(name), phrase.Suggest(name, c.Numeric))
		}
		if !data.IsTransform(c.Transforms[name]) {
			return data.BadOption("transforms", "%q, expected none, log or quantile", c.Transforms[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.DateFormats)) {
		if !slices.Contains(c.Dates, name) {
			return data.BadOption("date_formats", "column %s is not among dates (%s)", phrase.Quote(name), phrase.Suggest(name, c.Dates))
		}
		if _, err := data.ParseDateFormat(c.DateFormats[name]); err != nil {
			return data.BadOption("date_formats", "column %s: %v", phrase.Quote(name), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Units)) {
		if !slices.Contains(c.Numeric, name) {
			return data.BadOption("units", "column %s is not among the numeric ones (%s)", phrase.Quote(name), phrase.Suggest(name, c.Numeric))
		}
		if err := data.CheckUnit(c.Units[name]); err != nil {
			return data.BadOption("units", "column %s: %v", phrase.Quote(name), err)
		}
	}
	if !data.IsTransform(c.Transform) {
		return data.BadOption("transform", "%q, expected none, log or quantile", c.Transform)
	}
	switch c.Missing {
	case data.MissingError, data.MissingMask:
	case data.MissingMean:
		if len(c.Numeric)+len(c.Dates) == 0 {
			return data.BadOption("missing", "mean is for numbers, and there is no numeric column")
		}
	default:
		return data.BadOption("missing", "%q, expected error, mask or mean", c.Missing)
	}
	if c.MinCount < 1 {
		return data.BadOption("min_count", "is %d, expected 1 or more", c.MinCount)
	}
	return nil
}
