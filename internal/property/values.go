package property

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// Bool is false or true.
func Bool() *Generator[bool] {
	return &Generator[bool]{func(s *source) bool { return s.below(2) == 1 }}
}

// Byte is any byte.
func Byte() *Generator[byte] {
	return &Generator[byte]{func(s *source) byte { return byte(s.below(256)) }}
}

// Uint64 is of any size: small ones are as likely as large ones.
func Uint64() *Generator[uint64] {
	return &Generator[uint64]{func(s *source) uint64 { return s.small(0) }}
}

// Int64 is of any size and sign.
func Int64() *Generator[int64] {
	return &Generator[int64]{func(s *source) int64 { return within(s, math.MinInt64, math.MaxInt64) }}
}

// IntRange is from low to high, both included.
func IntRange(low, high int) *Generator[int] {
	return &Generator[int]{func(s *source) int { return int(within(s, int64(low), int64(high))) }}
}

// within is from low to high: half the time anything, else near the simplest, which is
// that nearest to 0, or an end.
func within(s *source, low, high int64) int64 {
	if low > high {
		panic("property: an empty range")
	}
	n := uint64(high) - uint64(low) + 1 // 0 if it is all of int64
	if n != 0 && n <= 16 {
		return low + int64(s.below(n))
	}
	origin := max(low, min(high, 0))
	switch s.below(8) {
	case 0, 1, 2:
		up, down := uint64(high)-uint64(origin), uint64(origin)-uint64(low)
		if down == 0 || up != 0 && s.below(2) == 0 {
			return origin + int64(s.small(up+1))
		}
		return origin - int64(s.small(down+1))
	case 3:
		return [2]int64{low, high}[s.below(2)]
	default:
		return low + int64(s.below(n))
	}
}

// Float64Range is from low to high, both included, and finite.
func Float64Range(low, high float64) *Generator[float64] {
	return &Generator[float64]{func(s *source) float64 { return between(s, low, high) }}
}

// Float32Range is from low to high, both included, and finite.
func Float32Range(low, high float32) *Generator[float32] {
	return &Generator[float32]{func(s *source) float32 {
		return max(low, min(high, float32(between(s, float64(low), float64(high)))))
	}}
}

// Float64 is any finite number.
func Float64() *Generator[float64] { return Float64Range(-math.MaxFloat64, math.MaxFloat64) }

// Float32 is any finite number.
func Float32() *Generator[float32] { return Float32Range(-math.MaxFloat32, math.MaxFloat32) }

// between is a whole number, an end or its neighbour, of any exponent, or anything.
func between(s *source, low, high float64) float64 {
	origin := max(low, min(high, 0))
	unit := func() float64 { return float64(s.below(1<<53)) / (1 << 53) }
	var v float64
	switch s.below(6) {
	case 0:
		v = math.Trunc(origin) + float64(within(s, -1000, 1000))
	case 1:
		v = [...]float64{low, high, origin, math.Nextafter(low, high), math.Nextafter(high, low)}[s.below(5)]
	case 2, 3:
		v = math.Ldexp(1+unit(), int(within(s, -1074, 1023)))
		if s.below(2) == 1 {
			v = -v
		}
	default:
		u := unit()
		v = low*(1-u) + high*u
	}
	if v < low || v > high { // most exponents miss a narrow range
		u := unit()
		v = max(low, min(high, low*(1-u)+high*u))
	}
	return v
}

// awkward are characters that programs trip over.
var awkward = []rune("\x00\t\n\r\x1b \"'\\/<>&,;=%\x7f\u0085\u00a0\u00ad\u0301\u0345\u200b\u200d\u202e\u2028\ufeff\ufffd" +
	"\u00e9\u00df\u0130\u0131\u03c2\u01c5\uff21\u212a\ud7ff\ue000\uffff\U0001f469\U0001f642\U00010000\U0010ffff")

// Rune is any character: a letter, ASCII, an awkward one, or one of all of Unicode.
func Rune() *Generator[rune] {
	return &Generator[rune]{func(s *source) rune {
		switch s.below(5) {
		case 0:
			return 'a' + rune(s.below(26))
		case 1:
			return rune(s.below(utf8.RuneSelf))
		case 2:
			return awkward[s.below(uint64(len(awkward)))]
		case 3: // of the basic plane, where most letters are
			return noSurrogate(rune(s.below(0xffff - 0x800 + 1)))
		default:
			return noSurrogate(rune(s.below(unicode.MaxRune - 0x800 + 1)))
		}
	}}
}

func noSurrogate(r rune) rune {
	if r >= 0xd800 {
		r += 0x800
	}
	return r
}

// StringOfN is from least to most of some characters.
func StringOfN(of *Generator[rune], least, most int) *Generator[string] {
	return Map(SliceOfN(of, least, most), func(rs []rune) string { return string(rs) })
}

// StringN is from least to most characters of any kind.
func StringN(least, most int) *Generator[string] { return StringOfN(Rune(), least, most) }

// String is up to 40 characters of any kind.
func String() *Generator[string] { return StringN(0, 40) }
