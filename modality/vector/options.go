// Package vector is the input `vector`: numbers that another model made, such as
// embeddings of texts or pictures.
package vector

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality"
)

// Options are those of the input `vector`.
type Options struct {
	// Column of vectors: arrays of JSON, as [0.5, 1, 2], numbers with spaces between them, or paths of .npy files below the folder of files.
	Column string `yaml:"column,omitempty" json:"column,omitempty"`
	// Columns of one number each, instead; v0..v383 stands for all from v0 to v383.
	Columns []string `yaml:"columns,omitempty" json:"columns,omitempty" validate:"unique,dive,required"`
	// Numbers of a vector; 0 counts those of the first training row, to which all others are then held.
	Length int `yaml:"length,omitempty" json:"length,omitempty" validate:"gte=0,lte=65536"`
	// What is done to the numbers: standard (mean 0 and deviation 1 over the training rows, each place for itself), l2 (the vector is divided by its length) or none.
	Normalize string `yaml:"normalize" json:"normalize" default:"standard" validate:"oneof=standard l2 none"`
	// What an empty cell means: error or mask (the row lacks this input).
	Missing string `yaml:"missing" json:"missing" default:"error" validate:"oneof=error mask"`
}

// Ways to normalise.
const (
	Standard = "standard"
	L2       = "l2"
	None     = "none"
)

// mostLength bounds a vector, as the tag of Length does.
const mostLength = 1 << 16

// Validate returns a *data.ConfigError for what the tags cannot say.
func (o Options) Validate() error {
	switch {
	case o.Column == "" && len(o.Columns) == 0:
		return data.BadOption("column", "name the column of vectors, or, under columns, one for each number")
	case o.Column != "" && len(o.Columns) > 0:
		return data.BadOption("columns", "give column or columns, not both")
	case o.Length < 0 || o.Length > mostLength:
		return data.BadOption("length", "is %d, expected 0 to %d", o.Length, mostLength)
	case o.Normalize != Standard && o.Normalize != L2 && o.Normalize != None:
		return data.BadOption("normalize", "%q, expected standard, l2 or none", o.Normalize)
	case o.Missing != data.MissingError && o.Missing != data.MissingMask:
		return data.BadOption("missing", "%q, expected error or mask", o.Missing)
	}
	names, err := o.columns()
	if err != nil {
		return err
	}
	if len(o.Columns) > 0 && o.Length != 0 && o.Length != len(names) {
		return data.BadOption("length", "is %d, and there are %d columns; leave it out", o.Length, len(names))
	}
	return nil
}

// columns are all that are read, ranges written out.
func (o Options) columns() ([]string, error) {
	if len(o.Columns) == 0 {
		return []string{o.Column}, nil
	}
	var names []string
	seen := map[string]bool{}
	for _, entry := range o.Columns {
		all, err := expand(entry)
		if err != nil {
			return nil, err
		}
		for _, name := range all {
			if seen[name] {
				return nil, data.BadOption("columns", "column %q is named twice", name)
			}
			seen[name] = true
		}
		names = append(names, all...)
	}
	if len(names) > mostLength {
		return nil, data.BadOption("columns", "names %d columns, expected at most %d", len(names), mostLength)
	}
	return names, nil
}

// expand writes a range out; any other name is itself.
func expand(entry string) ([]string, error) {
	from, to, ok := strings.Cut(entry, "..")
	if !ok {
		return []string{entry}, nil
	}
	name, first := split(from)
	other, last := split(to)
	lo, err1 := strconv.Atoi(first)
	hi, err2 := strconv.Atoi(last)
	if name != other || err1 != nil || err2 != nil || hi < lo || hi-lo >= mostLength {
		return nil, data.BadOption("columns", "%q is no range of columns; write one as v0..v383", entry)
	}
	var names []string
	for i := lo; i <= hi; i++ {
		names = append(names, fmt.Sprintf("%s%0*d", name, len(first), i))
	}
	return names, nil
}

// split cuts the digits at the end of a name off.
func split(name string) (front, digits string) {
	front = strings.TrimRight(name, "0123456789")
	return front, name[len(front):]
}

// mostlyOf the cells are vectors: the others are mistakes.
const mostlyOf = 0.8

// Type is the input `vector`.
func Type() modality.Type {
	t := modality.Of("vector", "numbers that another model made, such as embeddings", New)
	t.Encoder, t.Recognise = "mlp", recognise
	return t
}

// recognise takes columns of lists of one length.
func recognise(c modality.Column) (modality.Guess, bool) {
	lists, shortest, longest := modality.Lists(c)
	if shortest != longest || longest > mostLength || float64(lists) < mostlyOf*float64(c.Rows-c.Missing) || lists == 0 {
		return modality.Guess{}, false
	}
	return modality.Guess{Why: modality.ListsOf(c, lists, shortest, longest)}, true
}
