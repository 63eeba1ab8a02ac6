package data

import "math"

// RowWeights are what the rows of a table count in the training loss, by row; nil: each
// counts 1.
type RowWeights []float32

// ReadWeights reads the weights of some rows of a table from a column: numbers of 0 or
// more, not all 0. An empty cell or another number is an *Error with its place. Of other
// rows nothing is read.
func ReadWeights(t *Table, name string, rows []int) (RowWeights, error) {
	column, err := t.Column(name)
	if err != nil {
		return nil, err
	}
	w := make(RowWeights, t.Len())
	some := false
	for _, row := range rows {
		v, err := weight(t, column, row)
		if err == nil {
			w[row] = float32(v)
			some = some || w[row] > 0
		} else if err := t.Skip(err); err != nil {
			return nil, err
		}
	}
	if !some {
		return nil, t.Errorf(-1, name, "every training row has the weight 0").WithHint("there is nothing to learn: choose another column for training.sample_weight")
	}
	return w, nil
}

func weight(t *Table, column *Column, row int) (float64, error) {
	if column.Cell(row).Missing() {
		return 0, t.Errorf(row, column.Name, "the weight is missing").WithHint("fill it in: 1 counts as any other row, 0 not at all")
	}
	v, err := t.number(column, row, "")
	switch {
	case err != nil:
		return 0, err
	case !(v >= 0) || v > math.MaxFloat32:
		return 0, t.Errorf(row, column.Name, "the weight is %v, expected a number of 0 or more", v).WithHint("correct it, or take the row out")
	}
	return v, nil
}
