package metrics

import "fmt"

// maxConfusion is the maximum number of classes for which a confusion matrix is kept: a larger one
// is unreadable, and for 10,000 classes it would take 800 MB.
const maxConfusion = 512

// MaxRanked is the maximum number of classes, or labels, for which ranking metrics are computed.
// Each sorts all rows by that class's scores, so time and memory are proportional to rows ×
// classes.
const MaxRanked = 128

// Classification measures the choice of one of C classes; with two classes it is binary, and the
// second is the positive one. Create it with [NewClassification].
type Classification struct {
	// Loss is the mean loss. The caller computes and adds it.
	Loss Mean
	// Ranking enables roc_auc and average_precision, which keep every score (4·C bytes per row). By
	// default it is true for up to MaxRanked classes; change it only before the first Add.
	Ranking bool
	// Thresholds holds the threshold of the second of two labels; nil predicts the more likely one.
	Thresholds Thresholds

	labels    []string
	topK      int
	rows      int
	topHits   int
	classes   []counts
	confusion []int // (C, C) by target and prediction; nil above maxConfusion
	bins      calibration
	scores    []float32 // (rows, C)
	targets   []int32
	sorted    ranking
}

// NewClassification creates an empty accumulator. top_<k>_accuracy is measured if 1 < topK < C.
// There must be at least two labels.
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

// Add adds a batch: probabilities (B, C), and targets (B), each a class from 0 to C−1. If a shape,
// a target or a probability is invalid, it returns an error and adds nothing.
//
// The prediction is the class with the highest probability, the first one in a tie; top-k
// membership uses the same order.
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

// AddPositive adds a batch of a binary task: positive (B) is the probability of the second label.
// Otherwise it is like [Classification.Add].
func (m *Classification) AddPositive(positive []float32, targets []int) error {
	if len(m.labels) != 2 {
		return fmt.Errorf("metrics: one probability per row for %d classes: expected 2 classes", len(m.labels))
	}
	both := make([]float32, 0, 2*len(positive))
	for _, p := range positive {
		both = append(both, max(1-p, 0), p)
	}
	return m.Add(both, targets)
}

func (m *Classification) addRow(p []float32, target int) {
	best, above := 0, 0 // above: the number of classes ranked before the target
	for i, v := range p {
		if v > p[best] {
			best = i
		}
		if v > p[target] || v == p[target] && i < target {
			above++
		}
	}
	m.rows++
	m.bins.add(p[best], best == target) // of the more likely class, whatever the threshold decides
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

// Reset empties the accumulator but keeps its memory.
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

// rankings returns the area under the ROC curve and the average precision: of the second of two
// classes, otherwise the one-vs-rest means over the classes for which they are defined.
func (m *Classification) rankings() (rocAUC, averagePrecision float64) {
	c := len(m.labels)
	first := 0
	if c == 2 {
		first = 1
	}
	return meanRankings(&m.sorted, m.scores, first, c, func(row, class int) bool { return int(m.targets[row]) == class })
}

// meanRankings averages over the columns of scores (rows, c), starting at first.
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

// Values returns loss, accuracy, top_<k>_accuracy (if measured), macro_f1, roc_auc and
// average_precision (if Ranking), and calibration_error. Rankings sort all rows once per class;
// everything else takes time proportional to the classes.
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

// A ClassificationResult contains all measurements of a classification.
type ClassificationResult struct {
	Rows        int     `json:"rows"`
	Values      Values  `json:"values"`
	Classes     []Class `json:"classes"`
	Confusion   [][]int `json:"confusion,omitempty"` // rows: target class, columns: predicted class; nil above 512 classes
	Calibration []Bin   `json:"calibration"`         // bins of the expected calibration error
}

// Result returns all measurements so far. It shares no memory with the accumulator.
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

// checkProbabilities returns an error unless all values are in [0, 1], with a tolerance for
// rounding above 1. It catches logits, and NaN.
func checkProbabilities(p []float32, labels []string) error {
	for i, v := range p {
		if !(v >= 0 && v <= 1.001) {
			return fmt.Errorf("metrics: row %d of the batch, %q: %v is not a probability", i/len(labels), labels[i%len(labels)], v)
		}
	}
	return nil
}
