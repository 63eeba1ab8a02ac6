package app

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/trainer"
)

// answersOf are the truth of rows.
func answersOf(d *data.Dataset, rows []int) (a compare.Answers, err error) {
	slot, err := trainer.Answers(d, rows)
	if err != nil {
		return a, err
	}
	a.Names = d.Target().Labels()
	a.Labels = len(a.Names)
	switch t := d.Target().(type) {
	case *data.RegressionTarget:
		for _, row := range rows {
			v, err := t.Answer(d.Table(), row)
			if err != nil {
				return a, err
			}
			a.Numbers = append(a.Numbers, v)
		}
	case *data.MultilabelTarget:
		a.Flags = slot.F32
	default:
		if a.Classes = slot.Int; a.Classes == nil { // binary
			for _, v := range slot.F32 {
				a.Classes = append(a.Classes, binaryLabel(v)[0])
			}
		}
	}
	return a, nil
}

// groupsOf are rows by their groups; nil without a column of them.
// Rows without a group are groups of their own.
func groupsOf(p *fit.Data, rows []int, name string) ([]int, error) {
	if name == "" {
		return nil, nil
	}
	column, err := p.Table.Column(name)
	if err != nil {
		return nil, err
	}
	var groups []int
	known, n := map[string]int{}, 0
	for _, row := range rows {
		cell := column.Cell(row)
		g, ok := known[cell.Text]
		if !ok || cell.Missing() {
			g = n
			known[cell.Text], n = g, n+1
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// unitsOf turns predictions into the target's own units.
func unitsOf(p *fit.Data, predictions []float32) []float32 {
	t, ok := p.Target.(*data.RegressionTarget)
	if !ok {
		return predictions
	}
	out := make([]float32, len(predictions))
	for i, v := range predictions {
		out[i] = float32(t.Restore(v))
	}
	return out
}
