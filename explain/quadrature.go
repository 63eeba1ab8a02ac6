package explain

import (
	"context"
	"math"
)

// Gauss and Legendre's points and weights of three on [0, 1], exact to the fifth
// degree.
var (
	nodes  = [...]float64{0.5 - 0.5*0.7745966692414834, 0.5, 0.5 + 0.5*0.7745966692414834} // √(3/5)
	shares = [...]float64{5.0 / 18, 8.0 / 18, 5.0 / 18}
)

// each piece of the way takes its points and its end, where the score is looked
// at: what it rises by between the ends of a piece is what its integral must be.
const (
	each   = len(nodes) + 1
	pieces = stretch / each // that are run at once
)

// piece is a part of the way, which leads from 0 to 1.
type piece struct{ from, to float64 }

const (
	// shortest pieces are not halved. A normalisation turns as soon as pixels are
	// no longer all alike, within the root of its ε of a hundred-thousandth.
	shortest = 1.0 / (1 << 18)

	// fewest pieces that every way is cut into.
	fewest = 8
	// tolerated is the part of what the score rises by that a piece may be off.
	tolerated = 0.0005
)

// integrate sums the gradients along the way. A network of rectifiers and maxima
// has a kink wherever one of them turns, so that no rule for smooth functions
// does. Where the sum over a piece is off what the score rises by there, the
// piece is halved, until all are near enough or so many gradients are taken.
func (w *way) integrate(ctx context.Context, most int) error {
	queue := make([]piece, fewest)
	for i := range queue {
		queue[i] = piece{from: float64(i) / fewest, to: float64(i+1) / fewest}
	}
	limit := tolerated * math.Max(math.Abs(w.end-w.start), 1e-3)
	taken := fewest * len(nodes)
	scores := map[float64]float64{0: w.start} // at ends of pieces; halves are exact
	for len(queue) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(pieces, len(queue))
		now := queue[:n]
		queue = queue[n:]
		w.place(now)
		if err := w.run(ctx); err != nil {
			return err
		}
		w.gradients += n * len(nodes)
		for i, p := range now {
			scores[p.to] = w.at(i*each + each - 1)
		}
		for i, p := range now {
			integral, length := 0.0, p.to-p.from
			for j, share := range shares {
				integral += share * length * w.slope(i*each+j)
			}
			if math.Abs(integral-(scores[p.to]-scores[p.from])) > limit && taken+2*len(nodes) <= most && length > shortest {
				taken += 2 * len(nodes)
				middle := (p.from + p.to) / 2
				queue = append(queue, piece{from: p.from, to: middle}, piece{from: middle, to: p.to})
				continue
			}
			for j, share := range shares {
				w.add(i*each+j, share*length)
			}
		}
	}
	return nil
}

// place sets the points of the way to those of pieces.
func (w *way) place(now []piece) {
	for i, p := range now {
		for j, at := range nodes {
			w.points[i*each+j] = p.from + at*(p.to-p.from)
		}
		w.points[i*each+each-1] = p.to
	}
}
