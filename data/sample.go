package data

import (
	"github.com/chiasm-ml/chiasm/rng"
)

// A Sampler is a fitted Preprocessor that makes cells up, by which an export is checked
// without data.
type Sampler interface {
	// Sample is a cell of one of its Columns like those that it was fitted to, some of
	// them odd. Of a column of files it is the bytes of one.
	Sample(column string, key rng.Key) string
}
