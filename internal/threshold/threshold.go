// Package threshold decides from which probability on a label is predicted.
package threshold

import "fmt"

// Half is the threshold of a label for which none was chosen.
const Half = 0.5

// A Set is the thresholds of the labels of a multilabel task, or that of the
// positive label of a binary one. Of an empty set each is Half.
type Set []float64

// At is the threshold of a label; of the positive one of a binary task it is At(0).
func (s Set) At(label int) float64 {
	if len(s) == 0 {
		return Half
	}
	return s[label]
}

// Yes says whether a label is predicted of a row that has it with probability p.
func (s Set) Yes(label int, p float32) bool { return float64(p) > s.At(label) }

// Check returns an error unless the set is empty or has n thresholds, all from 0
// to 1.
func (s Set) Check(n int) error {
	if len(s) != 0 && len(s) != n {
		return fmt.Errorf("%d thresholds, expected %d", len(s), n)
	}
	for _, v := range s {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("the threshold %v is no probability", v)
		}
	}
	return nil
}
