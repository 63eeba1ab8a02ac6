package trainer

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// terms make the loss of an update out of those of its batches, where it has
// several terms, each a mean over the rows that have some inputs. A batch counts
// by the weight of all its rows, though a term of it may have few of them: the
// factors make up for that.
type terms struct {
	of *model.Terms // nil: there is one batch in an update, or one term

	epoch, first int         // the update whose batches were weighed
	batches      [][]float64 // by batch, its weight in each term, and, last, of all its rows
	all          []float64   // the same of the update
	order        []int       // of the rows, in this epoch
}

// newTerms finds out whether there is anything to make up for.
func newTerms(t *Trainer) (s terms, err error) {
	s.first = -1
	if t.Config.Accumulate > 1 {
		s.of, err = t.Model.Terms()
	}
	return s, err
}

// fill sets the factors of a batch.
func (s *terms) fill(t *Trainer, p *nn.Program, b *data.Batch) error {
	if s.of == nil {
		return nil
	}
	if first := b.Index - b.Index%t.Config.Accumulate; first != s.first || t.state.Epoch != s.epoch || s.order == nil {
		if err := s.weigh(t, first); err != nil {
			return err
		}
	}
	own, rows := s.batches[b.Index-s.first], s.of.N
	for k := range rows {
		factor := 0.0
		if s.all[k] > 0 && own[rows] > 0 { // exactly 1 where the term has all rows
			factor = own[k] * s.all[rows] / (s.all[k] * own[rows])
		}
		p.Float(model.TermFactor(k))[0] = float32(factor)
	}
	return nil
}

// weigh takes the weights of the batches of an update, before they are computed.
func (s *terms) weigh(t *Trainer, first int) error {
	if s.order == nil || s.epoch != t.state.Epoch {
		s.epoch, s.order = t.state.Epoch, t.loader.Order(t.state.Epoch)
	}
	s.first, s.batches, s.all = first, nil, make([]float64, s.of.N+1)
	size := min(t.Config.BatchSize, len(s.order))
	for i := first; i < min(first+t.Config.Accumulate, t.loader.Len()); i++ {
		rows := s.order[i*size : min((i+1)*size, len(s.order))]
		present, err := t.present(rows)
		if err != nil {
			return err
		}
		answers, err := Answers(t.Data, rows)
		if err != nil {
			return err
		}
		own := make([]float64, len(rows))
		weights := make([]float64, s.of.N+1)
		for j, row := range rows {
			own[j] = t.Model.Head().Weight(answers, j) * float64(t.Data.Weight(row))
			weights[s.of.N] += own[j]
		}
		if err := s.of.Weights(present, answers, own, weights[:s.of.N]); err != nil {
			return err
		}
		for k, w := range weights {
			s.all[k] += w
		}
		s.batches = append(s.batches, weights)
	}
	return nil
}

// present says which inputs (by input, then row) rows are trained with in the
// current epoch.
func (t *Trainer) present(rows []int) ([][]float32, error) {
	present := make([][]float32, len(t.Data.Inputs()))
	for input := range present {
		present[input] = make([]float32, len(rows))
		for j, row := range rows {
			has, err := t.Data.Has(input, row)
			if err != nil {
				return nil, err
			}
			if has {
				present[input][j] = 1
			}
		}
	}
	t.dropModalities(rows, present)
	return present, nil
}
