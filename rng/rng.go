// Package rng generates random numbers as a function of where they are used, not of what was drawn
// before: the same (seed, names, counter) always yields the same number. There is no generator to
// save, so a resumed run draws exactly what an uninterrupted one would, and the scheduling of
// goroutines has no effect.
//
// It never reads a clock and holds no state. It is not for cryptography.
package rng

import "math"

// A Key identifies a stream of random numbers.
type Key uint64

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// New returns the root key of a seed.
func New(seed uint64) Key { return Key(mix(seed)) }

// Int derives the key of the n-th child: a step, an epoch, a row.
func (k Key) Int(n int) Key { return Key(mix(uint64(k) ^ mix(uint64(n)+0x5851f42d4c957f2d))) }

// Name derives the key of a named child: a module's path, a purpose.
func (k Key) Name(s string) Key {
	h := uint64(14695981039346656037) // FNV-1a, 64 bits
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return Key(mix(uint64(k) ^ mix(h)))
}

// Uint64 returns the i-th number of the stream, uniform over all 64 bits.
func (k Key) Uint64(i int) uint64 { return mix(uint64(k) + uint64(i)*0x9e3779b97f4a7c15) }

// Float64 returns the i-th number of the stream, uniform in [0, 1).
func (k Key) Float64(i int) float64 { return float64(k.Uint64(i)>>11) / (1 << 53) }

// Normal returns the i-th number of the stream, from the standard normal distribution (Box and
// Muller, 1958; one of each pair is used).
func (k Key) Normal(i int) float64 {
	u := 1 - k.Float64(2*i) // in (0, 1]
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*k.Float64(2*i+1))
}

// IntN returns the i-th number of the stream, uniform in [0, n). The bias is below n/2^64. It
// panics if n <= 0.
func (k Key) IntN(i, n int) int {
	if n <= 0 {
		panic("rng: IntN needs a positive range")
	}
	return int(k.Uint64(i) % uint64(n))
}

// Perm returns a random permutation of 0..n-1 (Fisher and Yates).
func (k Key) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	k.Shuffle(p)
	return p
}

// Shuffle reorders s in place.
func (k Key) Shuffle(s []int) {
	for i := len(s) - 1; i > 0; i-- {
		j := k.IntN(i, i+1)
		s[i], s[j] = s[j], s[i]
	}
}
