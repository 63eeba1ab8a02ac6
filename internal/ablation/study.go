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
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Options configure a Study.
type Options struct {
	// Metric is the metric for curves and importance. Empty: that of head.Head.Figure.
	Metric string
	Seed   uint64 // for selecting rows that lose an input, and for permutations
	// Rows limits the number of measured rows, evenly spaced; 0: limited only by memory.
	Rows    int
	Workers int // as in trainer.EvalOptions
	// Progress, if set, receives the number of completed runs of a row.
	Progress func(done int)
}

// MostInputs is the maximum number of inputs for which all subsets are measured; six inputs have
// 63.
const MostInputs = 6

// MostStudied is the maximum number of inputs of a model that can be studied.
const MostStudied = 64

// draws is the number of draws of rows that lose an input, and of permutations of an input.
const draws = 5

// mostKept limits the number of predictions that a study keeps: 64 MiB.
const mostKept = 1 << 24

// subset is a set of inputs, as bits.
type subset uint64

func (s subset) has(input int) bool { return s&(1<<input) != 0 }
func (s subset) size() int          { return bits.OnesCount64(uint64(s)) }

// A Study holds a model, rows, and what was computed from them so far. It is not safe for
// concurrent use.
type Study struct {
	model   *model.Model
	data    *data.Dataset
	names   []string
	rows    []int
	options Options

	place   map[int]int // index of a row in rows
	present []subset    // for each row
	answers data.Slot
	kept    map[cell]int // index in scores
	scores  trainer.Scores
	done    int
}

type cell struct {
	at   int // index in rows
	with subset
}

// UsageError reports a study that is impossible for a model or with its options.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// ExitCode is 2.
func (e *UsageError) ExitCode() int { return 2 }

// New creates a study of rows that have targets.
func New(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o Options) (*Study, error) {
	if m == nil || d == nil || d.Target() == nil {
		return nil, &UsageError{"a study needs a Model and a Dataset with a target"}
	}
	if err := head.Single(m.Head(), "the study of inputs"); err != nil {
		return nil, err
	}
	s := &Study{model: m, data: d, names: m.InputNames(), options: o, place: map[int]int{}, kept: map[cell]int{}}
	if n := len(s.names); n < 2 || n > MostStudied {
		return nil, &UsageError{fmt.Sprintf("the model has %s; its inputs can be compared if there are 2 to %d", counted(n), MostStudied)}
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

// evenly selects at most the given number of rows, as evenly spaced as possible.
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

// checkMetric selects the metric, or checks that it is measured.
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

// Rows is the number of measured rows, and Metric the metric.
func (s *Study) Rows() int      { return len(s.rows) }
func (s *Study) Metric() string { return s.options.Metric }

// passes is the number of passes over the rows, for a model with the given number of inputs, that
// Missing needs, including what Importance derives from them.
func passes(inputs int) int {
	if inputs <= MostInputs {
		return 1<<inputs - 1
	}
	return 2*inputs + len(rates)
}

// Runs is how often Missing and Importance together run each row.
func Runs(inputs int) int { return passes(inputs) + draws*inputs + 1 }

// all is the set of all inputs.
func (s *Study) all() subset { return 1<<len(s.names) - 1 }

// everyone assigns the same set to each row.
func (s *Study) everyone(with subset) []subset {
	sets := make([]subset, len(s.rows))
	for i := range sets {
		sets[i] = with
	}
	return sets
}

// measure returns the metrics over all rows, each with exactly the inputs of its set.
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

// predictions returns those of all rows, each with the inputs of its set, as far as they were run;
// the prior's for a row without any.
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

var errMissing = errors.New("ablation: the Study is nil: create it with New")

// prior returns the predictions of the prior.
func (s *Study) prior() trainer.Scores {
	return trainer.PriorScores(s.model, s.data.Target().Prior(), s.answers, len(s.rows))
}

// run runs rows whose inputs are taken from other rows.
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

// widest is the largest batch. Passes have any number of rows, and every batch size needs a program
// of its own: the last batch of a pass is padded, so that sizes are powers of two and few.
const widest = 64

func (s *Study) judge(scores trainer.Scores) (metrics.Values, error) {
	return trainer.Measure(s.model, s.data, s.rows, s.answers, scores)
}

// gain is the improvement of a over b; zero if they differ only by rounding.
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
