// Package threshold holds the probability thresholds above which labels are predicted.
package threshold

import "fmt"

// Half is the default threshold of a label.
const Half = 0.5

// A Set holds the thresholds of the labels of a multilabel task, or that of the positive label of a
// binary one. If it is empty, each is Half.
type Set []float64

// At returns the threshold of a label; At(0) for the positive label of a binary task.
func (s Set) At(label int) float64 {
	if len(s) == 0 {
		return Half
	}
	return s[label]
}

// Yes reports whether a label with probability p is predicted.
func (s Set) Yes(label int, p float32) bool { return float64(p) > s.At(label) }

// Check returns an error unless the set is empty or has n thresholds, all from 0
// to 1.
func (s Set) Check(n int) error {
	if len(s) != 0 && len(s) != n {
		return fmt.Errorf("%d thresholds, expected %d", len(s), n)
	}
	for _, v := range s {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("the threshold %v is not a probability", v)
		}
	}
	return nil
}
