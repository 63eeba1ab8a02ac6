package serve

import (
	"net/http"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
)

// columns are those that a model reads, by name, and what their values are.
type columns map[string]data.As

func columnsOf(d infer.Description) columns {
	all := columns{}
	for _, in := range d.Inputs {
		for _, c := range in.Columns {
			if as, ok := all[c.Name]; !ok || !as.IsFile() {
				all[c.Name] = c.Type
			}
		}
	}
	return all
}

func (c columns) file(name string) bool { return c[name].IsFile() }

// list says whether values are lists of numbers.
func (c columns) list(name string) bool { return c[name] == data.AsNumbers }

// among counts the columns that a row has.
func (c columns) among(row infer.Row) int {
	n := 0
	for name := range row {
		if _, known := c[name]; known {
			n++
		}
	}
	return n
}

// mostStrange bounds the keys of a row that are of no column, or occur twice: a few are
// mistakes, which the answer is about; more are not read.
const mostStrange = 8

func tooStrange(row int, field string) error {
	return refused(http.StatusBadRequest, "the model reads no such column, as it does not %d before it in the row; /v1/model has those that it reads", mostStrange).at(row, field)
}

// What a row and a value take in memory, beside the bytes of texts and files: an entry
// of a map, a header, an interface, and half as much again for the room that maps have.
const (
	rowBytes   = 400
	valueBytes = 96
)

func valueCost(bytes int) int64 { return int64(bytes) + valueBytes }
