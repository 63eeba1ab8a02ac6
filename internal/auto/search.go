package auto

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// mostMembers is how many different models an ensemble has: each is run for every prediction.
var mostMembers = map[string]int{Fast: 3, Good: 5, Best: 8}

// A Search trains candidates within a time.
type Search struct {
	Pool   *Pool
	Data   *fit.Data // of Pool.Config
	Folder *Folder
	Metric string
	// Validation and Test are the answers of these rows.
	Validation, Test compare.Answers
	Groups           []int // of the test rows; nil: each by itself
	ValidationGroups []int // of the validation rows
	// Units turns predictions into what answers are compared with.
	Units func([]float32) []float32

	Clock Clock
	Begun time.Time     // when the time began
	Limit time.Duration // 0: none
	Jobs  int           // candidates beside each other
	// Tell is told how it goes, from one goroutine at a time. It may be nil.
	Tell func(Event)

	mu      sync.Mutex
	costs   Costs
	records map[string]*Record
	running map[string]*task
	queue   []*task
	failed  error
	skipped []Skip
	cost    map[string]float64 // seconds of a training, by the candidate
	ratio   float64            // how much longer fusions took than their inputs alone
	began   bool               // something was trained in this search
	last    bool               // what would not end was begun
}

// An Event is something that happened to a candidate.
type Event struct {
	Name string
	What EventKind
	Step *trainer.Step // of Stepped
	// Epochs is how many there are at most.
	Epochs int
	Record *Record // of Done and There
	Why    string  // of Failed and Left
}

// EventKind is what an Event is.
type EventKind int

// Kinds of events.
const (
	Begun   EventKind = iota // training begins, or goes on
	Stepped                  // an update was made
	Done                     // it ended, or the time did
	There                    // it was trained before
	Failed                   // it cannot be had
	Left                     // there is no time for it
	Stopped                  // it was interrupted before it had anything to show
)

// Run trains what there is time for. That ctx ends is no error: what has been trained is there.
func (s *Search) Run(ctx context.Context) error {
	s.records, s.running, s.cost, s.ratio = map[string]*Record{}, map[string]*task{}, map[string]float64{}, 1.2
	rows := s.Data.Splits
	s.costs = Costs{
		Measure: len(rows.Validation) + len(rows.Test), Members: mostMembers[s.Pool.preset],
		End: len(rows.Train) + len(rows.Validation) + len(rows.Test),
	}
	if s.Pool.base.Calibrates() { // measured before and after, and what is fitted
		s.costs.End += 4*len(rows.Validation) + len(rows.Test)
	}
	for {
		if ctx.Err() != nil || s.over() {
			return nil
		}
		candidates := s.Pool.Next(s.Metric, s.reached())
		if candidates == nil {
			return nil
		}
		if err := s.stage(ctx, candidates); err != nil {
			return err
		}
	}
}

// reached is what the candidates have come to on the validation rows.
func (s *Search) reached() map[string]float64 {
	out := map[string]float64{}
	for name, r := range s.records {
		if v, ok := r.Validation.Get(s.Metric); ok {
			out[name] = v
		}
	}
	return out
}

// stage trains candidates, as many beside each other as there are jobs.
func (s *Search) stage(ctx context.Context, candidates []Candidate) error {
	s.queue = nil
	for _, c := range candidates {
		t, err := s.task(ctx, c)
		if err != nil {
			s.skip(c.Name, err)
			continue
		}
		r := s.Folder.read(t.folder, t.key)
		if r != nil {
			s.take(t, r)
			s.costs.Trained(c.Name, float64(r.Measured))
			s.tell(Event{Name: c.Name, What: There, Record: r, Epochs: t.epochs})
			if r.Ended {
				continue
			}
		}
		s.queue = append(s.queue, t)
	}
	var workers sync.WaitGroup
	for range max(1, min(s.Jobs, len(s.queue))) {
		workers.Go(func() {
			for t := s.next(ctx); t != nil; t = s.next(ctx) {
				if err := s.one(ctx, t); err != nil {
					s.mu.Lock()
					s.failed = cmp.Or(s.failed, err)
					s.mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	for _, t := range s.queue {
		if ctx.Err() == nil && s.failed == nil {
			s.tell(Event{Name: t.Name, What: Left, Why: "there is no time left for it"})
		}
	}
	return s.failed
}

// task makes a candidate's model, and finds out what its training depends on.
func (s *Search) task(ctx context.Context, c Candidate) (*task, error) {
	whole, err := s.Pool.Config.WithMembers(c.Member)
	if err != nil {
		return nil, err
	}
	alone := whole.MemberConfigs()[0]
	some, err := s.Data.Only(ctx, alone.InputNames())
	if err != nil {
		return nil, err
	}
	t := &task{Candidate: c}
	if t.training, err = fit.New(ctx, alone, some); err != nil {
		return nil, err
	}
	t.key, t.epochs = t.training.ID, alone.Training.Epochs
	t.folder = fmt.Sprintf("%s-%s", c.Name, t.key[:8])
	return t, nil
}

// skip notes a candidate that cannot be had.
func (s *Search) skip(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped = append(s.skipped, Skip{name, oneLine(err)})
	s.tellLocked(Event{Name: name, What: Failed, Why: oneLine(err)})
}

// take notes what came of a candidate.
func (s *Search) take(t *task, r *Record) {
	s.records[t.Name] = r
	s.cost[t.Name] = float64(r.Seconds)
	if !r.Ended { // what it would take
		s.cost[t.Name] *= float64(t.epochs) / max(0.5, float64(r.Epochs))
	}
	if alone := s.alone(t.Candidate); t.Kind != compare.Modality && alone > 0 && r.Ended {
		s.ratio = max(0.5, float64(r.Seconds)/alone)
	}
}

// alone is what the inputs of a candidate took alone; 0 if one is not known.
func (s *Search) alone(c Candidate) float64 {
	sum := 0.0
	for _, name := range c.Of {
		own := 0.0
		for _, in := range []string{name, baseInput(s.Pool, name)} {
			own = max(own, s.cost[in])
		}
		if own == 0 {
			return 0
		}
		sum += own
	}
	return sum
}

// baseInput is the input in whose place another one stands.
func baseInput(p *Pool, name string) string {
	for _, o := range p.others {
		if o.as.Name == name {
			return o.input
		}
	}
	return name
}

// expected is how many seconds a candidate takes; 0: nobody knows.
func (s *Search) expected(c Candidate) float64 {
	if c.base != "" && s.cost[c.base] > 0 {
		return s.cost[c.base]
	}
	alone := s.alone(c)
	if c.Kind != compare.Modality {
		alone *= s.ratio
	}
	return alone
}

// cutoff is when training must end.
func (s *Search) cutoff() time.Time {
	return s.Begun.Add(s.Limit - s.costs.Reserve(s.Limit))
}

// left is how long a candidate could train, if it was begun now.
func (s *Search) left(c Candidate) time.Duration {
	row := 0.0
	for _, name := range c.Of {
		if r := s.records[baseInput(s.Pool, name)]; r != nil {
			row += float64(r.Measured)
		}
	}
	s.costs.Running(c.Name, row)
	defer delete(s.costs.running, c.Name)
	return s.cutoff().Sub(s.Clock.Now())
}

// over says that there is no time left for another training.
func (s *Search) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Limit > 0 && s.began && !s.Clock.Now().Before(s.cutoff())
}

// next is the first candidate that there is time for; nil for none. Where there is none, and
// nothing else is under way, the one that takes least is begun, once, to end before its end:
// another search goes on with it. The first of all is begun whatever it takes.
func (s *Search) next(ctx context.Context) *task {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || s.failed != nil || len(s.queue) == 0 {
		return nil
	}
	at := 0
	if s.Limit > 0 && s.began {
		left := func(t *task) float64 { return s.left(t.Candidate).Seconds() }
		at = slices.IndexFunc(s.queue, func(t *task) bool { return s.expected(t.Candidate) < left(t) })
		if at < 0 && len(s.running) == 0 && !s.last {
			at, s.last = 0, true
			for i, t := range s.queue {
				if s.expected(t.Candidate) < s.expected(s.queue[at].Candidate) {
					at = i
				}
			}
			if left(s.queue[at]) < lastShare*s.Limit.Seconds() {
				at = -1
			}
		}
		if at < 0 {
			return nil
		}
	}
	t := s.queue[at]
	s.queue = slices.Delete(s.queue, at, at+1)
	s.running[t.Name], s.began = t, true
	return t
}

// lastShare is how much of the time must be left to begin what will not end.
const lastShare = 0.05

// one trains a candidate, and takes in what came of it.
func (s *Search) one(ctx context.Context, t *task) error {
	if s.Jobs > 1 {
		defer parallel.Task()()
	}
	s.tell(Event{Name: t.Name, What: Begun, Epochs: t.epochs})
	r, err := s.train(ctx, t)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, t.Name)
	t.training = nil // its programs are large
	delete(s.costs.running, t.Name)
	var diverged *trainer.NonFiniteError
	var setup *trainer.SetupError
	switch {
	case errors.As(err, &diverged), errors.As(err, &setup):
		s.skipped = append(s.skipped, Skip{t.Name, oneLine(err)})
		s.tellLocked(Event{Name: t.Name, What: Failed, Why: oneLine(err)})
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", t.Name, err)
	case r == nil:
		s.tellLocked(Event{Name: t.Name, What: Stopped})
		return nil
	}
	s.take(t, r)
	s.tellLocked(Event{Name: t.Name, What: Done, Record: r, Epochs: t.epochs})
	return nil
}

func (s *Search) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked(e)
}

func (s *Search) tellLocked(e Event) {
	if s.Tell != nil {
		s.Tell(e)
	}
}

// validationOf is the figure that candidates are ranked by.
func (s *Search) validationOf(r *Record) metrics.Number {
	v, _ := r.Validation.Get(s.Metric)
	return metrics.Number(v)
}

// Members are the candidates that were trained, in the pool's order.
func (s *Search) trained() []Candidate {
	return slices.DeleteFunc(s.Pool.Made(), func(c Candidate) bool { return s.records[c.Name] == nil })
}
