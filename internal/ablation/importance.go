package ablation

import (
	"context"
	"math"
	"math/bits"

	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/rng"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Importance is the contribution of each input to a metric. Gains are positive if an input helps,
// also for metrics where lower is better.
type Importance struct {
	Metric  string `json:"metric"`
	Rows    int    `json:"rows"`    // number of rows measured
	Repeats int    `json:"repeats"` // repeats of each permutation
	// Score is the metric with all inputs, and Prior that of the prior. The Shapley values add up
	// to the difference.
	Score  metrics.Number `json:"score"`
	Prior  metrics.Number `json:"prior"`
	Inputs []Input        `json:"inputs"`
	// Shares are the mean weights that the fusion gave its operands, over the rows that have them;
	// only for fusions that report shares.
	Shares []Share `json:"shares,omitempty"`
}

// Input is the contribution of one input.
type Input struct {
	Name string `json:"name"`
	Rows int    `json:"rows"` // rows that have it
	// Alone is its gain over the prior without the other inputs.
	Alone metrics.Number `json:"alone"`
	// Dropped is the loss without it.
	Dropped metrics.Number `json:"dropped"`
	// Permuted is the loss when rows receive this input from other rows: the mean over the repeats,
	// and their standard deviation.
	Permuted    metrics.Number `json:"permuted"`
	PermutedStd metrics.Number `json:"permuted_std"`
	// Shapley is its fair share of the total gain: the mean of what it adds to the inputs before
	// it, over all orders (Shapley 1953). It is nil with more than MostInputs inputs.
	Shapley *metrics.Number `json:"shapley,omitempty"`
}

// Share is the mean weight that a fusion gave to one of its operands.
type Share struct {
	Name string         `json:"name"`
	Mean metrics.Number `json:"mean"`
	Std  metrics.Number `json:"std"` // over rows
}

// Importance measures the contribution of each input.
func (s *Study) Importance(ctx context.Context) (*Importance, error) {
	if s.model == nil {
		return nil, errMissing
	}
	m := &Importance{Metric: s.options.Metric, Rows: len(s.rows), Repeats: draws}
	value, err := s.values(ctx)
	if err != nil {
		return nil, err
	}
	all := s.all()
	m.Score, m.Prior = metrics.Number(value[all]), metrics.Number(value[0])
	for k, name := range s.names {
		in := Input{
			Name: name, Rows: s.having(1 << k), Alone: metrics.Number(s.gain(value[1<<k], value[0])),
			Dropped: metrics.Number(s.gain(value[all], value[all&^(1<<k)])),
		}
		if len(s.names) <= MostInputs {
			v := metrics.Number(s.shapley(value, k))
			in.Shapley = &v
		}
		mean, std, err := s.permuted(ctx, k, value[all])
		if err != nil {
			return nil, err
		}
		in.Permuted, in.PermutedStd = metrics.Number(mean), metrics.Number(std)
		m.Inputs = append(m.Inputs, in)
	}
	m.Shares, err = s.shares(ctx)
	return m, err
}

// values returns the metric of every measured subset, and of the empty one.
func (s *Study) values(ctx context.Context) (map[subset]float64, error) {
	value := map[subset]float64{}
	for _, with := range append(s.subsets(), 0) {
		vs, err := s.measure(ctx, s.everyone(with))
		if err != nil {
			return nil, err
		}
		value[with], _ = vs.Get(s.options.Metric)
	}
	return value, nil
}

// shapley is the exact value of an input: Σ over sets S without it of |S|! (M-|S|-1)! / M! times
// what it adds to S.
func (s *Study) shapley(value map[subset]float64, k int) float64 {
	m := len(s.names)
	sum := 0.0
	for with := subset(0); with <= s.all(); with++ {
		if with.has(k) {
			continue
		}
		n := bits.OnesCount64(uint64(with))
		weight := math.Gamma(float64(n+1)) * math.Gamma(float64(m-n)) / math.Gamma(float64(m+1))
		sum += weight * s.gain(value[with|1<<k], value[with])
	}
	return sum
}

// permuted is the loss when the rows that have an input exchange it.
func (s *Study) permuted(ctx context.Context, k int, score float64) (mean, std float64, err error) {
	size := s.model.Size()
	var places, rows []int
	for i, p := range s.present {
		if p.has(k) {
			places, rows = append(places, i), append(rows, s.rows[i])
		}
	}
	key := rng.New(s.options.Seed).Name("permute").Name(s.names[k])
	var lost []float64
	for draw := range draws {
		if len(rows) == 0 {
			return 0, 0, nil
		}
		other := map[int]int{}
		for i, j := range key.Int(draw).Perm(len(rows)) {
			other[rows[i]] = rows[j]
		}
		scores, err := s.run(ctx, rows, func(input, row int) int {
			if input == k {
				return other[row]
			}
			return row
		})
		if err != nil {
			return 0, 0, err
		}
		whole := s.predictions(s.everyone(s.all()))
		for j, i := range places {
			copy(whole.Predictions[i*size:(i+1)*size], scores.Predictions[j*size:])
			whole.Losses[i] = scores.Losses[j]
		}
		vs, err := s.judge(whole)
		if err != nil {
			return 0, 0, err
		}
		v, _ := vs.Get(s.options.Metric)
		lost = append(lost, s.gain(score, v))
	}
	mean, std = meanStd(lost)
	return mean, std, nil
}

// shares averages Evaluation.Shares over the rows that have the operand.
func (s *Study) shares(ctx context.Context) ([]Share, error) {
	e, err := trainer.Evaluate(ctx, s.model, s.data, s.rows, trainer.EvalOptions{Workers: s.options.Workers, Shares: true})
	if err != nil {
		return nil, err
	}
	var all []Share
	for _, share := range e.Shares {
		var weights []float64
		for _, w := range share.Weights {
			if w > 0 {
				weights = append(weights, float64(w))
			}
		}
		mean, std := meanStd(weights)
		all = append(all, Share{Name: share.Name, Mean: metrics.Number(mean), Std: metrics.Number(std)})
	}
	return all, nil
}
