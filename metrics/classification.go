package metrics

import "fmt"

// maxConfusion is the number of classes up to which a confusion matrix is kept:
// beyond it nobody reads one, and 10,000 classes would take 800 MB.
const maxConfusion = 512

// MaxRanked is the number of classes, or labels, up to which rankings are
// measured. Each is an order of all rows by that class's scores, so they take
// time and memory for the product of rows and classes.
const MaxRanked = 128

// Classification measures a choice of one among C classes; with two classes it
// is binary, and the second is the positive one. Make it with
// [NewClassification].
type Classification struct {
	// Loss is the mean loss. Its owner computes it, and adds it here.
	Loss Mean
	// Ranking says whether roc_auc and average_precision are measured, for which
	// every score is kept (4·C bytes a row). It is true for up to MaxRanked
	// classes, unless it is changed before the first Add.
	Ranking bool
	// Thresholds has that of the second label of two; nil: the likelier one is
	// predicted.
	Thresholds Thresholds

	labels    []string
	topK      int
	rows      int
	topHits   int
	classes   []counts
	confusion []int // (C, C) by target and prediction; nil beyond maxConfusion
	bins      calibration
	scores    []float32 // (rows, C)
	targets   []int32
	sorted    ranking
}

// NewClassification makes an empty accumulator. top_<k>_accuracy is measured if
// 1 < topK < C. There must be at least two labels.
func NewClassification(labels []string, topK int) (*Classification, error) {
	if len(labels) < 2 {
		return nil, fmt.Errorf("metrics: classification with %d labels: expected at least 2", len(labels))
	}
	if topK <= 1 || topK >= len(labels) {
		topK = 0
	}
	m := &Classification{Ranking: len(labels) <= MaxRanked, labels: labels, topK: topK, classes: make([]counts, len(labels))}
	if c := len(labels); c <= maxConfusion {
		m.confusion = make([]int, c*c)
	}
	return m, nil
}

// Add takes in a batch: probabilities (B, C), and targets (B), each a class from
// 0 to C−1. It returns an error, and takes in nothing, where a shape, a target
// or a probability is impossible.
//
// The prediction is the class of the highest probability, the first of equal
// ones; a row counts among the top k by the same order.
func (m *Classification) Add(probabilities []float32, targets []int) error {
	c := len(m.labels)
	if len(probabilities) != len(targets)*c {
		return fmt.Errorf("metrics: %d probabilities for %d targets of %d classes", len(probabilities), len(targets), c)
	}
	for row, t := range targets {
		if t < 0 || t >= c {
			return fmt.Errorf("metrics: row %d of the batch: class %d of %d", row, t, c)
		}
	}
	if err := checkProbabilities(probabilities, m.labels); err != nil {
		return err
	}
	for row, t := range targets {
		m.addRow(probabilities[row*c:(row+1)*c], t)
	}
	if m.Ranking {
		m.scores = append(m.scores, probabilities...)
		for _, t := range targets {
			m.targets = append(m.targets, int32(t))
		}
	}
	return nil
}

// AddPositive takes in a batch of a binary task: positive (B) is the probability
// of the second label. In all else it is [Classification.Add].
func (m *Classification) AddPositive(positive []float32, targets []int) error {
	if len(m.labels) != 2 {
		return fmt.Errorf("metrics: one probability a row for %d classes: expected 2 classes", len(m.labels))
	}
	both := make([]float32, 0, 2*len(positive))
	for _, p := range positive {
		both = append(both, max(1-p, 0), p)
	}
	return m.Add(both, targets)
}

func (m *Classification) addRow(p []float32, target int) {
	best, above := 0, 0 // above: the classes ranked before the target
	for i, v := range p {
		if v > p[best] {
			best = i
		}
		if v > p[target] || v == p[target] && i < target {
			above++
		}
	}
	m.rows++
	m.bins.add(p[best], best == target) // of the likelier class, whatever is decided
	if m.Thresholds != nil && len(p) == 2 {
		best = 0
		if m.Thresholds.Yes(0, p[1]) {
			best = 1
		}
	}
	if above < m.topK {
		m.topHits++
	}
	m.classes[best].predicted++
	m.classes[target].support++
	if best == target {
		m.classes[best].hits++
	}
	if m.confusion != nil {
		m.confusion[target*len(p)+best]++
	}
}

// Reset empties the accumulator and keeps its memory.
func (m *Classification) Reset() {
	m.Loss.Reset()
	m.rows, m.topHits, m.bins = 0, 0, calibration{}
	m.scores, m.targets = m.scores[:0], m.targets[:0]
	clear(m.classes)
	clear(m.confusion)
}

func (m *Classification) accuracy() float64 {
	hits := 0
	for _, c := range m.classes {
		hits += c.hits
	}
	return ratio(hits, m.rows)
}

// rankings are the area under the ROC curve and the average precision: of the
// second class if there are two, otherwise the means over classes, one against
// the rest, of those that are defined.
func (m *Classification) rankings() (rocAUC, averagePrecision float64) {
	c := len(m.labels)
	first := 0
	if c == 2 {
		first = 1
	}
	return meanRankings(&m.sorted, m.scores, first, c, func(row, class int) bool { return int(m.targets[row]) == class })
}

// meanRankings averages over the columns from first on of scores (rows, c).
func meanRankings(buffer *ranking, scores []float32, first, c int, positive func(row, class int) bool) (rocAUC, averagePrecision float64) {
	n := c - first
	auc, ap := make([]float64, n), make([]float64, n)
	for i := range n {
		class := first + i
		*buffer = buffer.rank(scores, class, c, func(row int) bool { return positive(row, class) })
		auc[i], ap[i] = buffer.rocAUC(), buffer.averagePrecision()
	}
	return meanDefined(n, func(i int) float64 { return auc[i] }), meanDefined(n, func(i int) float64 { return ap[i] })
}

// Values are loss, accuracy, top_<k>_accuracy (if measured), macro_f1, roc_auc
// and average_precision (if Ranking), and calibration_error. With rankings it
// sorts all rows once a class; all else takes time for the classes alone.
func (m *Classification) Values() Values {
	vs := Values{{"loss", m.Loss.Value()}, {"accuracy", m.accuracy()}}
	if m.topK > 0 {
		vs = append(vs, Named{fmt.Sprintf("top_%d_accuracy", m.topK), ratio(m.topHits, m.rows)})
	}
	vs = append(vs, Named{"macro_f1", macroF1(m.classes)})
	if m.Ranking {
		auc, ap := m.rankings()
		vs = append(vs, Named{"roc_auc", auc}, Named{"average_precision", ap})
	}
	return append(vs, Named{"calibration_error", m.bins.err()})
}

// A ClassificationResult is all that was measured of a classification.
type ClassificationResult struct {
	Rows        int     `json:"rows"`
	Values      Values  `json:"values"`
	Classes     []Class `json:"classes"`
	Confusion   [][]int `json:"confusion,omitempty"` // rows of target class, columns of predicted; nil beyond 512 classes
	Calibration []Bin   `json:"calibration"`         // of the expected calibration error
}

// Result is all that was measured so far. It shares no memory with the
// accumulator.
func (m *Classification) Result() ClassificationResult {
	r := ClassificationResult{Rows: m.rows, Values: m.Values(), Classes: classes(m.labels, m.classes), Calibration: m.bins.bins()}
	if m.confusion != nil {
		c := len(m.labels)
		for i := range c {
			r.Confusion = append(r.Confusion, append([]int(nil), m.confusion[i*c:(i+1)*c]...))
		}
	}
	return r
}

// checkProbabilities returns an error unless all lie in [0, 1], with room for
// rounding above it. It catches logits, and NaN.
func checkProbabilities(p []float32, labels []string) error {
	for i, v := range p {
		if !(v >= 0 && v <= 1.001) {
			return fmt.Errorf("metrics: row %d of the batch, %q: %v is not a probability", i/len(labels), labels[i%len(labels)], v)
		}
	}
	return nil
}
