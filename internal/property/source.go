package property

import (
	"math/bits"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/rng"
)

// A source makes choices, each a number below a bound, and keeps them: the same choices
// give the same input. Smaller ones give simpler inputs, and 0 the simplest.
type source struct {
	random  bool
	key     rng.Key  // of what is chosen at random
	replay  []uint64 // what is chosen otherwise, and then the simplest
	choices []uint64
}

// drawing chooses at random.
func drawing(key rng.Key) *source { return &source{random: true, key: key} }

// replaying repeats choices.
func replaying(choices []uint64) *source { return &source{replay: choices} }

// below is a choice of n; of all 64 bits, if n is 0.
func (s *source) below(n uint64) uint64 {
	var c uint64
	switch i := len(s.choices); {
	case s.random:
		c = s.key.Uint64(i)
	case i < len(s.replay):
		c = s.replay[i]
	}
	if n != 0 && c >= n {
		c %= n
	}
	s.choices = append(s.choices, c)
	return c
}

// small is a choice of n that is as often of few bits as of many.
func (s *source) small(n uint64) uint64 {
	width := uint64(bits.Len64(n - 1)) // of the largest, also if n is 0
	b := s.below(width + 1)
	if b == 64 {
		return s.below(0)
	}
	c := s.below(1 << b)
	if n != 0 && c >= n {
		c %= n
	}
	return c
}

// list calls add from least to most times. Whether one more follows is a choice before
// each, not a length before all: then an element and its choice can be left out of an
// input, and the others stay as they are.
func (s *source) list(least, most int, add func()) {
	length := 0
	if s.random {
		length = int(within(drawing(s.key.Name("length").Int(len(s.choices))), int64(least), int64(most)))
	}
	for n := 0; n < most; n++ {
		if n >= least && !s.more(n < length) {
			break
		}
		add()
	}
}

// more is a choice that is made at random elsewhere.
func (s *source) more(drawn bool) bool {
	if !s.random {
		return s.below(2) == 1
	}
	c := uint64(0)
	if drawn {
		c = 1
	}
	s.choices = append(s.choices, c)
	return drawn
}

// tries is how many simpler inputs are tried.
const tries = 2000

// simplest looks for a simpler input that fails too: fewer choices, and smaller ones.
func simplest(tb testing.TB, property func(t *T), found trial) trial {
	left := tries
	fails := func(choices []uint64) bool {
		if left == 0 {
			return false
		}
		left--
		c := attempt(tb, property, replaying(choices))
		if !c.failed || !simpler(c.source.choices, found.source.choices) {
			return false
		}
		found = c
		return true
	}
	for again := true; again && left > 0; {
		again = shorten(&found, fails) || lower(&found, fails)
	}
	return found
}

// simpler reports whether choices are fewer, or smaller where they first differ.
func simpler(a, b []uint64) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return slices.Compare(a, b) < 0
}

// shorten leaves out runs of choices, long ones first. What an element takes is among
// the short ones.
func shorten(found *trial, fails func([]uint64) bool) (done bool) {
	for size := len(found.source.choices) / 2; size > 0; size = min(size-1, max(size/2, 8)) {
		for at := 0; at+size <= len(found.source.choices); {
			if fails(slices.Delete(slices.Clone(found.source.choices), at, at+size)) {
				done = true
			} else {
				at += size
			}
		}
	}
	return done
}

// lower makes each choice as small as it can be.
func lower(found *trial, fails func([]uint64) bool) (done bool) {
	for at := 0; at < len(found.source.choices); at++ {
		to := func(c uint64) bool {
			if at >= len(found.source.choices) || c >= found.source.choices[at] {
				return false
			}
			choices := slices.Clone(found.source.choices)
			choices[at] = c
			return fails(choices)
		}
		if to(0) {
			done = true
			continue
		}
		// Between 0, which passes, and what fails.
		for step := found.source.choices[at] / 2; step > 0; step /= 2 {
			for at < len(found.source.choices) && found.source.choices[at] > step && to(found.source.choices[at]-step) {
				done = true
			}
		}
	}
	return done
}
