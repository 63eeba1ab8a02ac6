package infer

import (
	"errors"
	"maps"

	"github.com/chiasm-ml/chiasm/data"
)

// PrepareMasked is Prepare, but takes a value that cannot be used for a missing one,
// where the model lets it be missing, and returns what it masked, with Row 0. Where
// the value may not be missing, its error is the row's, as in Prepare.
func (m *Model) PrepareMasked(row Row) (p *Prepared, masked []*Error, err error) {
	row = maps.Clone(row)
	t, err := m.Table([]Row{row})
	for err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Unknown || !m.mayMask(e.Field) || row[e.Field] == nil {
			return nil, nil, err
		}
		masked, row[e.Field] = append(masked, e), nil
		t, err = m.Table([]Row{row})
	}
	p, err = m.prepare(t, func(in data.Input) data.Preprocessor {
		return &data.Masking{Preprocessor: in.Preprocessor, Tell: func(_ int, why *data.Error) {
			if e, ok := explain(why).(*Error); ok {
				masked = append(masked, e)
			}
		}}
	})
	return p, masked, err
}

// mayMask reports whether a column may be missing.
func (m *Model) mayMask(name string) bool {
	for _, c := range m.columns {
		if c.name == name {
			return !c.needed
		}
	}
	return false
}
