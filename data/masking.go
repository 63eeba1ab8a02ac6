package data

import "errors"

// Masking is a Preprocessor that takes a cell which cannot be used for an empty
// one, where the input may be missing: of a picture or a text the row then lacks
// the input, of a table that one cell. Where an empty cell is an error, the cell's
// own error stays one.
type Masking struct {
	Preprocessor
	// Tell is told of each cell, by the row's place in the table. It is called
	// whenever the row is loaded, from several goroutines; it may be nil.
	Tell func(row int, why *Error)
}

// MayMiss says whether rows may lack the input.
func (m *Masking) MayMiss() bool {
	o, ok := m.Preprocessor.(Optional)
	return ok && o.MayMiss()
}

// Load reads the cells of a row, those that can be used.
func (m *Masking) Load(t *Table, row int, notes *Notes) (Item, error) {
	var own Notes
	item, err := m.Preprocessor.Load(t, row, &own)
	if err == nil {
		notes.add(&own, nil)
		return item, nil
	}
	blank := map[string]*Error{}
	for {
		var bad *Error
		if !errors.As(err, &bad) || bad.Column == "" {
			return nil, err
		}
		if first := blank[bad.Column]; first != nil { // empty is no better
			kept := *first
			kept.Hint = "it cannot be masked: an empty cell of this column is an error too"
			return nil, &kept
		}
		here := *bad
		if at := t.Errorf(row, bad.Column, ""); len(blank) > 0 { // the error is of the row alone
			here.Row, here.Line = at.Row, at.Line
		}
		blank[bad.Column] = &here
		alone, e := m.alone(t, row, blank)
		if e != nil {
			return nil, e
		}
		own = Notes{}
		if item, err = m.Preprocessor.Load(alone, 0, &own); err == nil {
			break
		}
	}
	notes.add(&own, blank)
	if m.Tell != nil {
		for _, column := range sortedKeys(blank) {
			m.Tell(row, blank[column])
		}
	}
	return item, nil
}

// alone is a table of one row, without what some cells hold.
func (m *Masking) alone(t *Table, row int, blank map[string]*Error) (*Table, error) {
	var columns []*Column
	for _, name := range m.Columns() {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		cell := c.Cell(row)
		if blank[name] != nil {
			cell = Cell{}
		}
		columns = append(columns, NewColumn(name, cell))
	}
	return NewTable(t.File, columns...)
}

// add takes over notes; those of cells that were blanked say so.
func (n *Notes) add(more *Notes, blank map[string]*Error) {
	if n == nil {
		return
	}
	n.warnings = append(n.warnings, more.warnings...)
	n.examples = append(n.examples, more.examples...)
	for _, c := range more.cells {
		if blank[c.Column] != nil {
			c.Reason = Unusable
		}
		n.cells = append(n.cells, c)
	}
}
