package data

import (
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/rng"
)

// group is the rows that stay together.
type group struct {
	name    string
	rows    []int
	stratum string // the most frequent one of its rows
}

// groups are all groups of a table, by name, and by stratum if there are strata.
type groups struct {
	byName   []*group
	byStrata map[string][]*group // nil without stratify
}

// gather makes the groups.
func gather(names, strata []string) *groups {
	found, counts := map[string]*group{}, map[string]map[string]int{}
	for row, name := range names {
		g := found[name]
		if g == nil {
			g = &group{name: name}
			found[name], counts[name] = g, map[string]int{}
		}
		g.rows = append(g.rows, row)
		if strata != nil {
			counts[name][strata[row]]++
		}
	}
	all := &groups{}
	for _, name := range sortedKeys(found) {
		all.byName = append(all.byName, found[name])
	}
	if strata == nil {
		return all
	}
	all.byStrata = map[string][]*group{}
	for _, g := range all.byName {
		most := 0
		for _, v := range sortedKeys(counts[g.name]) { // the first of several as frequent
			if n := counts[g.name][v]; n > most {
				g.stratum, most = v, n
			}
		}
		all.byStrata[g.stratum] = append(all.byStrata[g.stratum], g)
	}
	return all
}

// enough refuses fewer groups than splits.
func (c SplitConfig) enough(t *Table, all *groups) error {
	wanted := 0
	for _, f := range c.fractions() {
		if f > 0 {
			wanted++
		}
	}
	if len(all.byName) < wanted {
		return t.Errorf(-1, c.Group, "the column has %s for %d splits", plural(len(all.byName), "value"), wanted).
			WithHint("group by a column of more values, or ask for fewer splits")
	}
	return nil
}

// byGroup gives whole groups to the splits. Without strata, a group's split is a
// function of its name. With strata it is one of its rank, by a hash of its name,
// among the groups of its stratum: each stratum is then cut in proportion, and a
// new group moves at most one other across each cut.
func byGroup(all *groups, rows int, fractions [3]float64, key rng.Key) []int {
	of := make([]int, rows)
	give := func(g *group, split int) {
		for _, row := range g.rows {
			of[row] = split
		}
	}
	if all.byStrata == nil {
		for _, g := range all.byName {
			give(g, partAt(key.Name(g.name).Float64(0), fractions))
		}
		return of
	}
	for v, members := range all.byStrata { // in any order: strata do not meet
		ranked := slices.Clone(members)
		slices.SortFunc(ranked, func(a, b *group) int {
			x, y := key.Name(a.name).Uint64(0), key.Name(b.name).Uint64(0)
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return strings.Compare(a.name, b.name)
		})
		own := key.Name("stratum").Name(v)
		train := newSampler(fractions[0], own.Name("train")).upTo(len(ranked))
		rest := len(ranked) - train
		validate := 0
		if fractions[1] > 0 {
			validate = restOf(fractions, own).upTo(rest)
		}
		for i, g := range ranked {
			switch {
			case i < train:
				give(g, 0)
			case i < train+validate:
				give(g, 1)
			default:
				give(g, 2)
			}
		}
	}
	return of
}

// partAt is the split that a number from [0, 1) falls into, as the fractions
// divide it.
func partAt(u float64, fractions [3]float64) int {
	last, sum := 0, 0.0
	for s, f := range fractions {
		if f == 0 {
			continue
		}
		if sum += f; u < sum {
			return s
		}
		last = s
	}
	return last // the fractions add up to a little less than 1
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
