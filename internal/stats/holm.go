package stats

import "slices"

// Holm corrects the p-values of a family of tests: if there are no real effects, the probability
// that any corrected p-value is at or below a level is then at most that level (Holm, A simple
// sequentially rejective multiple test procedure, 1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	corrected := make([]float64, len(p))
	highest := 0.0
	for rank, i := range order {
		highest = max(highest, min(1, float64(len(p)-rank)*p[i]))
		corrected[i] = highest
	}
	return corrected
}
