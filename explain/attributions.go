package explain

import (
	"context"
	"math"

	"github.com/chiasm-ml/chiasm/data"
)

// toBaseline makes the i-th row of a batch say nothing, as each input's preprocessor
// does it. What is there, and what is missing, stays as it is. It tells by input what
// stands there instead.
func (e *Explainer) toBaseline(b *data.Batch, i int) []string {
	says := make([]string, len(e.inputs))
	for k, in := range e.inputs {
		features := in.Features()
		slots := make([]data.Slot, len(features))
		for j, f := range features {
			slots[j] = part(b.Inputs[k][j], i, f.Len())
		}
		says[k] = data.BaselineOf(in.Preprocessor, slots)
	}
	return says
}

// attributions are the integrated gradients of the answer's score, from the
// second row of the batch to the first.
func (e *Explainer) attributions(ctx context.Context, row Row, a answer, b *data.Batch, baselines []string) ([]Attribution, *Completeness, error) {
	w := e.newWay(b, a)
	if err := w.integrate(ctx, e.options.MostSteps); err != nil {
		return nil, nil, err
	}
	all := []Attribution{}
	c := &Completeness{Of: a.Logit, Baseline: a.Scale*w.start + a.Shift, Value: a.Scale*w.end + a.Shift, Steps: w.gradients}
	for i, in := range e.inputs {
		if row.Items[i] != nil {
			x := w.attribution(in.Features(), row.Names[i], i, a.Scale)
			x.Input, x.Baseline = in.Name, baselines[i]
			all = append(all, x)
		}
	}
	sum := 0.0
	for k := range w.varying {
		for j, v := range w.sum[k] {
			sum += a.Scale * v * float64(w.by[k][j])
		}
	}
	rise := c.Value - c.Baseline
	c.Gap = math.Abs(sum - rise)
	if rise != 0 {
		c.RelativeGap = c.Gap / math.Abs(rise)
	}
	return all, c, nil
}

// attribution is that of one input, by what its features hold: regions of a picture,
// words, or parts with names.
func (w *way) attribution(features []data.Feature, names [][]string, input int, scale float64) Attribution {
	for j, f := range features {
		switch {
		case f.Varies() && len(f.Shape) == 3 && f.Has(data.HeightAxis) && f.Has(data.WidthAxis):
			x := Attribution{Kind: Regions}
			x.regions(w.products(w.of(input, j), scale), f.Along(data.ChannelAxis), f.Along(data.HeightAxis), f.Along(data.WidthAxis))
			return x
		case f.Role == data.Values && f.Int && f.Has(data.WordAxis):
			values := w.lookups(input, f.Along(data.WordAxis), scale)
			return Attribution{Kind: Words, Tokens: names[j], Values: values[:min(len(names[j]), len(values))]}
		}
	}
	p := &parts{}
	for j, f := range features {
		if f.Role == data.Values {
			p.next()
			p.add(f, names[j], w.places(input, j, f, scale))
		}
	}
	p.few()
	return Attribution{Kind: p.kind(), Columns: p.names, Values: p.values}
}

// of is the place of a feature among what varies; -1 if it does not.
func (w *way) of(input, feature int) int {
	for k, v := range w.varying {
		if v.input == input && v.feature == feature {
			return k
		}
	}
	return -1
}

// places are what each place of a feature adds, all channels of it together.
func (w *way) places(input, feature int, f data.Feature, scale float64) []float64 {
	n, each, inner := f.Places()
	if f.Int {
		return w.lookups(input, n, scale)
	}
	values := w.products(w.of(input, feature), scale)
	if each == 1 {
		return values
	}
	out := make([]float64, n)
	for j, v := range values {
		if inner {
			out[j/each] += v
		} else {
			out[j%n] += v
		}
	}
	return out
}

// products are the integrated gradients of a varying, number by number; nil of none.
func (w *way) products(k int, scale float64) []float64 {
	if k < 0 {
		return nil
	}
	out := make([]float64, len(w.by[k]))
	for j, by := range w.by[k] {
		out[j] = scale * w.sum[k][j] * float64(by)
	}
	return out
}

// lookups are what each of so many places adds, of all that an input's
// embeddings look up for it, (places, D) each.
func (w *way) lookups(input, places int, scale float64) []float64 {
	out := make([]float64, places)
	for k, v := range w.varying {
		if v.input != input || v.feature >= 0 || places == 0 {
			continue
		}
		width := v.n / places
		for j, x := range w.products(k, scale) {
			out[j/width] += x
		}
	}
	return out
}

// finest is the most regions along a side of a picture.
const finest = 16

// regions sums the values of pixels (C, H, W) over squares of one size.
func (x *Attribution) regions(values []float64, channels, height, width int) {
	side := (max(height, width) + finest - 1) / finest
	h, w := (height+side-1)/side, (width+side-1)/side
	grid := make([][]float64, h)
	for i := range grid {
		grid[i] = make([]float64, w)
	}
	for c := range channels {
		for i := range height {
			for j := range width {
				grid[i/side][j/side] += values[(c*height+i)*width+j]
			}
		}
	}
	x.Grid, x.Values = &[2]int{h, w}, grid
}
