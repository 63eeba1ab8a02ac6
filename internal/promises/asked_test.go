package promises_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/cells"
)

// asked is a case in a column, and what must come of it.
type asked struct {
	cells.Case
	column int
	line   string // of JSON
	// refusal is its place in cells.Refusals, or -1: then features are what the graph
	// is given.
	refusal  int
	features map[string][]float64
}

func (a asked) String() string {
	return fmt.Sprintf("column %s: %.60s %s", doorColumns[a.column].name, a.JSON, a.Says)
}

// ask makes up a row for each case in each column, and what is to be expected of it
// by the rules.
func (d *doors) ask(t *testing.T) []asked {
	var all []asked
	for column, c := range doorColumns {
		var others []string
		for i, o := range doorColumns {
			if i != column {
				others = append(others, o.name, o.good)
			}
		}
		cases := slices.Concat(cells.Texts(), cells.Literals())
		if c.as == data.AsDate {
			cases = append(cases, cells.Dates()...)
		}
		for _, one := range cases {
			a := asked{Case: one, column: column, line: one.Line(c.name, others...), refusal: -1}
			cell, err := one.Cell()
			if err == nil {
				a.features, err = d.features(t, column, cell)
			}
			if err != nil {
				if a.refusal = cells.RefusalOf(err.Error()); a.refusal < 0 {
					t.Errorf("%v: the refusal has none of the words: %v", a, err)
				}
			}
			all = append(all, a)
		}
	}
	return all
}

// features are the tensors of the graph for good cells but one: numbers as they are,
// places in the list of categories, ids of the text's words.
func (d *doors) features(t *testing.T, column int, cell data.Cell) (map[string][]float64, error) {
	row := make([]*data.Column, len(doorColumns))
	out, dialect := map[string][]float64{}, d.bundle.Config.Data.Dialect
	for i, c := range doorColumns {
		good, err := cells.Case{JSON: c.good}.Cell()
		if err != nil {
			t.Fatal(err)
		}
		if i == column {
			good = cell
		}
		if dialect.Missing(good.Text) {
			good = data.Cell{}
		}
		row[i] = data.NewColumn(c.name, good)
	}
	table, err := data.NewTable("", row...)
	if err != nil {
		t.Fatal(err)
	}
	table.Numbers = dialect.Numbers()
	for i, in := range d.bundle.Inputs {
		item, err := in.Load(table, 0, nil)
		if err != nil {
			return nil, err
		}
		if item == nil {
			continue
		}
		out[in.Name+".present"] = []float64{1}
		slots := make([]data.Slot, len(in.Features()))
		for k, f := range in.Features() {
			slots[k] = data.Slot{F32: make([]float32, f.Len())}
			if f.Int {
				slots[k] = data.Slot{Int: make([]int, f.Len())}
			}
		}
		in.Write(item, slots, data.Augment{})
		for k, f := range in.Features() {
			name := in.Name + "." + f.Name
			switch {
			case f.Role == data.Flag:
			case f.Name == "numeric":
				values, err := numbers(in.Preprocessor, dialect, row[i].Cell(0), f.Len())
				if err != nil {
					return nil, err
				}
				out[name] = values
			case f.Int:
				out[name] = float64s(slots[k].Int)
			default:
				out[name] = float64s(slots[k].F32)
			}
		}
	}
	return out, nil
}

// numbers are what the graph is given for a numeric cell: n numbers as the rule reads
// them, since the graph standardises, and NaN for what is missing.
func numbers(p data.Preprocessor, dialect data.Dialect, cell data.Cell, n int) ([]float64, error) {
	v, err := p.(data.Ruled).Rules()[0].In(dialect).Read(cell)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Missing:
		return slices.Repeat([]float64{math.NaN()}, n), nil
	case v.Numbers == nil:
		return slices.Repeat([]float64{v.Number}, n), nil
	default:
		return v.Numbers, nil
	}
}

func float64s[T int | float32](values []T) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func (d *doors) wanted(a asked) string {
	if a.refusal < 0 {
		return "an answer"
	}
	return "refused: " + cells.Refusals[a.refusal].Words[0]
}
