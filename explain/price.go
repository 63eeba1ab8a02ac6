package explain

import (
	"errors"

	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
)

// Price is what explanations take, in bytes, before any is taken.
type Price struct {
	Programs int64 // made by the first explanation, and kept
	Each     int64 // explanation at most, while it is made and written as JSON
}

// Price tells what explanations take. A program that would take more than the model's
// Memory is an *nn.MemoryError.
func (e *Explainer) Price() (Price, error) {
	var p Price
	if e == nil || e.model == nil {
		return p, errors.New("explain: an Explainer is missing: New makes one")
	}
	l := &look{}
	seen, err := nn.Measure(l.graph(e.model))
	if err != nil {
		return p, err
	}
	slopes, err := nn.Measure(slopesGraph(e.model))
	if err != nil {
		return p, err
	}
	p.Programs = seen.Resident() + slopes.Resident()
	var batches int64 // the inputs of a program, before they are filled in
	built := 0
	for n := 1; n <= min(len(e.inputs), MostInputs); n++ {
		size, err := e.subsets(n)
		if err != nil {
			return p, err
		}
		if size == built {
			continue
		}
		values, err := nn.Measure(e.valueGraph(size))
		if err != nil {
			return p, err
		}
		built = size
		p.Programs += values.Resident()
		batches = int64(values.Inputs)
	}
	const fixed, attended, varied = 64 << 10, 64, 64 // a number of a map, and of an input: its sums, and its text, which is copied
	p.Each = fixed + int64(seen.Inputs) + batches + varied/4*int64(slopes.Inputs)/stretch
	for i, a := range l.attentions {
		pairs := int64(length(a.Queries)) * int64(length(a.Keys))
		p.Each += attended * (pairs + min(int64(l.heads[i])*pairs, int64(MostWeights)*spans(a.Attention)))
	}
	return p, nil
}

// spans is how many maps an attention is cut into at most.
func spans(a fusion.Attention) int64 { return int64(len(a.Queries) * len(a.Keys)) }
