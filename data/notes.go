package data

import "fmt"

// Reasons for which a cell was not used as it stands.
const (
	Masked      = "masked"       // empty, so the model is told that it is absent
	Filled      = "filled"       // empty, so the training mean took its place
	NoFile      = "no file"      // names an image that is not there, and missing is mask
	Unknown     = "unknown"      // a category that too few training rows have
	Truncated   = "truncated"    // a text of more tokens than are read
	NoTokens    = "no tokens"    // a text of which nothing is left, such as blanks
	UnknownText = "unknown text" // a text that is unknown to the vocabulary in part
	NotUTF8     = "not UTF-8"    // a text with bytes that are not, which are ignored
	Unusable    = "unusable"     // cannot be used, and was taken as empty because that was asked for
	NoLabels    = "no labels"    // a row of a multilabel target without any
)

// Notes collects what a preprocessor or a target did to cells, for the Report.
// A nil *Notes ignores everything.
type Notes struct {
	cells    []CellNote
	warnings []string
	examples []exampleNote
}

// exampleNote is a warning that holds for many cells, and one of them.
type exampleNote struct{ warning, cell string }

// A CellNote is a cell of the row at hand that was not used as it stands.
type CellNote struct{ Column, Reason string }

// Cells are the cells that were noted.
func (n *Notes) Cells() []CellNote {
	if n == nil {
		return nil
	}
	return n.cells
}

// Warnings are what was warned of.
func (n *Notes) Warnings() []string {
	if n == nil {
		return nil
	}
	return n.warnings
}

// Cell notes that a cell of the row at hand was not used as it stands.
func (n *Notes) Cell(column, reason string) {
	if n != nil {
		n.cells = append(n.cells, CellNote{column, reason})
	}
}

// Warn notes something that is allowed and probably not meant.
func (n *Notes) Warn(format string, args ...any) {
	if n != nil {
		n.warnings = append(n.warnings, fmt.Sprintf(format, args...))
	}
}

// WarnOf is Warn of what holds for many cells, such as this one of the row at hand.
func (n *Notes) WarnOf(cell, format string, args ...any) {
	if n != nil {
		n.examples = append(n.examples, exampleNote{fmt.Sprintf(format, args...), cell})
	}
}
