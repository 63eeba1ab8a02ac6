package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chiasm-ml/chiasm/infer"
)

// generation is one loaded model with all that answers for it. A reload makes
// another; requests end with the one that they began with.
type generation struct {
	model       *infer.Model
	resident    resident
	description infer.Description
	documents   map[string][]byte // of paths whose answers follow from the model alone
	columns     columns
	batcher     *batcher
	explainer   Explainer
	mute        error         // why nothing is explained, where there is an explainer
	explaining  chan struct{} // of capacity 1
	labels      [][][]byte    // of each output, as keys of JSON
	users       sync.WaitGroup
}

func (s *Server) load(ctx context.Context) (*generation, error) {
	m, err := s.options.Load(ctx)
	if err != nil {
		return nil, err
	}
	g := &generation{model: m, description: m.Describe(), explaining: make(chan struct{}, 1)}
	g.columns = columnsOf(g.description)
	for _, o := range g.description.Answers() {
		var keys [][]byte
		for _, label := range o.Labels {
			keys = append(keys, append(quote(label), ':'))
		}
		g.labels = append(g.labels, keys)
	}
	if s.options.Explainer != nil {
		if g.explainer, err = s.options.Explainer(m); err != nil {
			return nil, fmt.Errorf("explaining: %w", err)
		}
	}
	if g.resident, g.mute, err = s.settle(m, g.explainer); err != nil {
		return nil, err
	}
	if g.mute != nil {
		s.options.Logger.Warn("nothing is explained: " + g.mute.Error())
	}
	if err := s.document(g); err != nil {
		return nil, err
	}
	g.batcher = newBatcher(m, s.options, s.metrics.batch)
	return g, nil
}

// explains reports whether there are explanations.
func (g *generation) explains() bool { return g.explainer != nil && g.mute == nil }

// enter is the present generation, which stays until leave.
func (s *Server) enter() (*generation, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, unavailable("the server has stopped")
	}
	s.current.users.Add(1)
	return s.current, nil
}

// present is the present generation, for reading what it is.
func (s *Server) present() *generation {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current
}

// described is the present model; nil before there is one.
func (s *Server) described() *infer.Description {
	if g := s.present(); g != nil {
		return &g.description
	}
	return nil
}

func (g *generation) leave() { g.users.Done() }

// end waits for those who use the generation, and ends its workers.
func (g *generation) end() {
	g.users.Wait()
	g.batcher.close()
}

// Reload loads the model anew. Where that fails, the server goes on with the
// one it has.
func (s *Server) Reload(ctx context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if s.current == nil {
		return errMissing
	}
	if s.stopped.Load() {
		return errors.New("the server is stopping")
	}
	var g *generation
	var err error
	if s.gate.token != nil {
		err = s.gate.token.read()
	}
	if err == nil {
		g, err = s.load(ctx)
	}
	s.metrics.reloaded(err)
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := s.current
	s.current = g
	s.mu.Unlock()
	s.ending.Go(func() {
		old.end()
		s.budget.reserve(context.Background(), g.resident.bytes()) // which waits, and does not fail
	})
	return nil
}
