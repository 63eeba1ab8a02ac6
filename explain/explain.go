package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Options say how to explain. The zero value is what the command does.
type Options struct {
	// Output of a model of several to explain; empty: the first.
	Output string
	// Label to explain; empty: the most probable one of each row.
	Label string
	// MostSteps bounds the gradients that the attributions of a row may take; 0 is
	// 2048. Few rows take as many: they end once the gap is a few thousandths.
	MostSteps int
	// GiveWay, if set, is called before every operator of the networks that are run,
	// each of which may take milliseconds, so that more urgent work can go first. An
	// error ends the explanation.
	GiveWay func(ctx context.Context) error
}

const defaultSteps = 2048

// An Explainer explains rows of one model. It is safe for use by many
// goroutines, and explains one row at a time.
type Explainer struct {
	output  string // of several
	model   *model.Model
	inputs  []data.Input
	target  data.Target
	options Options
	label   int // of Options.Label; -1: the most probable

	mu     sync.Mutex
	look   *look
	slopes *slopes
	values map[int]*nn.Program // by batch size
}

// UsageError is a label or an output that cannot be explained.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// ExitCode is 2.
func (e *UsageError) ExitCode() int { return 2 }

// NonFiniteError says that a model gives a row what is not a number.
type NonFiniteError struct {
	Row  int // the first is 1; 0 if it is of no table
	What string
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("row %d: the model's %s are not finite, and cannot be explained; look for extreme values in the row", e.Row, e.What)
}

// ExitCode is 5.
func (e *NonFiniteError) ExitCode() int { return 5 }

// New makes an Explainer of a model and what it was fitted with: a bundle's
// Model, Inputs and Target.
func New(m *model.Model, inputs []data.Input, target data.Target, o Options) (*Explainer, error) {
	name, m, target, err := answering(m, target, o.Output)
	if err != nil {
		return nil, err
	}
	if o.MostSteps <= 0 {
		o.MostSteps = defaultSteps
	}
	e := &Explainer{output: name, model: m, inputs: inputs, target: target, options: o, label: -1, values: map[int]*nn.Program{}}
	if o.Label == "" {
		return e, nil
	}
	if e.label = slices.Index(target.Labels(), o.Label); e.label >= 0 {
		return e, nil
	}
	if len(target.Labels()) == 0 {
		return nil, &UsageError{fmt.Sprintf("the model predicts a number, and has no label %q to explain", o.Label)}
	}
	return nil, &UsageError{fmt.Sprintf("the model has no label %q, it has %q", o.Label, target.Labels())}
}

// answering is the named one of a model's several outputs, by default the first.
func answering(m *model.Model, target data.Target, name string) (string, *model.Model, data.Target, error) {
	outputs := head.Of(m.Head(), target)
	if len(outputs) == 0 {
		return "", nil, nil, errors.New("explain: a Model is missing: model.New and bundle.Load make one")
	}
	if name == "" {
		name = outputs[0].Name
	}
	if name == "" {
		return "", m, target, nil
	}
	one, err := m.Answering(name)
	for _, x := range outputs {
		if x.Name == name {
			target = x.Target
		}
	}
	return name, one, target, err
}

// Explain explains a row.
func (e *Explainer) Explain(ctx context.Context, row Row) (*Explanation, error) {
	if err := e.check(row); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.build(); err != nil {
		return nil, err
	}
	b := e.batch(row, 2)
	baselines := e.toBaseline(b, 1)
	e.model.Fill(e.look.program, b)
	if err := e.run(ctx, e.look.program); err != nil {
		return nil, err
	}
	scores := slices.Clone(e.look.program.Output("predictions"))
	if !finite(scores...) {
		return nil, &NonFiniteError{row.Number, "scores"}
	}
	a := e.answer(scores[:len(scores)/2])
	x := &Explanation{Row: row.Number, Output: e.output, Prediction: a.prediction, Target: row.Target, Probabilities: a.probabilities, Explained: a.Label}
	x.Present = []string{}
	for i, in := range e.inputs {
		if row.Items[i] != nil {
			x.Present = append(x.Present, in.Name)
		}
	}
	x.Attention, x.Shares = e.attention(row), e.shares()
	var err error
	if x.Contributions, err = e.contributions(ctx, row, a); err != nil {
		return nil, err
	}
	if x.Attributions, x.Completeness, err = e.attributions(ctx, row, a, b, baselines); err != nil {
		return nil, err
	}
	if !finite(x.Completeness.Gap, x.Completeness.Value, x.Completeness.Baseline) {
		return nil, &NonFiniteError{row.Number, "gradients"}
	}
	if _, err := json.Marshal(x); err != nil { // which no number has that is not finite
		return nil, &NonFiniteError{row.Number, "contributions"}
	}
	return x, nil
}

func finite[T float32 | float64](xs ...T) bool {
	for _, x := range xs {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
	}
	return true
}

// check refuses a row that is not of this model, or lacks every input: of such a
// row there is nothing to explain.
func (e *Explainer) check(row Row) error {
	if len(row.Items) != len(e.inputs) || len(row.Names) != len(e.inputs) {
		return &UsageError{fmt.Sprintf("the row has %d items, the model %d inputs", len(row.Items), len(e.inputs))}
	}
	for _, item := range row.Items {
		if item != nil {
			return nil
		}
	}
	return &UsageError{"the row lacks every input: there is nothing to explain"}
}

// run runs a program, giving way, until the context ends.
func (e *Explainer) run(ctx context.Context, p *nn.Program) error {
	p.Between(func() error {
		if e.options.GiveWay != nil {
			return e.options.GiveWay(ctx)
		}
		return ctx.Err()
	})
	return p.Run(0)
}

// build makes the programs, once.
func (e *Explainer) build() (err error) {
	if e.look == nil {
		if e.look, err = newLook(e.model); err != nil {
			return err
		}
	}
	if e.slopes == nil {
		e.slopes, err = newSlopes(e.model, e.inputs)
	}
	return err
}
