package model

import (
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/nn"
)

// TermFactor names the input (a single number) of training programs by which
// term k of the loss is multiplied, where the loss has several. Fill sets it to 1.
func TermFactor(k int) string { return fmt.Sprintf("term.%d", k) }

// Terms tell which rows count in which term of a training loss that has
// several: one for each decision that a fusion joins, over the rows that have
// its inputs. Each term is a mean over its own rows, so the loss of many rows is
// not the mean of the losses of their batches: whoever sums gradients of batches
// has to know how many rows of each batch a term has.
type Terms struct {
	// N is how many there are.
	N        int
	model    *Model
	decided  int // terms that are decisions; one that joins them is over all rows
	programs map[int]*nn.Program
}

// Terms are those of the training loss; nil where it is a single one.
func (m *Model) Terms() (*Terms, error) {
	t := &Terms{model: m, programs: map[int]*nn.Program{}}
	if _, err := t.program(1); err != nil || t.N == 0 {
		return nil, err
	}
	return t, nil
}

// program computes nothing but which rows have the inputs of each decision: of
// the network only what that depends on is run.
func (t *Terms) program(b int) (*nn.Program, error) {
	if p := t.programs[b]; p != nil {
		return p, nil
	}
	p, err := nn.Build(nn.Options{Mode: nn.Eval, Seed: t.model.seed, Memory: t.model.memory}, func(g *nn.Graph) {
		f := t.model.Forward(g, b)
		t.decided = len(f.Scores)
		t.N = t.decided
		if t.N > 0 && f.Joint {
			t.N++
		}
		for k, s := range f.Scores {
			g.Output(fmt.Sprintf("present.%d", k), g.Scale(s.Present, 1))
		}
		if t.N == 0 {
			g.Output("none", f.Logits)
		}
	})
	if err == nil {
		t.programs[b] = p
	}
	return p, err
}

// Weights adds to sums (N) what b rows weigh in each term, for the presence of
// their inputs, by input (b), and what each row weighs (b).
func (t *Terms) Weights(present [][]float32, rows, sums []float64) error {
	if len(present) == 0 || len(rows) != len(present[0]) {
		return errors.New("model: the presence of inputs is missing, or is not of as many rows as weights are")
	}
	b := len(present[0])
	p, err := t.program(b)
	if err != nil {
		return err
	}
	for i, in := range t.model.inputs {
		copy(p.Float(in.Name+".present"), present[i])
	}
	if err := p.Run(0); err != nil {
		return err
	}
	for i, w := range rows {
		for k := range sums {
			if k >= t.decided || p.Output(fmt.Sprintf("present.%d", k))[i] != 0 {
				sums[k] += w
			}
		}
	}
	return nil
}
