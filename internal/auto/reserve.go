package auto

import (
	"context"
	"slices"
	"time"

	"github.com/chiasm-ml/chiasm/trainer"
)

// What ending takes beside the evaluation of models: reading and writing them, the tests, the
// pages. It is a share of the time, but no less and no more than these.
const (
	endShare = 0.02
	leastEnd = 500 * time.Millisecond
	mostEnd  = 20 * time.Second
	safety   = 1.3
)

// Costs are what is known of what ending takes.
type Costs struct {
	// Measure is how many rows a candidate that ends is evaluated on, and End how many those
	// that are chosen are, afterwards.
	Measure, End int
	// Members is how many may be chosen.
	Members int

	trained []float64          // seconds of a row, of candidates that were evaluated
	running map[string]float64 // the same of those under way
}

// Running takes in how long a candidate that begins takes for a row.
func (c *Costs) Running(name string, seconds float64) {
	if c.running == nil {
		c.running = map[string]float64{}
	}
	c.running[name] = seconds
}

// Trained takes in how long a candidate took that is no longer under way.
func (c *Costs) Trained(name string, seconds float64) {
	c.trained = append(c.trained, seconds)
	delete(c.running, name)
}

// Reserve is how long before the end of limit training must end.
func (c *Costs) Reserve(limit time.Duration) time.Duration {
	all, measure := slices.Clone(c.trained), 0.0
	for _, v := range c.running {
		all = append(all, v)
		measure += v
	}
	slices.Sort(all)
	chosen := 0.0
	for _, v := range all[max(0, len(all)-c.Members):] {
		chosen += v
	}
	seconds := safety * (float64(c.Measure)*measure + float64(c.End)*chosen)
	end := min(max(time.Duration(endShare*float64(limit)), leastEnd), mostEnd)
	return end + time.Duration(min(seconds, 1e9)*float64(time.Second))
}

// probed is how many rows tell how long one takes.
const probed = 64

// probe measures how long a candidate takes to evaluate a row, before it is trained.
func (s *Search) probe(ctx context.Context, t *task) error {
	d := t.training.Data
	rows := d.Splits.Validation[:min(probed, len(d.Splits.Validation))]
	var seconds float64
	for range 2 { // the first builds the program
		begun := s.Clock.Now()
		if _, err := trainer.Predict(ctx, t.training.Bundle.Model, d.Dataset, rows, trainer.EvalOptions{Workers: t.training.Config.Training.Workers}); err != nil {
			return err
		}
		seconds = s.Clock.Now().Sub(begun).Seconds() / float64(len(rows))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.costs.Running(t.Name, seconds)
	return nil
}

// Studies says whether there is time left to measure what the chosen model does without some of its
// inputs, in so many runs over at least so many rows.
func (s *Search) Studies(o *Outcome, runs, rows int) bool {
	if s.Limit == 0 {
		return true
	}
	row := 0.0
	for _, c := range o.Chosen {
		row += float64(c.Record.Measured)
	}
	left := s.Limit - s.Clock.Now().Sub(s.Begun) - s.costs.Reserve(s.Limit)
	return left.Seconds() > safety*row*float64(runs*rows)
}
