package explain

import (
	"context"
	"math"
	"math/bits"

	"github.com/chiasm-ml/chiasm/nn"
)

// MostInputs is how many inputs a row may have so that every subset of them is
// run; beyond it there are no contributions.
const MostInputs = 10

// widest is the largest batch of subsets.
const widest = 64

// contributions are the Shapley values of the inputs that the row has.
func (e *Explainer) contributions(ctx context.Context, row Row, a answer) (*Contributions, error) {
	var present []int
	for i, item := range row.Items {
		if item != nil {
			present = append(present, i)
		}
	}
	n := len(present)
	if n > MostInputs {
		return nil, nil
	}
	value := make([]float64, 1<<n)
	value[0] = a.Value(e.target.Prior())
	size, err := e.subsets(n)
	if err != nil {
		return nil, err
	}
	p, err := e.valueProgram(size)
	if err != nil {
		return nil, err
	}
	b := e.batch(row, size)
	for first := 1; first < 1<<n; first += size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range size {
			with := min(first+i, 1<<n-1) // the last ones fill the batch
			for k, input := range present {
				b.Present[input][i] = float32(with >> k & 1)
			}
		}
		e.model.Fill(p, b)
		if err := e.run(ctx, p); err != nil {
			return nil, err
		}
		scores := p.Output("predictions")
		each := len(scores) / size
		for i := range min(size, 1<<n-first) {
			value[first+i] = a.Value(scores[i*each : (i+1)*each])
		}
	}
	c := &Contributions{Of: a.Of, Base: value[0], Total: value[1<<n-1]}
	for k, input := range present {
		c.Inputs = append(c.Inputs, Contribution{Input: e.inputs[input].Name, Value: shapley(value, n, k)})
	}
	return c, nil
}

// shapley is the mean of what input k of n adds to the inputs before it, over
// every order of them; value is by subset.
func shapley(value []float64, n, k int) float64 {
	sum := 0.0
	for with := range value {
		if with>>k&1 == 1 {
			continue
		}
		size := bits.OnesCount(uint(with))
		weight := math.Gamma(float64(size+1)) * math.Gamma(float64(n-size)) / math.Gamma(float64(n+1))
		sum += weight * (value[with|1<<k] - value[with])
	}
	return sum
}

// valueProgram predicts b rows.
func (e *Explainer) valueProgram(b int) (*nn.Program, error) {
	if p := e.values[b]; p != nil {
		return p, nil
	}
	p, err := nn.Build(e.valueGraph(b))
	if err == nil {
		e.values[b] = p
	}
	return p, err
}

func (e *Explainer) valueGraph(b int) (nn.Options, func(g *nn.Graph)) {
	return nn.Options{Mode: nn.Eval, Memory: e.model.Memory()}, func(g *nn.Graph) {
		f := e.model.Forward(g, b)
		g.Output("predictions", e.model.Head().Predict(g.At("output"), f.Logits))
	}
}

// subsets is how many subsets of n inputs are run at once.
func (e *Explainer) subsets(n int) (int, error) { return e.model.Batch(min(1<<n, widest), 0) }
