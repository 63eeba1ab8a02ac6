package infer

import (
	"context"
	"sync"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/parallel"
	"github.com/chiasm-ml/chiasm/nn"
)

// pool hands out sets of programs, as many at a time as it has slots. Programs
// share the model's weights; each has memory of its own.
type pool struct {
	bundle *bundle.Bundle
	slots  chan struct{}
	mu     sync.Mutex
	idle   []*programs // the last used first, so that few are made where few are needed
}

// programs are compiled networks by batch size, for one goroutine at a time.
type programs struct {
	bundle  *bundle.Bundle
	by      map[int]*program
	scratch []data.Slot // one row's, for writing
}

type program struct {
	*nn.Program
	batch data.Batch
}

func newPool(b *bundle.Bundle, n int) *pool {
	return &pool{bundle: b, slots: make(chan struct{}, n)}
}

// take waits for a set of programs.
func (p *pool) take(ctx context.Context) (*programs, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		last := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return last, nil
	}
	return &programs{bundle: p.bundle, by: map[int]*program{}}, nil
}

func (p *pool) give(s *programs) {
	p.mu.Lock()
	p.idle = append(p.idle, s)
	p.mu.Unlock()
	<-p.slots
}

// of is the program for batches of n rows.
func (s *programs) of(n int) (*program, error) {
	if p := s.by[n]; p != nil {
		return p, nil
	}
	compiled, err := s.bundle.Model.NewProgram(nn.Eval, n, false)
	if err != nil {
		return nil, err
	}
	p := &program{Program: compiled}
	for _, in := range s.bundle.Inputs {
		var slots []data.Slot
		for _, f := range in.Features() {
			if f.Int {
				slots = append(slots, data.Slot{Int: make([]int, n*f.Len())})
			} else {
				slots = append(slots, data.Slot{F32: make([]float32, n*f.Len())})
			}
		}
		p.batch.Inputs = append(p.batch.Inputs, slots)
		p.batch.Present = append(p.batch.Present, make([]float32, n))
	}
	s.by[n] = p
	return p, nil
}

// run computes rows: the model's predictions (n, Size), valid until the next.
func (s *programs) run(rows []*Prepared) ([]float32, error) {
	defer parallel.Task()()
	p, err := s.of(len(rows))
	if err != nil {
		return nil, err
	}
	for k, in := range s.bundle.Inputs {
		features := in.Features()
		for i, row := range rows {
			s.scratch = s.scratch[:0]
			for j, f := range features {
				s.scratch = append(s.scratch, part(p.batch.Inputs[k][j], i, f.Len()))
			}
			in.Write(row.items[k], s.scratch, data.Augment{})
			p.batch.Present[k][i] = 0
			if row.items[k] != nil {
				p.batch.Present[k][i] = 1
			}
		}
	}
	s.bundle.Model.Fill(p.Program, &p.batch)
	if err := p.Run(0); err != nil {
		return nil, err
	}
	return p.Output("predictions"), nil
}

// part is row i of a slot of n values a row.
func part(s data.Slot, i, n int) data.Slot {
	if s.Int != nil {
		return data.Slot{Int: s.Int[i*n : (i+1)*n]}
	}
	return data.Slot{F32: s.F32[i*n : (i+1)*n]}
}
