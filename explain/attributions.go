package explain

import (
	"context"
	"math"

	"github.com/chiasm-ml/chiasm/data"
)

// toBaseline makes the i-th row of a batch say nothing: pixels of the training
// images' mean colour, numbers of the training rows' mean, padding in place of
// words, unknown categories. What is there, and what is missing, stays as it is.
func (e *Explainer) toBaseline(b *data.Batch, i int) {
	for k, in := range e.inputs {
		for j, f := range in.Features() {
			x := part(b.Inputs[k][j], i, f.Len())
			if f.Int {
				clearWords(x.Int, in)
			} else if !fixed(f) {
				clear(x.F32)
			}
		}
	}
}

// clearWords sets ids to 0, but those that a tokenizer puts around every text.
func clearWords(ids []int, in data.Input) {
	p, ok := in.Preprocessor.(*data.Tokens)
	for i, id := range ids {
		if !ok || id != int(p.Tokenizer().CLS()) && id != int(p.Tokenizer().SEP()) {
			ids[i] = 0
		}
	}
}

// attributions are the integrated gradients of the answer's score, from the
// second row of the batch to the first.
func (e *Explainer) attributions(ctx context.Context, row Row, a answer, b *data.Batch) ([]Attribution, *Completeness, error) {
	w := e.newWay(b, a)
	if err := w.integrate(ctx, e.options.MostSteps); err != nil {
		return nil, nil, err
	}
	all := []Attribution{}
	c := &Completeness{Of: a.logit, Baseline: a.scale*w.start + a.shift, Value: a.scale*w.end + a.shift, Steps: w.gradients}
	for i := range e.inputs {
		if row.Items[i] != nil {
			all = append(all, e.attribution(w, i, row, a.scale))
		}
	}
	sum := 0.0
	for k := range w.varying {
		for j, v := range w.sum[k] {
			sum += a.scale * v * float64(w.by[k][j])
		}
	}
	rise := c.Value - c.Baseline
	c.Gap = math.Abs(sum - rise)
	if rise != 0 {
		c.RelativeGap = c.Gap / math.Abs(rise)
	}
	return all, c, nil
}

// attribution is that of one input.
func (e *Explainer) attribution(w *way, input int, row Row, scale float64) Attribution {
	in := e.inputs[input]
	x := Attribution{Input: in.Name, Kind: Columns}
	switch p := in.Preprocessor.(type) {
	case *data.Image:
		x.Kind, x.Baseline = Regions, "the mean colour of the training images"
		c := p.Config()
		x.regions(w.values(input, 0, scale), c.Channels, c.Size[0], c.Size[1])
	case *data.Tabular:
		x.Columns, x.Baseline = p.Columns(), "the training rows' mean, and unknown categories"
		x.Values = w.columns(input, p, scale)
	case data.Worded:
		x.Kind, x.Tokens, x.Baseline = Words, row.Words[input], "padding in place of words"
		x.Values = w.lookups(input, in.Features()[0].Shape[0], scale)[:len(row.Words[input])]
	default:
		x.Baseline = "zeros"
		var values []float64
		for k, v := range w.varying {
			if v.input == input {
				name := v.name
				if v.feature >= 0 {
					name = in.Features()[v.feature].Name
				}
				x.Columns, values = append(x.Columns, name), append(values, w.total(k, scale))
			}
		}
		x.Values = values
	}
	return x
}

// values are what each number of a feature adds.
func (w *way) values(input, feature int, scale float64) []float64 {
	for k, v := range w.varying {
		if v.input == input && v.feature == feature {
			return w.products(k, scale)
		}
	}
	return nil
}

// products are the integrated gradients of a varying, number by number.
func (w *way) products(k int, scale float64) []float64 {
	out := make([]float64, len(w.by[k]))
	for j, by := range w.by[k] {
		out[j] = scale * w.sum[k][j] * float64(by)
	}
	return out
}

func (w *way) total(k int, scale float64) float64 {
	sum := 0.0
	for _, v := range w.products(k, scale) {
		sum += v
	}
	return sum
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

// columns are what numbers add, then dates, each the sum of its parts, and then
// categories.
func (w *way) columns(input int, p *data.Tabular, scale float64) []float64 {
	c := p.Config()
	out := make([]float64, len(c.Numeric)+len(c.Dates), len(p.Columns()))
	var values []float64
	if len(out) > 0 {
		values = w.values(input, 0, scale)
	}
	values = values[copy(out[:len(c.Numeric)], values):]
	for i, r := range p.DateRules() {
		for _, v := range values[:len(r.Parts)] {
			out[len(c.Numeric)+i] += v
		}
		values = values[len(r.Parts):]
	}
	return append(out, w.lookups(input, len(c.Categorical), scale)...)
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
