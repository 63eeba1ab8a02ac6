package data

import "strings"

// Truth is the row's label; nil where the table has none that a training row has.
func (c *ClassTarget) Truth(t *Table, row int) any {
	column, err := t.Column(c.state.Config.Column)
	if err != nil || column.Cell(row).Missing() {
		return nil
	}
	i, err := c.state.find(t, row, column.Cell(row).Text)
	if err != nil {
		return nil
	}
	return c.state.Labels[i]
}

// Truth is the row's labels, in the order of Labels, with the separator between them;
// nil where the table has no such column, or one of them is of no training row.
func (l *MultilabelTarget) Truth(t *Table, row int) any {
	if _, err := t.Column(l.state.Config.Column); err != nil {
		return nil
	}
	slot := makeSlot(l.Feature(), 1)
	if l.Write(t, row, slot, nil) != nil {
		return nil
	}
	var has []string
	for i, v := range slot.F32 {
		if v == 1 {
			has = append(has, l.state.Labels[i])
		}
	}
	return strings.Join(has, l.state.Config.Separator)
}

// Truth is the number that the table has; nil where it has none.
func (n *RegressionTarget) Truth(t *Table, row int) any {
	v, err := n.Answer(t, row)
	if err != nil {
		return nil
	}
	return v
}
