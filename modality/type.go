package modality

import (
	"iter"
	"reflect"

	"github.com/chiasm-ml/chiasm/data"
)

// A Type is a kind of input. Of makes one; Recognise and Default may be added.
type Type struct {
	// Name is what a config calls it, under the key `type`.
	Name string
	// Summary is a line for listings, as in "a column of texts".
	Summary string
	// Options is the struct of its options, whose tags and comments are all that a
	// config needs to know. The keys `type` and `encoder` stand beside them.
	Options reflect.Type
	// New makes a preprocessor of Options.
	New func(options any) (data.Preprocessor, error)
	// Empty makes one whose JSON then restores it. Its Kind names it in model files.
	Empty func() data.Preprocessor
	// Recognise says whether a column is of this kind, for who writes a first config of a
	// table (`chiasm init` does not ask it yet), and by which options it would be
	// read; nil: it never is, and a config has to say so.
	Recognise func(Column) (Guess, bool)
	// Encoder is what a config gets that chooses none; empty: it has to.
	Encoder string
}

// A Column is what Recognise may look at.
type Column struct {
	Name    string
	Rows    int // of the table
	Missing int // cells that are empty
	// Cells are those that are not, with their rows.
	Cells iter.Seq2[int, data.Cell]
}

// A Guess is what a Type makes of a column.
type Guess struct {
	// Why is a reason for people, as in "400 of 400 cells are lists of 32 numbers".
	Why string
	// Keys are options beside `type`, `column` and `missing`, in the order in which they
	// are written, each with its value as YAML.
	Keys [][2]string
}

// Of makes a Type of a constructor. P is the preprocessor, C its options.
func Of[T, C any, P interface {
	*T
	data.Preprocessor
}](name, summary string, construct func(C) (P, error)) Type {
	return Type{
		Name: name, Summary: summary, Options: reflect.TypeFor[C](),
		Empty: func() data.Preprocessor { return P(new(T)) },
		New: func(options any) (data.Preprocessor, error) {
			p, err := construct(options.(C))
			if err != nil {
				return nil, err // and no nil pointer inside an interface
			}
			return p, nil
		},
	}
}
