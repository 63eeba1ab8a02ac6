package guess

import "math"

// What convinces that a column gives the target away. Always saying the most
// frequent label is right in 993 of 1,000 rows where the others are rare, so what
// counts is how many of the other rows a column tells, and whether a column that
// knows nothing of the target could.
const (
	mostMissed = 50   // of the rows without the most frequent label, one in so many may be wrong
	oneMissed  = 20   // of so many such rows on, one may be
	byChance   = 1e-4 // how likely any column of the table is to do as well knowing nothing
)

// trial is an attempt to tell the labels of some rows.
type trial struct {
	labels map[string]int // how many of the rows have each
	wrong  int            // rows that were told wrongly
}

func newTrial() trial { return trial{labels: map[string]int{}} }

func (t *trial) add(told, label string) {
	t.labels[label]++
	if told != label {
		t.wrong++
	}
}

// rows is how many there are, and others how many do not have the most frequent
// label.
func (t *trial) rows() (all, others int) {
	most := 0
	for _, n := range t.labels {
		all, most = all+n, max(most, n)
	}
	return all, all - most
}

// chance bounds from above the logarithm of the probability of being wrong so
// seldom by luck: of the orders in which the labels could stand, the share that
// differs from what was told in no more places.
func (t *trial) chance() float64 {
	n, _ := t.rows()
	orders := logFactorial(n)
	for _, k := range t.labels {
		orders -= logFactorial(k)
	}
	w := min(t.wrong, n)
	near := logFactorial(n) - logFactorial(w) - logFactorial(n-w) +
		float64(w)*math.Log(float64(max(1, len(t.labels)-1))) + math.Log(float64(w+1))
	return min(0, near-orders)
}

// convincing says whether trials on separate rows, made for one of so many
// columns, tell nearly all labels and cannot do so by luck.
func convincing(columns int, trials ...*trial) bool {
	others, wrong, chance := 0, 0, math.Log(float64(max(1, columns)))
	for _, t := range trials {
		_, o := t.rows()
		others, wrong, chance = others+o, wrong+t.wrong, chance+t.chance()
	}
	allowed := others / mostMissed
	if others >= oneMissed {
		allowed = max(1, allowed)
	}
	return others > 0 && wrong <= allowed && chance < math.Log(byChance)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}
