package trainer

import (
	"context"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Alone is how one input does by itself, by the head that balanced training gave it.
type Alone struct {
	Input string `json:"input"`
	// Rows that have the input, which the figures are of.
	Rows   int            `json:"rows"`
	Values metrics.Values `json:"figures"`
}

// EvaluateAlone measures what each input of model.Model.Alone predicts by itself on rows that have
// answers; nil if there is none. An input that no row has is left out.
func EvaluateAlone(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, workers int) ([]Alone, error) {
	names := m.Alone()
	if len(names) == 0 || len(rows) == 0 {
		return nil, nil
	}
	all := make([]soloist, len(names))
	for k, name := range names {
		meter, err := newMeter(m, d)
		if err != nil {
			return nil, err
		}
		all[k] = soloist{
			Alone: Alone{Input: name}, at: slices.Index(m.InputNames(), name), answer: d.Target().Feature().Len(), meter: meter,
		}
	}
	loader, err := data.NewLoader(d, rows, data.LoaderOptions{BatchSize: evalBatch, Workers: workers})
	if err != nil {
		return nil, err
	}
	programs := map[int]*nn.Program{}
	for b, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		p := programs[b.Size()]
		if p == nil {
			if p, err = m.AloneProgram(b.Size()); err != nil {
				return nil, err
			}
			programs[b.Size()] = p
		}
		m.Fill(p, b)
		if err := p.Run(0); err != nil {
			return nil, err
		}
		for k := range all {
			if err := all[k].add(p, b, m.Size()); err != nil {
				return nil, err
			}
		}
	}
	var out []Alone
	for _, s := range all {
		if s.Rows > 0 {
			s.Values = s.meter.Result().Values
			out = append(out, s.Alone)
		}
	}
	return out, nil
}

// soloist is an input that is measured.
type soloist struct {
	Alone
	at     int // among the model's inputs
	answer int // numbers of an answer
	meter  head.Meter
}

// add takes in the rows of a batch that have the input.
func (s *soloist) add(p *nn.Program, b *data.Batch, size int) error {
	all := p.Output("predictions." + s.Input)
	n := 0
	for i, row := range b.Rows {
		if b.Present[s.at][i] == 0 {
			continue
		}
		var answer data.Slot
		if b.Target.Int != nil {
			answer.Int = b.Target.Int[i*s.answer : (i+1)*s.answer]
		} else {
			answer.F32 = b.Target.F32[i*s.answer : (i+1)*s.answer]
		}
		if err := s.meter.Add(all[i*size:(i+1)*size], []int{row}, answer); err != nil {
			return err
		}
		n++
	}
	if n > 0 {
		s.meter.AddLoss(float64(p.Output(metrics.LossPrefix + s.Input)[0]), n)
		s.Rows += n
	}
	return nil
}
