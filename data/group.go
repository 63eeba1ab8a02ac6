package data

import (
	"math/bits"
	"slices"

	"github.com/chiasm-ml/chiasm/internal/rng"
)

// group is the rows that stay together.
type group struct {
	name   string
	rows   []int
	strata map[string]int // rows by stratum; one stratum "" without stratify
	order  uint64
}

// byGroup deals whole groups to the splits, large ones first and by chance
// among those of about one size, each to the split that it brings nearest to
// its share. It looks at the names and sizes of groups only, never at the
// order of rows.
func byGroup(t *Table, names, strata []string, c SplitConfig, key rng.Key) ([]int, error) {
	groups, totals := gather(names, strata, key)
	fractions := c.fractions()
	wanted := 0
	for _, f := range fractions {
		if f > 0 {
			wanted++
		}
	}
	if len(groups) < wanted {
		return nil, t.Errorf(-1, c.Group, "the column has %s for %d splits", plural(len(groups), "value"), wanted).
			WithHint("group by a column of more values, or ask for fewer splits")
	}
	var filled [3]map[string]int
	var dealt [3][]*group
	for s := range filled {
		filled[s] = map[string]int{}
	}
	for _, g := range groups {
		s := g.nearest(fractions, filled, totals)
		dealt[s] = append(dealt[s], g)
		for v, n := range g.strata {
			filled[s][v] += n
		}
	}
	for s, f := range fractions {
		if f > 0 && len(dealt[s]) == 0 {
			moveSmallest(&dealt, s)
		}
	}
	of := make([]int, len(names))
	for s, gs := range dealt {
		for _, g := range gs {
			for _, row := range g.rows {
				of[row] = s
			}
		}
	}
	return of, nil
}

// gather makes the groups, in the order in which they are dealt, and counts
// the rows of each stratum.
func gather(names, strata []string, key rng.Key) ([]*group, map[string]int) {
	byName, totals := map[string]*group{}, map[string]int{}
	for row, name := range names {
		g := byName[name]
		if g == nil {
			g = &group{name: name, strata: map[string]int{}, order: key.Name(name).Uint64(0)}
			byName[name] = g
		}
		v := ""
		if strata != nil {
			v = strata[row]
		}
		g.rows = append(g.rows, row)
		g.strata[v]++
		totals[v]++
	}
	groups := make([]*group, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		groups = append(groups, byName[name])
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		if la, lb := bits.Len(uint(len(a.rows))), bits.Len(uint(len(b.rows))); la != lb {
			return lb - la
		}
		if a.order < b.order {
			return -1
		}
		return 1
	})
	return groups, totals
}

// nearest is the split whose distance to its share of each stratum, as χ²,
// grows least by taking g: Σ (filled − share)² / share.
func (g *group) nearest(fractions [3]float64, filled [3]map[string]int, totals map[string]int) int {
	best, least := -1, 0.0
	for s, f := range fractions {
		if f == 0 {
			continue
		}
		cost := 0.0
		for _, v := range sortedKeys(g.strata) {
			n, x := float64(g.strata[v]), float64(filled[s][v])
			cost += n * (2*x + n) / (f * float64(totals[v]))
		}
		if best < 0 || cost < least {
			best, least = s, cost
		}
	}
	return best
}

// moveSmallest gives split s the smallest group of the split that has most.
func moveSmallest(dealt *[3][]*group, s int) {
	from := 0
	for i := range dealt {
		if len(dealt[i]) > len(dealt[from]) {
			from = i
		}
	}
	least := 0
	for i, g := range dealt[from] {
		if len(g.rows) <= len(dealt[from][least].rows) {
			least = i
		}
	}
	dealt[s] = append(dealt[s], dealt[from][least])
	dealt[from] = slices.Delete(dealt[from], least, least+1)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
