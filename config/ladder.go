package config

import (
	"cmp"
	"slices"
)

// A FusionOption says more of a fusion that is registered.
type FusionOption func(r *Registry, name string)

// Tried is for fusions that a comparison tries unless it is told which. Of two,
// the one of the lower rank is the simpler, which the other has to beat.
func Tried(rank int) FusionOption {
	return func(r *Registry, name string) { r.tried[name] = rank }
}

// Ladder lists the fusions that a comparison tries, the simplest first.
func (r *Registry) Ladder() []string {
	var names []string
	for _, e := range r.Fusions() {
		if _, ok := r.tried[e.Name]; ok {
			names = append(names, e.Name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(r.tried[a], r.tried[b]) })
	return names
}
