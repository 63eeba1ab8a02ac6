package trainer

import (
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// pareto joins, encoder by encoder, the gradient of the joint loss with that of the encoder's own
// input alone (MMPareto; Wei and Hu, "MMPareto: boosting multimodal learning with innocent
// unimodal assistance", 2024). Where the two agree they are added. Where they conflict, the sum
// would go against one of them: their convex combination of least norm goes against neither. Its
// norm is then raised to that of the sum at least, since large gradient noise generalises better.
//
// All other parameters have the sum of both gradients.
type pareto struct {
	parts  [][][2]int // ranges of the flat vector, by input with a loss of its own
	rest   [][2]int   // all other ranges
	sum    []float32  // of the second gradient, where an update has several batches
	joined []float32
}

// paretoScale is γ, by which the norm of a joined gradient exceeds that of the sum.
const paretoScale = 1.5

// newPareto is nil for a model that is trained by one loss.
func newPareto(m *model.Model, accumulate int) *pareto {
	if !m.Pareto() {
		return nil
	}
	p := &pareto{joined: make([]float32, len(m.Weights()))}
	names := m.Alone()
	p.parts = make([][][2]int, len(names))
	for _, q := range m.Params() {
		lo := q.Offset()
		if lo < 0 { // a buffer
			continue
		}
		own := &p.rest
		if i := slices.IndexFunc(names, func(name string) bool { return nn.Within(q.Name, model.EncoderPath(name)) }); i >= 0 {
			own = &p.parts[i]
		}
		*own = append(*own, [2]int{lo, lo + q.Size()})
	}
	if accumulate > 1 {
		p.sum = make([]float32, len(m.Weights()))
	}
	return p
}

// add takes in the second gradient of a batch, where an update has several.
func (p *pareto) add(second []float32, weight float32) {
	if p == nil || p.sum == nil {
		return
	}
	for i, g := range second {
		p.sum[i] += weight * g
	}
}

// join is what is descended, valid until the next call, and joint itself where there is one gradient
// only. Second is that of the losses of inputs in the last batch; the sum over the batches of an
// update is divided by weight, as joint has been.
func (p *pareto) join(joint, second []float32, weight float32) []float32 {
	if p == nil {
		return joint
	}
	if p.sum != nil {
		second = p.sum
		for i := range second {
			second[i] /= weight
		}
		defer clear(p.sum)
	}
	for _, part := range p.parts {
		p.joinEncoder(joint, second, part)
	}
	for _, r := range p.rest {
		for i := r[0]; i < r[1]; i++ {
			p.joined[i] = joint[i] + second[i]
		}
	}
	return p.joined
}

// joinEncoder joins the gradients of one encoder, in float64.
func (p *pareto) joinEncoder(joint, second []float32, part [][2]int) {
	var ff, fm, mm float64
	for _, r := range part {
		for i := r[0]; i < r[1]; i++ {
			f, m := float64(joint[i]), float64(second[i])
			ff, fm, mm = ff+f*f, fm+f*m, mm+m*m
		}
	}
	wf, wm := paretoWeights(ff, fm, mm)
	// Of g = 2 wf f + 2 wm m and of the sum f + m, the squared norms.
	norm := 4 * (wf*wf*ff + 2*wf*wm*fm + wm*wm*mm)
	sum := ff + 2*fm + mm
	scale := 2.0
	if ff > 0 && mm > 0 {
		scale *= paretoScale
		if norm > 0 && sum > norm {
			scale *= math.Sqrt(sum / norm)
		}
	}
	for _, r := range part {
		for i := r[0]; i < r[1]; i++ {
			p.joined[i] = float32(scale * (wf*float64(joint[i]) + wm*float64(second[i])))
		}
	}
}

// paretoWeights are those of the two gradients, which sum to 1, from their inner products.
func paretoWeights(ff, fm, mm float64) (wf, wm float64) {
	if fm >= 0 || ff == 0 || mm == 0 {
		return 0.5, 0.5
	}
	wf = min(max((mm-fm)/(ff-2*fm+mm), 0), 1)
	return wf, 1 - wf
}
