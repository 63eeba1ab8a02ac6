// Package rounding distinguishes numbers that differ from numbers that are equal up to the rounding
// of float64.
package rounding

// epsilon is the distance from 1 to the next larger float64.
const epsilon = 0x1p-52

// Constant reports whether n values with the given mean and (population) variance are a single
// value, as far as float64 can tell: their variance is no larger than what rounding produces for n
// equal values. The bound is the one by which scikit-learn's StandardScaler finds constant
// features: n·ε·variance + (n·mean·ε)², from the error analysis of Chan, Golub and LeVeque,
// "Algorithms for Computing the Sample Variance" (1983).
func Constant(n int, mean, variance float64) bool {
	e := float64(n) * epsilon
	return variance <= e*variance+(e*mean)*(e*mean)
}
