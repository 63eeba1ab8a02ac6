package model

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/nn"
)

// TermFactor names the input (a single number) of training programs by which
// term k of the loss is multiplied, where the loss has several. Fill sets it to 1.
func TermFactor(k int) string { return fmt.Sprintf("term.%d", k) }

// Terms tell which rows count in which term of a training loss that has
// several: one for each decision that a fusion joins, over the rows that have
// its inputs, one for each input that Balance trains alone, or one for each of several
// heads, over the rows that have its answer. Each term is a mean over its own rows, so the loss of many rows is
// not the mean of the losses of their batches: whoever sums gradients of batches
// has to know how many rows of each batch a term has.
type Terms struct {
	// N is how many there are.
	N        int
	model    *Model
	decided  int   // terms that are decisions; one that joins them is over all rows
	alone    []int // inputs of the last terms, which Balance adds
	programs map[int]*nn.Program
}

// countTerms is how many terms the loss of a result has, before those of Balance; 0 where it
// is a single mean over all rows, which has no factor.
func countTerms(f fusion.Fused) int {
	if len(f.Scores) > 0 && f.Joint {
		return len(f.Scores) + 1
	}
	return len(f.Scores)
}

// Terms are those of the training loss; nil where it is a single one.
func (m *Model) Terms() (*Terms, error) {
	if joint, ok := m.Head().(head.Joint); ok {
		return &Terms{N: len(joint.Heads), model: m}, nil
	}
	t := &Terms{model: m, programs: map[int]*nn.Program{}}
	for _, name := range m.Alone() {
		t.alone = append(t.alone, slices.Index(m.InputNames(), name))
	}
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
		t.N = countTerms(f) + len(t.alone)
		for k, s := range f.Scores {
			g.Output(fmt.Sprintf("present.%d", k), g.Scale(s.Present, 1))
		}
		if t.decided == 0 {
			g.Output("none", f.Logits)
		}
	})
	if err == nil {
		t.programs[b] = p
	}
	return p, err
}

// Weights adds to sums (N) what b rows weigh in each term, for the presence of
// their inputs, by input (b), their answers, and what each row weighs (b).
func (t *Terms) Weights(present [][]float32, answers data.Slot, rows, sums []float64) error {
	if joint, ok := t.model.Head().(head.Joint); ok {
		joint.AddWeights(answers, rows, sums)
		return nil
	}
	if len(present) == 0 || len(rows) != len(present[0]) {
		return errors.New("model: the presence of inputs is missing, or is not of as many rows as weights are")
	}
	b := len(present[0])
	p, err := t.program(b)
	if err != nil {
		return err
	}
	if t.decided > 0 {
		for i, in := range t.model.inputs {
			copy(p.Float(in.Name+".present"), present[i])
		}
		if err := p.Run(0); err != nil {
			return err
		}
	}
	for k := range sums {
		has := t.rowsOf(p, k, present)
		for i, w := range rows {
			if has == nil || has[i] != 0 {
				sums[k] += w
			}
		}
	}
	return nil
}

// rowsOf says by row whether it counts in term k; nil: every row does.
func (t *Terms) rowsOf(p *nn.Program, k int, present [][]float32) []float32 {
	switch first := t.N - len(t.alone); {
	case k < t.decided:
		return p.Output(fmt.Sprintf("present.%d", k))
	case k >= first:
		return present[t.alone[k-first]]
	}
	return nil
}
