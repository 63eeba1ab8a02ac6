package trainer

import (
	"context"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/failpoint"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// EvalOptions say how rows are run. The results do not depend on them.
type EvalOptions struct {
	BatchSize int // 0 is 64, or what the model's memory allows
	Workers   int
	// Progress, if set, is told how many rows are done.
	Progress func(rows int)
	// From, if set, says which row of the table an input is taken from instead of
	// the row at hand: -1 takes it away.
	From func(input, row int) int
	// Unanswered, if set, is told of each row whose predictions are not finite, before
	// Each, and may go on by returning nil; else such a row is an *AnswerError.
	Unanswered func(*AnswerError) error

	training  bool       // what is not finite is waited for, see Trainer.judge
	encodings *encodings // of rows that are among those it knows; nil for none
	// Shares asks Evaluate for Evaluation.Shares, and Keep for its Predictions.
	Shares, Keep bool
	// Each, if set, is given what is predicted of some rows of the table, as
	// Evaluation.Predictions has it, with their answers if there are any; Predict
	// then keeps none. The slices are its own until it returns; its error ends the
	// evaluation.
	Each func(rows []int, predictions []float32, answers data.Slot) error
}

// Share is how much a modality counted in each of N rows; see fusion.Share.
type Share struct {
	Name    string
	Weights []float32 // (N)
}

// Evaluation is how a model does on some rows.
type Evaluation struct {
	head.Result
	// Predictions (N, Size) are probabilities, or standardised numbers, if
	// EvalOptions asks for them: nothing else here grows with rows times labels.
	Predictions []float32
	// Shares are how much each modality counted, if EvalOptions asks for them and
	// the model's fusion can tell.
	Shares []Share
}

// evalBatch is how many rows are run at once, unless told.
const evalBatch = 64

// newMeter measures what a model says of rows of a dataset.
func newMeter(m *model.Model, d *data.Dataset) (head.Meter, error) {
	if m.Head() == nil {
		return nil, &SetupError{"trainer: a Model is needed: model.New or config.Config.NewModel makes one"}
	}
	if d.Target() == nil {
		return nil, &SetupError{"trainer: a Dataset with a target is needed: data.NewDataset makes one"}
	}
	return m.Head().Meter(d.Target(), d.Table())
}

// Evaluate runs the model on rows that have answers and measures it.
func Evaluate(ctx context.Context, of *model.Model, d *data.Dataset, rows []int, o EvalOptions) (*Evaluation, error) {
	meter, err := newMeter(of, d)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{}
	if o.Shares {
		names, err := of.Shares()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			e.Shares = append(e.Shares, Share{Name: name})
		}
	}
	err = forward(ctx, of, d, rows, o, true, func(p *nn.Program, b *data.Batch, predictions []float32) error {
		if o.Keep {
			e.Predictions = append(e.Predictions, predictions...)
		}
		if o.Each != nil {
			if err := o.Each(b.Rows, predictions, b.Target); err != nil {
				return err
			}
		}
		e.addShares(p)
		n := 0
		for i, w := range b.Weight {
			if w != 0 {
				n++
			} else {
				meter.AddLoss(priorLoss(of.Head(), d.Prior(), b.Target, i), 1)
			}
		}
		if n > 0 {
			meter.AddLoss(p.Loss(), n)
		}
		if m, ok := meter.(interface {
			AddLosses(logits []float32, answers data.Slot)
		}); ok {
			m.AddLosses(logitsOf(of, d, p, b), b.Target)
		}
		return meter.Add(predictions, b.Rows, b.Target)
	})
	if err != nil {
		return nil, err
	}
	e.Result = meter.Result()
	return e, nil
}

// logitsOf are the logits of a batch, those of the prior for rows that lack every input.
func logitsOf(m *model.Model, d *data.Dataset, p *nn.Program, b *data.Batch) []float32 {
	all, size := slices.Clone(p.Output("logits")), m.Size()
	for i, w := range b.Weight {
		if w == 0 {
			copy(all[i*size:(i+1)*size], m.Head().Logits(d.Prior()))
		}
	}
	return all
}

// addShares takes in the shares of a batch (B, S).
func (e *Evaluation) addShares(p *nn.Program) {
	if e.Shares == nil {
		return
	}
	for i, v := range p.Output("shares") {
		s := &e.Shares[i%len(e.Shares)]
		s.Weights = append(s.Weights, v)
	}
}

// Predict runs the model on rows, which need no answers: predictions (N, Size)
// as in Evaluation.
func Predict(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions) ([]float32, error) {
	var all []float32
	err := forward(ctx, m, d, rows, o, false, func(_ *nn.Program, b *data.Batch, predictions []float32) error {
		if o.Each != nil {
			return o.Each(b.Rows, predictions, data.Slot{})
		}
		all = append(all, predictions...)
		return nil
	})
	return all, err
}

// forward runs rows in batches. Of a row that lacks every input the model knows
// nothing: its prediction is the dataset's Prior, if it has one, and its weight
// in the loss is 0.
func forward(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions, target bool, use func(p *nn.Program, b *data.Batch, predictions []float32) error) error {
	if o.BatchSize == 0 {
		o.BatchSize = evalBatch
		if m != nil && d != nil { // else the loader says what is missing
			var err error
			if o.BatchSize, err = m.Batch(min(evalBatch, len(rows)), o.Workers+1); err != nil {
				return err
			}
		}
	}
	loader, err := data.NewLoader(d, rows, data.LoaderOptions{BatchSize: o.BatchSize, Workers: o.Workers, From: o.From})
	if err != nil {
		return err
	}
	done, size, prior := 0, m.Size(), d.Prior()
	var predictions []float32
	for b, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return err
		}
		if prior != nil {
			weighPresent(b)
		}
		p, err := filled(m, o.encodings, nn.Eval, b, target)
		if err != nil {
			return err
		}
		if err := p.Run(0); err != nil {
			return err
		}
		failpoint.Here("evaluate", "batch")
		predictions = append(predictions[:0], p.Output("predictions")...)
		for i, w := range b.Weight {
			if w == 0 {
				copy(predictions[i*size:(i+1)*size], prior)
			}
		}
		if err := o.checkAnswers(d, b.Rows, predictions, size); err != nil {
			return err
		}
		if err := use(p, b, predictions); err != nil {
			return err
		}
		done += b.Size()
		if o.Progress != nil {
			o.Progress(done)
		}
	}
	return nil
}

// weighPresent gives the rows that lack every input the weight 0.
func weighPresent(b *data.Batch) {
	for i := range b.Weight {
		lacks := true
		for _, present := range b.Present {
			lacks = lacks && present[i] == 0
		}
		if lacks {
			b.Weight[i] = 0
		}
	}
}
