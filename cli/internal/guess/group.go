package guess

import (
	"fmt"
	"math"
)

// belonging says why a column names what rows belong to, such as a patient or a
// session, of whom other rows are to be kept apart; empty where it does not.
func (s *survey) belonging(p *profile) string {
	if p.kind == Image || p.distinct() == p.present || p.distinct() < 3 || p.forms.spaced > 0 && p.wordsAt(0.95) > longestName {
		return ""
	}
	if p.kind == Number && !p.whole {
		return ""
	}
	what := fmt.Sprintf("%d different values in %d cells", p.distinct(), p.present)
	if named, id := namedGroup(p.name()); named && (id || p.distinct() > fewCategories) {
		return "the name says that rows belong together by it, and it has " + what
	}
	if p.forms.spaced == 0 && (p.kind != Number || p.dense()) && s.keptApart(p) {
		return what + ", none of which stands in two splits: rows belong together by it"
	}
	return ""
}

// dense says whether whole numbers are such as count things: most of those between
// the smallest and the largest occur.
func (p *profile) dense() bool {
	low, high := bounds(p.values)
	return p.distinct() > fewCategories && high-low < 2*float64(p.distinct())
}

// keptApart says whether the table's own split keeps all rows of each value together,
// which it would not by chance.
func (s *survey) keptApart(p *profile) bool {
	if s.split.column == "" || s.split.splits == nil {
		return false
	}
	in, sizes, total := s.parts(), [3]int{}, 0
	of := map[string]int{} // by value, the split of its rows
	rows := map[string]int{}
	for row, c := range p.cells() {
		if in[row] < 0 || c.Missing() {
			continue
		}
		if part, ok := of[c.Text]; ok && part != in[row] {
			return false
		}
		of[c.Text] = in[row]
		rows[c.Text]++
		sizes[in[row]]++
		total++
	}
	chance := math.Log(float64(len(s.profiles)))
	for _, n := range sortedCounts(rows) {
		together := 0.0
		for _, size := range sizes {
			together += math.Pow(float64(size)/float64(total), float64(n))
		}
		chance += math.Log(together)
	}
	return chance < math.Log(byChance)
}

// parts is by row the split that it is in; -1 for none.
func (s *survey) parts() []int {
	in := make([]int, s.table.Len())
	for row := range in {
		in[row] = -1
	}
	part := 0
	for _, rows := range s.split.splits.All() {
		for _, row := range rows {
			in[row] = part
		}
		part++
	}
	return in
}

// crossing counts the values of a column that stand in two splits or more.
func (s *survey) crossing(p *profile) (values int) {
	in, of, twice := s.parts(), map[string]int{}, map[string]bool{}
	for row, c := range p.cells() {
		if in[row] < 0 || c.Missing() {
			continue
		}
		if part, ok := of[c.Text]; ok && part != in[row] {
			twice[c.Text] = true
		}
		of[c.Text] = in[row]
	}
	return len(twice)
}
