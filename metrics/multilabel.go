package metrics

import (
	"errors"
	"fmt"
)

// Multilabel measures C independent binary decisions per row. Create it with [NewMultilabel].
type Multilabel struct {
	// Loss is the mean loss. The caller computes and adds it.
	Loss Mean
	// Ranking enables roc_auc and average_precision, which keep every score (5·C bytes per row). By
	// default it is true for up to MaxRanked labels; change it only before the first Add.
	Ranking bool
	// Thresholds holds the labels' thresholds; nil: Threshold for each.
	Thresholds Thresholds

	labels  []string
	rows    int
	exact   int
	classes []counts
	bins    calibration
	scores  []float32 // (rows, C)
	truth   []bool    // (rows, C)
	sorted  ranking
}

// NewMultilabel creates an empty accumulator. There must be at least one label.
func NewMultilabel(labels []string) (*Multilabel, error) {
	if len(labels) == 0 {
		return nil, fmt.Errorf("metrics: a multilabel task without labels")
	}
	return &Multilabel{Ranking: len(labels) <= MaxRanked, labels: labels, classes: make([]counts, len(labels))}, nil
}

// Add adds a batch: probabilities (B, C) and targets (B, C) of zeros and ones. If a shape, a target
// or a probability is invalid, it returns an error and adds nothing. A label is predicted above its
// threshold, whereas the calibration error is always measured at [Threshold].
func (m *Multilabel) Add(probabilities, targets []float32) error {
	c := len(m.labels)
	if c == 0 {
		return errors.New("metrics: the Multilabel is nil: create it with NewMultilabel")
	}
	if len(probabilities) != len(targets) || len(targets)%c != 0 {
		return fmt.Errorf("metrics: %d probabilities and %d targets of %d labels", len(probabilities), len(targets), c)
	}
	for i, t := range targets {
		if t != 0 && t != 1 {
			return fmt.Errorf("metrics: row %d of the batch, %q: target %v is neither 0 nor 1", i/c, m.labels[i%c], t)
		}
	}
	if err := checkProbabilities(probabilities, m.labels); err != nil {
		return err
	}
	for row := range len(targets) / c {
		exact := true
		for i := range c {
			p, actual := probabilities[row*c+i], targets[row*c+i] == 1
			predicted := m.Thresholds.Yes(i, p)
			m.classes[i].add(predicted, actual)
			m.bins.add(max(min(p, 1), 1-min(p, 1)), (p > Threshold) == actual)
			exact = exact && predicted == actual
		}
		m.rows++
		if exact {
			m.exact++
		}
	}
	if m.Ranking {
		m.scores = append(m.scores, probabilities...)
		for _, t := range targets {
			m.truth = append(m.truth, t == 1)
		}
	}
	return nil
}

// Reset empties the accumulator but keeps its memory.
func (m *Multilabel) Reset() {
	m.Loss.Reset()
	m.rows, m.exact, m.bins = 0, 0, calibration{}
	m.scores, m.truth = m.scores[:0], m.truth[:0]
	clear(m.classes)
}

func (m *Multilabel) microF1() float64 {
	var all counts
	for _, c := range m.classes {
		all.hits += c.hits
		all.predicted += c.predicted
		all.support += c.support
	}
	return all.f1()
}

// Values returns loss, subset_accuracy (the share of rows with every label correct), micro_f1,
// macro_f1, roc_auc and average_precision (if Ranking; these last three are means over the labels
// for which they are defined), and calibration_error, over the individual decisions: a label, or
// its absence.
func (m *Multilabel) Values() Values {
	vs := Values{
		{"loss", m.Loss.Value()},
		{"subset_accuracy", ratio(m.exact, m.rows)},
		{"micro_f1", m.microF1()},
		{"macro_f1", macroF1(m.classes)},
	}
	if m.Ranking {
		c := len(m.labels)
		auc, ap := meanRankings(&m.sorted, m.scores, 0, c, func(row, class int) bool { return m.truth[row*c+class] })
		vs = append(vs, Named{"roc_auc", auc}, Named{"average_precision", ap})
	}
	return append(vs, Named{"calibration_error", m.bins.err()})
}

// A MultilabelResult contains all measurements of a multilabel task.
type MultilabelResult struct {
	Rows    int     `json:"rows"`
	Values  Values  `json:"values"`
	Classes []Class `json:"classes"`
	// Calibration covers the individual decisions, whose confidence is never below a half.
	Calibration []Bin `json:"calibration"`
}

// Result returns all measurements so far.
func (m *Multilabel) Result() MultilabelResult {
	return MultilabelResult{Rows: m.rows, Values: m.Values(), Classes: classes(m.labels, m.classes), Calibration: m.bins.bins()}
}
