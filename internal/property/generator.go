package property

import (
	"fmt"
	"slices"
)

// A Generator makes values of one kind.
type Generator[V any] struct{ make func(s *source) V }

// Draw makes a value. The name stands before it in the account of a failure.
func (g *Generator[V]) Draw(t *T, name string) V {
	v := g.make(t.source)
	t.drawn = append(t.drawn, fmt.Sprintf("%s: %#v", name, v))
	return v
}

// attempts is how often a value is drawn anew, if it is not wanted.
const attempts = 100

// Filter makes those values of g that are wanted.
func (g *Generator[V]) Filter(wanted func(V) bool) *Generator[V] {
	return &Generator[V]{func(s *source) V {
		for range attempts {
			if v := g.make(s); wanted(v) {
				return v
			}
		}
		panic(ended{left: true})
	}}
}

// Map makes f of the values of g.
func Map[U, V any](g *Generator[U], f func(U) V) *Generator[V] {
	return &Generator[V]{func(s *source) V { return f(g.make(s)) }}
}

// Custom makes what a function draws, which has nothing to say but by its value.
func Custom[V any](draw func(t *T) V) *Generator[V] {
	return &Generator[V]{func(s *source) V { return draw(&T{source: s}) }}
}

// OneOf makes a value of one of several generators, the first being the simplest.
func OneOf[V any](of ...*Generator[V]) *Generator[V] {
	return &Generator[V]{func(s *source) V { return of[s.below(uint64(len(of)))].make(s) }}
}

// SampledFrom is one of several values, the first being the simplest.
func SampledFrom[V any](of []V) *Generator[V] {
	return &Generator[V]{func(s *source) V { return of[s.below(uint64(len(of)))] }}
}

// Permutation is the values in another order.
func Permutation[V any](of []V) *Generator[[]V] {
	return &Generator[[]V]{func(s *source) []V {
		out := slices.Clone(of)
		for i := range out {
			j := i + int(s.below(uint64(len(out)-i)))
			out[i], out[j] = out[j], out[i]
		}
		return out
	}}
}

// SliceOfN is from least to most values.
func SliceOfN[V any](of *Generator[V], least, most int) *Generator[[]V] {
	return &Generator[[]V]{func(s *source) []V {
		out := []V{}
		s.list(least, most, func() { out = append(out, of.make(s)) })
		return out
	}}
}

// SliceOfNDistinct is from least to most values, no two of which have the same key.
func SliceOfNDistinct[V any, K comparable](of *Generator[V], least, most int, key func(V) K) *Generator[[]V] {
	return &Generator[[]V]{func(s *source) []V {
		out, met := []V{}, map[K]bool{}
		add := func() {
			v := of.make(s)
			if k := key(v); !met[k] {
				met[k] = true
				out = append(out, v)
			}
		}
		s.list(least, most, add)
		for range attempts {
			if len(out) >= least {
				return out
			}
			add()
		}
		panic(ended{left: true})
	}}
}

// MapOfN is a map of from least to most keys.
func MapOfN[K comparable, V any](keys *Generator[K], values *Generator[V], least, most int) *Generator[map[K]V] {
	distinct := SliceOfNDistinct(keys, least, most, func(k K) K { return k })
	return &Generator[map[K]V]{func(s *source) map[K]V {
		out := map[K]V{}
		for _, k := range distinct.make(s) {
			out[k] = values.make(s)
		}
		return out
	}}
}
