package calibrate

import "math"

// A Pool is how the decisions of modalities are combined: op.AverageScores, or op.ProductScores
// with a Prior.
type Pool struct {
	// Kind is linear, log or product.
	Kind string
	// Prior (C) holds logarithms, or logits for independent decisions; used only by the product.
	Prior []float32
}

// Decisions are those of one modality for N rows, with its temperature applied.
type Decisions struct {
	Logits  []float32 // (N, C)
	Present []bool    // (N)
}

// leastWeight is the minimum weight, so that rows that have only a weak modality still get its
// decision.
const leastWeight = 1e-3

// Weights returns the modalities' weights, at least 0.001 each with a sum of 1, that minimise the
// negative log likelihood of the pooled decisions; with tempered, the minimum after dividing them
// by their own optimal temperature. In a row that lacks modalities, the other weights are scaled to
// sum to 1.
//
// A mean of decisions is less confident than the most confident of them. Without a subsequent
// temperature, weights compensate by relying on one modality; with one, they need not.
//
// It starts with equal weights and shifts weight between every pair of modalities in turn, to the
// minimum on that line, until a round gains next to nothing. The loss is convex on rows that have
// all modalities, so the result there is the minimum; with tempered, this holds for the logarithmic
// pools.
func Weights(p Pool, ms []Decisions, size int, a Answers, tempered bool) []float64 {
	w := make([]float64, len(ms))
	for m := range w {
		w[m] = 1 / float64(len(ms))
	}
	d := newPooled(p, ms, size, a)
	if len(ms) < 2 || d.rows == 0 {
		return w
	}
	const rounds, gain = 100, 1e-8
	for range rounds {
		if tempered {
			d.temper(w)
		}
		before := d.loss(w)
		if d.exchange(w, before) > before-gain {
			break
		}
	}
	return w
}

// exchange shifts weight between every two modalities, and returns the loss.
func (d *pooled) exchange(w []float64, best float64) float64 {
	for i := range w {
		for j := range i {
			wi, wj := w[i], w[j]
			at := func(t float64) float64 {
				w[i], w[j] = wi+t, wj-t
				return d.loss(w)
			}
			t, loss := lowest(at, leastWeight-wi, wj-leastWeight)
			if loss >= best {
				w[i], w[j] = wi, wj
				continue
			}
			w[i], w[j], best = wi+t, wj-t, loss
		}
	}
	return best
}

// lowest is the minimum of a unimodal function by golden-section search, to within a millionth of
// the interval, or one of its ends.
func lowest(f func(float64) float64, from, to float64) (at, value float64) {
	ratio := (math.Sqrt(5) - 1) / 2
	at, value = from, f(from)
	if v := f(to); v < value {
		at, value = to, v
	}
	a, b := to-ratio*(to-from), from+ratio*(to-from)
	fa, fb := f(a), f(b)
	for range 28 {
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
	if fa < value {
		at, value = a, fa
	}
	if fb < value {
		at, value = b, fb
	}
	return at, value
}

// pooled holds the data from which the loss of weights is computed, by row and modality.
type pooled struct {
	pool    Pool
	size    int
	answers Answers
	rows    int
	present [][]bool // (N, M)
	// yes (N, M, C) holds probabilities for the linear pool, and no those of the complement, for
	// Marks; for the other pools, yes holds log probabilities, or logits for Marks.
	yes, no []float64
	factor  float64   // on the pooled logits
	scores  []float64 // (C), for one row
	rest    []float64 // (C), the pooled probabilities of the complement
}

func newPooled(p Pool, ms []Decisions, size int, a Answers) *pooled {
	d := &pooled{pool: p, size: size, answers: a, factor: 1, scores: make([]float64, size), rest: make([]float64, size)}
	if len(ms) > 0 {
		d.rows = len(ms[0].Present)
	}
	for row := range d.rows {
		var has []bool
		for _, m := range ms {
			has = append(has, m.Present[row])
			for _, l := range logs(m.Logits[row*size:(row+1)*size], a) {
				switch {
				case p.Kind != "linear":
					d.yes = append(d.yes, l)
				case a.Labels != nil:
					d.yes = append(d.yes, math.Exp(l))
				default:
					d.yes, d.no = append(d.yes, sigmoid(l)), append(d.no, sigmoid(-l))
				}
			}
		}
		d.present = append(d.present, has)
	}
	return d
}

// logs returns the logarithms of a row's probabilities, or the logits of Marks.
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

// loss is the mean negative log likelihood over the rows that have any modality.
func (d *pooled) loss(w []float64) float64 {
	sum, rows := 0.0, 0
	for row := range d.present {
		if !d.join(row, w) {
			continue
		}
		rows++
		for j := range d.scores {
			d.scores[j] *= d.factor
		}
		sum += d.answers.loss(d.scores, row)
	}
	return sum / float64(rows)
}

// temper sets the factor to the optimum for the weights.
func (d *pooled) temper(w []float64) {
	var logits []float64
	var a Answers
	for row := range d.present {
		if !d.join(row, w) {
			continue
		}
		logits = append(logits, d.scores...)
		if d.answers.Labels != nil {
			a.Labels = append(a.Labels, d.answers.Labels[row])
		} else {
			a.Marks = append(a.Marks, d.answers.Marks[row*d.size:(row+1)*d.size]...)
		}
	}
	d.factor = factor(logits, d.size, a)
}

// join fills d.scores with the pooled logits of a row; it returns false for a row without any
// modality.
func (d *pooled) join(row int, w []float64) bool {
	has := d.present[row]
	n, total := 0, 0.0
	for m, ok := range has {
		if ok {
			n, total = n+1, total+w[m]
		}
	}
	if n == 0 {
		return false
	}
	clear(d.scores)
	each := 1 / total
	if d.pool.Kind == "product" {
		each = float64(n) / total
		for j, q := range d.pool.Prior {
			d.scores[j] = float64(1-n) * float64(q)
		}
	}
	d.add(d.scores, d.yes, row, w, each)
	if d.pool.Kind != "linear" {
		return true
	}
	for j, p := range d.scores {
		d.scores[j] = math.Log(p)
	}
	if d.no != nil {
		clear(d.rest)
		d.add(d.rest, d.no, row, w, each)
		for j, q := range d.rest {
			d.scores[j] -= math.Log(q)
		}
	}
	return true
}

// add adds the weighted values of the modalities present in a row.
func (d *pooled) add(dst, values []float64, row int, w []float64, each float64) {
	for m, ok := range d.present[row] {
		if !ok {
			continue
		}
		at := (row*len(w) + m) * d.size
		for j, v := range values[at : at+d.size] {
			dst[j] += each * w[m] * v
		}
	}
}
