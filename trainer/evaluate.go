package trainer

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/trainer/metrics"
)

// EvalOptions say how rows are run. The results do not depend on them.
type EvalOptions struct {
	BatchSize int // 0 is 64
	Workers   int
	// Progress, if set, is told how many rows are done.
	Progress func(rows int)
	// Shares asks Evaluate for Evaluation.Shares.
	Shares bool
}

// Share is how much a modality counted in each of N rows; see fusion.Share.
type Share struct {
	Name    string
	Weights []float32 // (N)
}

// Evaluation is how a model does on some rows.
type Evaluation struct {
	Values metrics.Values // loss first
	// Predictions (N, Size) are probabilities, or standardised numbers.
	Predictions []float32
	// Shares are how much each modality counted, if EvalOptions asks for them and
	// the model's fusion can tell.
	Shares []Share
	// One of these is set, by the output's type.
	Classification *metrics.ClassificationResult
	Multilabel     *metrics.MultilabelResult
	Regression     *metrics.RegressionResult
}

// topK is the k of top-k accuracy.
const topK = 3

// judge measures predictions against answers, batch by batch.
type judge struct {
	output model.Output
	class  *metrics.Classification
	multi  *metrics.Multilabel
	number *metrics.Regression
	target data.Target
	table  *data.Table
}

func newJudge(o model.Output, d *data.Dataset) (*judge, error) {
	target := d.Target()
	j := &judge{output: o, target: target, table: d.Table()}
	var err error
	switch o.Type {
	case data.Binary, data.Multiclass:
		j.class, err = metrics.NewClassification(target.Labels(), topK)
	case data.Multilabel:
		j.multi, err = metrics.NewMultilabel(target.Labels())
	default:
		j.number = &metrics.Regression{}
	}
	return j, err
}

func (j *judge) add(predictions []float32, b *data.Batch, loss float64) error {
	t, rows := b.Target, b.Size()
	switch {
	case j.class != nil:
		j.class.Loss.Add(loss, float64(rows))
		if j.output.Type == data.Binary {
			return j.class.AddPositive(predictions, binaryLabels(t.F32))
		}
		return j.class.Add(predictions, t.Int)
	case j.multi != nil:
		j.multi.Loss.Add(loss, float64(rows))
		return j.multi.Add(predictions, t.F32)
	}
	j.number.Loss.Add(loss, float64(rows))
	r, ok := j.target.(*data.RegressionTarget)
	if !ok {
		return fmt.Errorf("a regression has a target of type %T", j.target)
	}
	var got, want []float64
	for i, v := range predictions {
		answer, err := r.Answer(j.table, b.Rows[i])
		if err != nil {
			return err
		}
		got, want = append(got, r.Restore(v)), append(want, answer)
	}
	return j.number.Add(got, want)
}

func binaryLabels(t []float32) []int {
	labels := make([]int, len(t))
	for i, v := range t {
		if v > 0.5 {
			labels[i] = 1
		}
	}
	return labels
}

func (j *judge) result(e *Evaluation) {
	switch {
	case j.class != nil:
		r := j.class.Result()
		e.Classification, e.Values = &r, j.class.Values()
	case j.multi != nil:
		r := j.multi.Result()
		e.Multilabel, e.Values = &r, j.multi.Values()
	default:
		r := j.number.Result()
		e.Regression, e.Values = &r, j.number.Values()
	}
}

// Evaluate runs the model on rows that have answers and measures it.
func Evaluate(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions) (*Evaluation, error) {
	j, err := newJudge(m.Output(), d)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{}
	if o.Shares {
		names, err := m.Shares()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			e.Shares = append(e.Shares, Share{Name: name})
		}
	}
	err = forward(ctx, m, d, rows, o, true, func(p *nn.Program, b *data.Batch) error {
		predictions := p.Output("predictions")
		e.Predictions = append(e.Predictions, predictions...)
		e.addShares(p)
		return j.add(predictions, b, p.Loss())
	})
	if err != nil {
		return nil, err
	}
	j.result(e)
	return e, nil
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
	err := forward(ctx, m, d, rows, o, false, func(p *nn.Program, _ *data.Batch) error {
		all = append(all, p.Output("predictions")...)
		return nil
	})
	return all, err
}

func forward(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions, target bool, use func(*nn.Program, *data.Batch) error) error {
	if o.BatchSize == 0 {
		o.BatchSize = 64
	}
	loader, err := data.NewLoader(d, rows, data.LoaderOptions{BatchSize: o.BatchSize, Workers: o.Workers})
	if err != nil {
		return err
	}
	done := 0
	for b, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return err
		}
		p, err := m.Program(nn.Eval, b.Size(), target)
		if err != nil {
			return err
		}
		m.Fill(p, b)
		if err := p.Run(0); err != nil {
			return err
		}
		if err := use(p, b); err != nil {
			return err
		}
		done += b.Size()
		if o.Progress != nil {
			o.Progress(done)
		}
	}
	return nil
}
