package guess

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

// takeUnit reads the numbers of a column with the unit that stands beside them, where
// one unit reads every cell.
func (s *survey) takeUnit(p *profile) bool {
	_, text := p.first()
	if len(p.notNumbers) > 0 {
		text = p.cell(p.notNumbers[0]).Text
	}
	unit := data.UnitBeside(text)
	if multiple(unit) && p.numbers > 0 { // 12k and 500 have no unit in common
		return false
	}
	c := tabular.Options{Numeric: []string{p.name()}, Missing: data.MissingMask, Transform: "none", MinCount: 1, Units: map[string]string{p.name(): unit}}
	if unit == "" || c.Validate() != nil {
		return false
	}
	rule := data.CellRule{Column: p.name(), As: data.AsNumber, Missing: data.MissingMask, Unit: unit}.In(s.reading.dialect)
	var values []float64
	whole := true
	for _, cell := range p.cells() {
		if cell.Missing() {
			continue
		}
		v, err := rule.Read(cell)
		if err != nil {
			return false
		}
		values, whole = append(values, v.Number), whole && v.Number == float64(int64(v.Number))
	}
	p.unit, p.values, p.whole, p.notNumbers = unit, values, whole, nil
	return true
}
