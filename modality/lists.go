package modality

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
)

// Lists counts the cells of a column that are lists of numbers, at least two each, and
// says how long the shortest and the longest are.
func Lists(c Column) (lists, shortest, longest int) {
	if c.Cells == nil {
		return 0, 0, 0
	}
	rule := data.CellRule{Column: c.Name, As: data.AsNumbers, Missing: data.MissingMask}
	for _, cell := range c.Cells {
		v, err := rule.Read(cell)
		if err != nil || len(v.Numbers) < 2 {
			continue
		}
		if lists++; lists == 1 {
			shortest = len(v.Numbers)
		}
		shortest, longest = min(shortest, len(v.Numbers)), max(longest, len(v.Numbers))
	}
	return lists, shortest, longest
}

// ListsOf says in words what Lists found.
func ListsOf(c Column, lists, shortest, longest int) string {
	of := fmt.Sprint(longest)
	if shortest != longest {
		of = fmt.Sprintf("%d to %d", shortest, longest)
	}
	return fmt.Sprintf("%d of %d cells are lists of %s numbers", lists, c.Rows-c.Missing, of)
}
