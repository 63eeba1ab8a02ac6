package data

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Several is the type of Targets.
const Several = "several"

// A NamedTarget is one of several answers of a row.
type NamedTarget struct {
	Name string
	Target
}

// Targets are several answers of each row, of which a row may lack some: it is then
// not learnt from, nor measured, by those. As a Target they write a Slot of Parts.
type Targets struct{ of []NamedTarget }

// NewTargets joins targets, each with a name of its own.
func NewTargets(of ...NamedTarget) (*Targets, error) {
	if len(of) == 0 {
		return nil, &ConfigError{"outputs", "name at least one output"}
	}
	seen, read := map[string]bool{}, map[string]string{}
	for _, t := range of {
		switch {
		case !isName(t.Name):
			return nil, &ConfigError{"outputs", "the name " + show(t.Name) + " is not made of letters, digits, _ and - only"}
		case t.Name == "loss":
			return nil, &ConfigError{"outputs", "none may be named loss, which is a figure of all of them"}
		case seen[t.Name]:
			return nil, &ConfigError{"outputs", "two outputs are named " + show(t.Name)}
		case t.Target == nil:
			return nil, &ConfigError{"outputs", "the target of " + show(t.Name) + " is missing"}
		}
		column := t.Config().Column
		if other, twice := read[column]; twice {
			return nil, &ConfigError{"outputs", fmt.Sprintf("%s and %s both answer the column %s; leave one out", show(other), show(t.Name), show(column))}
		}
		seen[t.Name], read[column] = true, t.Name
	}
	return &Targets{of}, nil
}

// TargetsOf lists the targets that a target consists of: those of Targets by their
// names, else the target itself, without a name.
func TargetsOf(t Target) []NamedTarget {
	if s, ok := t.(*Targets); ok && s != nil {
		return s.of
	}
	if t == nil {
		return nil
	}
	return []NamedTarget{{Target: t}}
}

// Config has the type Several, and no column.
func (s *Targets) Config() TargetConfig { return TargetConfig{Type: Several} }

// Feature has a part for each target.
func (s *Targets) Feature() Feature {
	f := Feature{Name: "target"}
	for _, t := range s.of {
		f.Parts = append(f.Parts, t.Feature())
	}
	return f
}

// Labels is nil: each target has its own.
func (s *Targets) Labels() []string { return nil }

// Counts is nil.
func (s *Targets) Counts() []int { return nil }

// Prior is those of the targets, one behind the other.
func (s *Targets) Prior() []float32 {
	var p []float32
	for _, t := range s.of {
		p = append(p, t.Prior()...)
	}
	return p
}

// answered says whether the table has an answer of a row for a target. A cell without
// labels of a multilabel target is one that lacks its answer, among several.
func answered(t *Table, target Target, row int) (bool, error) {
	column, err := t.Column(target.Config().Column)
	if err != nil {
		return false, err
	}
	return !column.Cell(row).Missing(), nil
}

// Answered are those of some rows that the table has an answer to a target for; all of
// them for a target that is alone. A table without the target's column is an *Error.
func Answered(t *Table, among Target, target Target, rows []int) ([]int, error) {
	if _, several := among.(*Targets); !several {
		return rows, nil
	}
	var having []int
	for _, row := range rows {
		has, err := answered(t, target, row)
		if err != nil {
			return nil, err
		}
		if has {
			having = append(having, row)
		}
	}
	return having, nil
}

// Answered are the splits with the rows only that have an answer to a target.
func (s *Splits) Answered(t *Table, among Target, target Target) (*Splits, error) {
	var out Splits
	for _, x := range []struct{ from, to *[]int }{{&s.Train, &out.Train}, {&s.Validation, &out.Validation}, {&s.Test, &out.Test}} {
		var err error
		if *x.to, err = Answered(t, among, target, *x.from); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// Fit fits each target to the training rows that have its answer.
func (s *Targets) Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error {
	for _, x := range s.of {
		var own []int
		for _, row := range rows {
			has, err := answered(t, x.Target, row)
			if err != nil {
				return err
			}
			if has {
				own = append(own, row)
			}
		}
		if err := x.Fit(ctx, t, own, notes); err != nil {
			return err
		}
		if n := len(rows) - len(own); n > 0 {
			notes.Warn("%d of %d training rows have no answer for the output %s, which does not learn from them", n, len(rows), show(x.Name))
		}
	}
	return nil
}

// Write sets each answer of a row that it has. A row without any is an *Error.
func (s *Targets) Write(t *Table, row int, dst Slot, notes *Notes) error {
	some := false
	for k, x := range s.of {
		part := dst.Parts[k]
		has, err := answered(t, x.Target, row)
		if err != nil {
			return err
		}
		if part.Present[0] = 0; !has {
			clear(part.F32)
			clear(part.Int)
			continue
		}
		if err := x.Write(t, row, part.Slot, notes); err != nil {
			return err
		}
		part.Present[0], some = 1, true
	}
	if !some {
		return t.Errorf(row, "", "the row has no answer for any of the outputs").WithHint("fill one in, or take the row out; predict needs no answers")
	}
	return nil
}

// Truth is nil: each target has its own.
func (s *Targets) Truth(*Table, int) any { return nil }

type targetsState struct {
	Config  TargetConfig       `json:"config"`
	Targets []namedTargetState `json:"targets"`
}

type namedTargetState struct {
	Name  string          `json:"name"`
	State json.RawMessage `json:"state"`
}

// MarshalJSON writes all of them.
func (s *Targets) MarshalJSON() ([]byte, error) {
	out := targetsState{Config: s.Config()}
	for _, t := range s.of {
		b, err := t.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", t.Name, err)
		}
		out.Targets = append(out.Targets, namedTargetState{t.Name, b})
	}
	return json.Marshal(out)
}

// UnmarshalJSON restores what MarshalJSON wrote.
func (s *Targets) UnmarshalJSON(b []byte) error {
	var in targetsState
	if err := DecodeStrict(b, &in); err != nil {
		return err
	}
	var of []NamedTarget
	for _, x := range in.Targets {
		t, err := decodeTarget(x.State)
		if err != nil {
			return fmt.Errorf("output %s: %w", x.Name, err)
		}
		if _, nested := t.(*Targets); nested {
			return fmt.Errorf("output %s: outputs stand inside it", x.Name)
		}
		of = append(of, NamedTarget{x.Name, t})
	}
	made, err := NewTargets(of...)
	if err != nil {
		return err
	}
	*s = *made
	return nil
}

// A Part is one of several answers of rows.
type Part struct {
	Slot
	Present []float32 // (B), 0 for a row that lacks it
	len     int       // values of a row
}

// rows are n rows of the part from the i-th on.
func (p Part) rows(i, n int) Part {
	out := Part{Present: p.Present[i : i+n], len: p.len}
	if p.Int != nil {
		out.Int = p.Int[i*p.len : (i+n)*p.len]
	} else {
		out.F32 = p.F32[i*p.len : (i+n)*p.len]
	}
	return out
}

// At is the row-th answer of a part by itself; nothing of a row that the part has not.
func (p Part) At(row int) Slot {
	if row < 0 || row >= len(p.Present) {
		return Slot{}
	}
	return p.rows(row, 1).Slot
}

// Answered are the answers of rows that have them, and which these are.
func (p Part) Answered() (answers Slot, at []int) {
	for i, has := range p.Present {
		if has == 0 {
			continue
		}
		one := p.At(i)
		answers.F32, answers.Int = append(answers.F32, one.F32...), append(answers.Int, one.Int...)
		at = append(at, i)
	}
	return answers, at
}

// partsOf makes memory for n rows of the parts of a feature.
func partsOf(f Feature, n int) []Part {
	parts := make([]Part, len(f.Parts))
	for k, x := range f.Parts {
		parts[k] = Part{Slot: makeSlot(x, n), Present: make([]float32, n), len: x.Len()}
	}
	return parts
}

// some are n rows of all parts from the i-th on.
func some(parts []Part, i, n int) []Part {
	out := make([]Part, len(parts))
	for k, p := range parts {
		out[k] = p.rows(i, n)
	}
	return out
}

// AnswersOf are the answers of rows of a table, (N, Shape...) of the target's feature, or
// its parts. A row without one is an *Error.
func AnswersOf(t *Table, target Target, rows []int) (Slot, error) {
	if t == nil || target == nil {
		return Slot{}, errNoTable
	}
	f := target.Feature()
	all := makeSlot(f, len(rows))
	for i, row := range rows {
		if err := target.Write(t, row, all.row(i, f.Len()), nil); err != nil {
			return Slot{}, err
		}
	}
	return all, nil
}

// targetColumns are the columns of a target's answers.
func targetColumns(t Target) []string {
	var names []string
	for _, x := range TargetsOf(t) {
		names = append(names, x.Config().Column)
	}
	return slices.Compact(names)
}

// TargetColumns lists the columns that hold a target's answers.
func TargetColumns(t Target) []string { return targetColumns(t) }
