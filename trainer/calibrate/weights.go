package calibrate

import "math"

// A Pool is how the decisions of modalities are joined: op.AverageScores, or
// op.ProductScores with a Prior.
type Pool struct {
	// Kind is linear, log or product.
	Kind string
	// Prior (C) holds logarithms, or logits where decisions are each for itself;
	// for the product only.
	Prior []float32
}

// Decisions are those of one modality in N rows, its temperature applied.
type Decisions struct {
	Logits  []float32 // (N, C)
	Present []bool    // (N)
}

// leastWeight keeps a weight from 0, so that rows that have a weak modality
// alone still get its decision.
const leastWeight = 1e-3

// Weights are those of the modalities, at least 0.001 each and 1 in sum, by
// which the pooled decisions have the least negative log likelihood. In a row
// that lacks modalities the others' weights are scaled to sum to 1.
//
// It begins with equal weights and moves weight from one modality to another,
// for every pair in turn, to the lowest point on that line, until a round gains
// next to nothing. The loss is convex on rows that have all modalities, so there
// the end is the minimum.
func Weights(p Pool, ms []Decisions, size int, a Answers) []float64 {
	w := make([]float64, len(ms))
	for m := range w {
		w[m] = 1 / float64(len(ms))
	}
	pooled := newPooled(p, ms, size, a)
	if len(ms) < 2 || pooled.rows == 0 {
		return w
	}
	const rounds, gain = 100, 1e-9
	best := pooled.loss(w)
	for range rounds {
		before := best
		for i := range w {
			for j := range i {
				wi, wj := w[i], w[j]
				at := func(t float64) float64 {
					w[i], w[j] = wi+t, wj-t
					return pooled.loss(w)
				}
				t, loss := lowest(at, leastWeight-wi, wj-leastWeight)
				if loss >= best {
					w[i], w[j] = wi, wj
					continue
				}
				w[i], w[j], best = wi+t, wj-t, loss
			}
		}
		if before-best < gain {
			break
		}
	}
	return w
}

// lowest is the lowest point of a function with one valley, by golden sections.
func lowest(f func(float64) float64, from, to float64) (at, value float64) {
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := to-ratio*(to-from), from+ratio*(to-from)
	fa, fb := f(a), f(b)
	for range 48 { // to 1e-10 of the line
		if fa <= fb {
			to, b, fb = b, a, fa
			a = to - ratio*(to-from)
			fa = f(a)
		} else {
			from, a, fa = a, b, fb
			b = from + ratio*(to-from)
			fb = f(b)
		}
	}
	if fa <= fb {
		return a, fa
	}
	return b, fb
}

// pooled is what the loss of weights is computed of, by row and modality.
type pooled struct {
	pool    Pool
	size    int
	answers Answers
	rows    int
	present [][]bool // (N, M)
	// truth (N, M, K) is the probability that a modality gives to the answer: of
	// the label, K being 1, or of each of C marks. For the linear pool.
	truth []float64
	k     int
	// logs (N, M, C) are logarithms of probabilities, or logits of marks. For the
	// other pools.
	logs   []float64
	scores []float64 // (C), of one row
}

func newPooled(p Pool, ms []Decisions, size int, a Answers) *pooled {
	d := &pooled{pool: p, size: size, answers: a, k: 1, scores: make([]float64, size)}
	if len(ms) > 0 {
		d.rows = len(ms[0].Present)
	}
	if a.Labels == nil {
		d.k = size
	}
	for row := range d.rows {
		var has []bool
		for _, m := range ms {
			has = append(has, m.Present[row])
			logits := m.Logits[row*size : (row+1)*size]
			if p.Kind == "linear" {
				d.truth = append(d.truth, truth(logits, row, a)...)
			} else {
				d.logs = append(d.logs, logs(logits, a)...)
			}
		}
		d.present = append(d.present, has)
	}
	return d
}

// logs are the logarithms of a row's probabilities, or the logits of marks.
func logs(logits []float32, a Answers) []float64 {
	out := make([]float64, len(logits))
	for j, l := range logits {
		out[j] = float64(l)
	}
	if a.Labels != nil {
		z := logSumExp(out)
		for j := range out {
			out[j] -= z
		}
	}
	return out
}

// truth is the probability of a row's answer, or of each of its marks.
func truth(logits []float32, row int, a Answers) []float64 {
	if a.Labels != nil {
		return []float64{math.Exp(logs(logits, a)[a.Labels[row]])}
	}
	out := make([]float64, len(logits))
	for j, l := range logits {
		x := float64(l)
		if a.Marks[row*len(logits)+j] < 0.5 {
			x = -x
		}
		out[j] = sigmoid(x)
	}
	return out
}

// loss is the mean negative log likelihood over the rows that have a modality.
func (d *pooled) loss(w []float64) float64 {
	sum, rows := 0.0, 0
	for row, has := range d.present {
		n, total := 0, 0.0
		for m, ok := range has {
			if ok {
				n, total = n+1, total+w[m]
			}
		}
		if n == 0 {
			continue
		}
		rows++
		if d.pool.Kind == "linear" {
			sum += d.linear(row, has, w, total)
		} else {
			sum += d.product(row, has, w, total, n)
		}
	}
	return sum / float64(rows)
}

func (d *pooled) linear(row int, has []bool, w []float64, total float64) float64 {
	loss, at := 0.0, row*len(has)*d.k
	for k := range d.k {
		p := 0.0
		for m, ok := range has {
			if ok {
				p += w[m] * d.truth[at+m*d.k+k]
			}
		}
		loss -= math.Log(p / total)
	}
	return loss / float64(d.k)
}

func (d *pooled) product(row int, has []bool, w []float64, total float64, n int) float64 {
	factor, prior := 1/total, 0.0
	if d.pool.Kind == "product" {
		factor, prior = float64(n)/total, 1-float64(n)
	}
	for j := range d.scores {
		d.scores[j] = 0
		if prior != 0 {
			d.scores[j] = prior * float64(d.pool.Prior[j])
		}
	}
	for m, ok := range has {
		if !ok {
			continue
		}
		at := (row*len(has) + m) * d.size
		for j, l := range d.logs[at : at+d.size] {
			d.scores[j] += factor * w[m] * l
		}
	}
	return d.answers.loss(d.scores, row)
}
