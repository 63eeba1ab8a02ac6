package serve

import (
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/memory"
)

// A Pricer is an Explainer that knows what it takes: bytes that stay once it has
// explained, and what an explanation takes at most, as JSON too. It is asked once.
type Pricer interface {
	Price() (stays, each int64, err error)
}

// resident is what a model takes while it is there. It is reserved of the budget, half
// of which is left to requests.
type resident struct {
	weights, programs int64
	explaining        int64 // programs of the explainer
	each              int64 // explanation
}

func (r resident) bytes() int64 { return r.weights + r.programs + r.explaining }

// Memory is what the server may take: Options.Memory, or more where that was not given
// and the model needs it.
func (s *Server) Memory() int64 {
	if s == nil {
		return 0
	}
	return s.options.Memory
}

// settle makes a model fit into its part of the memory: it computes fewer rows at once,
// and, where that is not enough, explains nothing.
func (s *Server) settle(m *infer.Model, e Explainer) (r resident, explains error, err error) {
	most := s.options.Memory / 2
	r.weights = m.WeightBytes()
	if p, ok := e.(Pricer); ok {
		stays, each, err := p.Price()
		var large *infer.MemoryError
		switch {
		case err != nil && !errors.As(err, &large):
			return r, nil, fmt.Errorf("explaining: %w", err)
		case err != nil:
			explains = tooLarge("an explanation", large.Bytes, most)
		case r.weights+stays > most/4*3:
			explains = tooLarge("an explanation", r.weights+stays, most/4*3)
		default:
			r.explaining, r.each = stays, each
		}
	}
	r.programs, err = m.Fit(min(most-r.weights-r.explaining, s.options.Memory/4))
	var large *infer.MemoryError
	if errors.As(err, &large) {
		least := max(4*large.Bytes, 2*(r.weights+r.explaining+large.Bytes))
		if s.elastic && least <= memory.Model() {
			s.options.Memory = least
			return s.settle(m, e)
		}
		return r, nil, &OptionError{"--memory", fmt.Sprintf("is %s, and the model takes %s and %s more for a row; give it %s or more",
			inBytes(s.options.Memory), inBytes(r.weights+r.explaining), inBytes(large.Bytes), inBytes(least))}
	}
	return r, explains, err
}
