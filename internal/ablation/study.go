package ablation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Options of a Study.
type Options struct {
	// Metric is the figure that curves and importance are of. Empty: that of
	// head.Head.Figure.
	Metric string
	Seed   uint64 // of rows that lose an input, and of permutations
	// Rows bounds the rows that are measured, evenly taken from all; 0: no bound
	// but that of memory.
	Rows    int
	Workers int // as in trainer.EvalOptions
	// Progress, if set, is told of how many runs of a row are done.
	Progress func(done int)
}

// MostInputs is how many inputs have all their subsets measured; 63 are those
// of six.
const MostInputs = 6

// MostStudied is how many inputs a model may have to be studied at all.
const MostStudied = 64

// draws is how often rows that lose an input are drawn, and an input permuted.
const draws = 5

// mostKept bounds the numbers that a study keeps of predictions: 64 MiB.
const mostKept = 1 << 24

// subset is a set of inputs, by their bits.
type subset uint64

func (s subset) has(input int) bool { return s&(1<<input) != 0 }
func (s subset) size() int          { return bits.OnesCount64(uint64(s)) }

// A Study is a model and rows, and what was computed of them so far. It is not
// for several goroutines.
type Study struct {
	model   *model.Model
	data    *data.Dataset
	names   []string
	rows    []int
	options Options

	place   map[int]int // of a row in rows
	present []subset    // of each row
	answers data.Slot
	kept    map[cell]int // where in scores
	scores  trainer.Scores
	done    int
}

type cell struct {
	at   int // in rows
	with subset
}

// UsageError is a study that cannot be made of a model or with its options.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// ExitCode is 2.
func (e *UsageError) ExitCode() int { return 2 }

// New makes a study of rows that have answers.
func New(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o Options) (*Study, error) {
	if m == nil || d == nil || d.Target() == nil {
		return nil, &UsageError{"a Model, and a Dataset with a target, are needed"}
	}
	s := &Study{model: m, data: d, names: m.InputNames(), options: o, place: map[int]int{}, kept: map[cell]int{}}
	if n := len(s.names); n < 2 || n > MostStudied {
		return nil, &UsageError{fmt.Sprintf("the model has %s; what it does without one can be measured of 2 to %d", counted(n), MostStudied)}
	}
	if len(rows) == 0 {
		return nil, &UsageError{"there are no rows to measure the model on"}
	}
	most := mostKept / (m.Size() + 1) / passes(len(s.names))
	if o.Rows > 0 {
		most = min(most, o.Rows)
	}
	s.rows = evenly(rows, max(most, 1))
	if err := d.Prepare(ctx, s.rows); err != nil {
		return nil, err
	}
	var err error
	if s.answers, err = trainer.Answers(d, s.rows); err != nil {
		return nil, err
	}
	for i, row := range s.rows {
		s.place[row] = i
		var with subset
		for k := range s.names {
			item, err := d.Item(k, row)
			if err != nil {
				return nil, err
			}
			if item != nil {
				with |= 1 << k
			}
		}
		s.present = append(s.present, with)
	}
	return s, s.checkMetric()
}

// evenly is at most so many of some rows, as far apart as can be.
func evenly(rows []int, most int) []int {
	if len(rows) <= most {
		return rows
	}
	out := make([]int, most)
	for i := range out {
		out[i] = rows[i*len(rows)/most]
	}
	return out
}

// checkMetric chooses the metric, or sees that it is measured.
func (s *Study) checkMetric() error {
	if s.options.Metric == "" {
		s.options.Metric = s.model.Head().Figure()
	}
	values, err := s.judge(s.prior())
	if err != nil {
		return err
	}
	var known []string
	for _, v := range values {
		if v.Name == s.options.Metric {
			return nil
		}
		known = append(known, v.Name)
	}
	message := fmt.Sprintf("there is no metric %q, want one of %s", s.options.Metric, strings.Join(known, ", "))
	if near := nearest.Name(s.options.Metric, known); near != "" {
		message = fmt.Sprintf("there is no metric %q, did you mean %q?", s.options.Metric, near)
	}
	return &UsageError{message}
}

// Rows is how many rows are measured, and Metric of which figure.
func (s *Study) Rows() int      { return len(s.rows) }
func (s *Study) Metric() string { return s.options.Metric }

// passes is how often the rows of a model of so many inputs are run for Missing
// and what of Importance follows from it.
func passes(inputs int) int {
	if inputs <= MostInputs {
		return 1<<inputs - 1
	}
	return 2*inputs + len(rates)
}

// Runs is how often each row is run by Missing and Importance together.
func Runs(inputs int) int { return passes(inputs) + draws*inputs + 1 }

// all is the set of all inputs.
func (s *Study) all() subset { return 1<<len(s.names) - 1 }

// everyone gives each row the same set.
func (s *Study) everyone(with subset) []subset {
	sets := make([]subset, len(s.rows))
	for i := range sets {
		sets[i] = with
	}
	return sets
}

// measure is the figures of all rows, each with the inputs of its set and no
// others.
func (s *Study) measure(ctx context.Context, with []subset) (metrics.Values, error) {
	var places, rows []int
	for i := range with {
		with[i] &= s.present[i]
		if _, ok := s.kept[cell{i, with[i]}]; !ok && with[i] != 0 {
			places, rows = append(places, i), append(rows, s.rows[i])
		}
	}
	if len(rows) > 0 {
		scores, err := s.run(ctx, rows, func(input, row int) int {
			if with[s.place[row]].has(input) {
				return row
			}
			return -1
		})
		if err != nil {
			return nil, err
		}
		for j, i := range places {
			s.kept[cell{i, with[i]}] = len(s.scores.Losses) + j
		}
		s.scores.Predictions = append(s.scores.Predictions, scores.Predictions...)
		s.scores.Losses = append(s.scores.Losses, scores.Losses...)
	}
	return s.judge(s.predictions(with))
}

// predictions are those of all rows, each with the inputs of its set, as far as
// they were run; the prior's for a row without any.
func (s *Study) predictions(with []subset) trainer.Scores {
	size := s.model.Size()
	out := s.prior()
	for i := range with {
		if k, ok := s.kept[cell{i, with[i] & s.present[i]}]; ok {
			copy(out.Predictions[i*size:(i+1)*size], s.scores.Predictions[k*size:])
			out.Losses[i] = s.scores.Losses[k]
		}
	}
	return out
}

var errMissing = errors.New("ablation: a Study is missing: New makes one")

// prior are the predictions of knowing nothing of any row.
func (s *Study) prior() trainer.Scores {
	return trainer.PriorScores(s.model, s.data.Target().Prior(), s.answers, len(s.rows))
}

// run runs rows whose inputs are taken from elsewhere.
func (s *Study) run(ctx context.Context, rows []int, from func(input, row int) int) (trainer.Scores, error) {
	before, n := s.done, len(rows)
	size := 1
	for size < min(n, widest) {
		size *= 2
	}
	whole := slices.Clone(rows)
	for len(whole)%size != 0 {
		whole = append(whole, rows[n-1])
	}
	scores, err := trainer.Score(ctx, s.model, s.data, whole, trainer.EvalOptions{
		BatchSize: size, Workers: s.options.Workers, From: from,
		Progress: func(done int) {
			if s.done = before + min(done, n); s.options.Progress != nil {
				s.options.Progress(s.done)
			}
		},
	})
	if err != nil {
		return scores, err
	}
	scores.Predictions, scores.Losses = scores.Predictions[:n*s.model.Size()], scores.Losses[:n]
	return scores, nil
}

// widest is the largest batch. Passes have any number of rows, and a program is
// built for each size of a batch: the last batch of a pass is filled up, so that
// sizes are powers of two and few.
const widest = 64

func (s *Study) judge(scores trainer.Scores) (metrics.Values, error) {
	return trainer.Measure(s.model, s.data, s.rows, s.answers, scores)
}

// gain is how much better the figure a is than b; nothing where they differ by
// rounding alone.
func (s *Study) gain(a, b float64) float64 {
	if math.Abs(a-b) <= 1e-12*(math.Abs(a)+math.Abs(b)) {
		return 0
	}
	if metrics.Better(s.options.Metric, 0, 1) {
		return b - a
	}
	return a - b
}

func counted(n int) string {
	if n == 1 {
		return "1 input"
	}
	return fmt.Sprintf("%d inputs", n)
}
