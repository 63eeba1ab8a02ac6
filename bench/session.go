package main

import (
	"strings"

	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/rng"
	"github.com/chiasm-ml/chiasm/trainer"
)

// The update that both sides use.
const (
	learningRate = 1e-3
	clipNorm     = 1.0
)

// newModel creates a reference model and an optimizer for it.
func newModel(r reference) (*model.Model, *optim.AdamW, error) {
	m, err := model.New(r.make())
	if err != nil {
		return nil, nil, err
	}
	o, err := optim.NewAdamW(len(m.Weights()), trainer.Groups(m), optim.DefaultAdamW())
	return m, o, err
}

// trainingStep is forward, backward, clipping and update of one batch.
func trainingStep(r reference) (step func() error, parameters int, err error) {
	m, o, err := newModel(r)
	if err != nil {
		return nil, 0, err
	}
	p, err := m.Program(nn.Train, r.batch, true)
	if err != nil {
		return nil, 0, err
	}
	fill(p)
	return func() error {
		if err := p.Run(o.Steps()); err != nil {
			return err
		}
		grads := p.Gradients()
		optim.ClipNorm(grads, clipNorm)
		o.Step(m.Weights(), grads, learningRate)
		p.Commit()
		return nil
	}, len(m.Weights()), nil
}

// inference is the probabilities of one batch.
func inference(r reference, batch int) (step func() error, parameters int, err error) {
	m, _, err := newModel(r)
	if err != nil {
		return nil, 0, err
	}
	p, err := m.Program(nn.Eval, batch, false)
	if err != nil {
		return nil, 0, err
	}
	fill(p)
	m.Hold() // as bundle.Load does
	return func() error { return p.Run(0) }, len(m.Weights()), nil
}

// fill draws a batch of complete rows, with texts between a quarter and the whole of their length.
func fill(p *nn.Program) {
	key := rng.New(1)
	for _, name := range p.InputNames() {
		k := key.Name(name)
		switch {
		case name == "target" || strings.HasSuffix(name, ".categories"):
			whole(k, p.Int(name), classes)
		case strings.HasSuffix(name, ".ids"):
			whole(k, p.Int(name), 4000)
		case name == "weight" || strings.HasSuffix(name, ".present"):
			ones(p.Float(name))
		case strings.HasSuffix(name, ".mask"):
			lengths(k, p.Float(name), len(p.Float(name))/batchOf(p))
		default:
			normals(k, p.Float(name))
		}
	}
}

// batchOf is the number of rows of a program: every model has one presence per row.
func batchOf(p *nn.Program) int {
	for _, name := range p.InputNames() {
		if strings.HasSuffix(name, ".present") {
			return len(p.Float(name))
		}
	}
	return 1
}

func whole(k rng.Key, dst []int, below int) {
	for i := range dst {
		dst[i] = k.IntN(i, below)
	}
}

func ones(dst []float32) {
	for i := range dst {
		dst[i] = 1
	}
}

func normals(k rng.Key, dst []float32) {
	for i := range dst {
		dst[i] = float32(k.Normal(i))
	}
}

// lengths masks the tokens (B, T) after each text's end.
func lengths(k rng.Key, mask []float32, t int) {
	for i := range len(mask) / t {
		n := t/4 + k.IntN(i, t-t/4+1)
		for j := range t {
			mask[i*t+j] = 0
			if j < n {
				mask[i*t+j] = 1
			}
		}
	}
}
