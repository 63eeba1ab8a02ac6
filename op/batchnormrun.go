package op

import (
	"math"

	"github.com/chiasm-ml/chiasm/internal/parallel"
)

// batchNormRun is shared by normalisation with batch statistics and with given ones.
type batchNormRun[T Float] struct {
	b, c, plane         int
	x, y, g             []T
	gamma, beta         []T
	shift, rstd         []T // -mean and 1/√(variance + eps) of each channel
	dx, dgamma, dbeta   []T
	scratch             []T // x - mean if no dx is required
	share               []T // weight of each row in the statistics; nil if they are given
	count               T
	forwards, backwards func(lo, hi int)
}

// of returns the plane of row b and channel c.
func (k *batchNormRun[T]) of(x []T, b, c int) []T {
	i := (b*k.c + c) * k.plane
	return x[i : i+k.plane]
}

func (k *batchNormRun[T]) begin(in []Array[T], out Array[T]) {
	if k.forwards == nil {
		s := in[0].Shape
		k.b, k.c, k.plane = s[0], s[1], Size(s[2:])
		k.shift, k.rstd = make([]T, k.c), make([]T, k.c)
		k.forwards = func(lo, hi int) {
			for p := lo; p < hi; p++ {
				b, c := p/k.c, p%k.c
				addScalar(k.of(k.y, b, c), k.shift[c], k.of(k.x, b, c))
				k.stretch(b, c)
			}
		}
		k.backwards = func(lo, hi int) {
			for c := lo; c < hi; c++ {
				k.channelGradient(c)
			}
		}
	}
	k.x, k.gamma, k.beta, k.y = in[0].Data, in[1].Data, in[2].Data, out.Data
}

// stretch turns x - mean into the output, in place.
func (k *batchNormRun[T]) stretch(b, c int) {
	y := k.of(k.y, b, c)
	scale(y, k.gamma[c]*k.rstd[c], y)
	addScalar(y, k.beta[c], y)
}

// set records the statistics of channel c.
func (k *batchNormRun[T]) set(c int, mean, variance, eps float64) {
	k.shift[c] = -T(mean)
	k.rstd[c] = T(1 / math.Sqrt(variance+eps))
}

// normalise processes all planes with the recorded statistics.
func (k *batchNormRun[T]) normalise() {
	parallel.Rows(k.b*k.c, grainOf(k.plane), k.forwards)
}

func (k *batchNormRun[T]) gradients(in []Array[T], grad Array[T], din []Array[T], share []T, count float64) {
	k.x, k.gamma, k.g = in[0].Data, in[1].Data, grad.Data
	k.dx, k.dgamma, k.dbeta = din[0].Data, din[1].Data, din[2].Data
	k.share, k.count = share, T(count)
	if k.dx == nil && k.scratch == nil {
		k.scratch = make([]T, len(k.x))
	}
	parallel.Rows(k.c, grainOf(k.b*k.plane), k.backwards)
}

// channelGradient computes, with x̂ = (x - mean)·rstd and w a row's weight,
//
//	dβ = Σ g,  dγ = Σ g·x̂,  dx = γ·rstd·(g - w/n·(dβ + x̂·dγ)),
//
// where the last two terms apply only if the statistics depend on x.
func (k *batchNormRun[T]) channelGradient(c int) {
	centred := k.dx
	if centred == nil {
		centred = k.scratch
	}
	var dbeta, dgamma T
	for b := range k.b {
		g, d := k.of(k.g, b, c), k.of(centred, b, c)
		addScalar(d, k.shift[c], k.of(k.x, b, c))
		dbeta += sum(g)
		dgamma += dot(g, d)
	}
	dgamma *= k.rstd[c]
	if k.dgamma != nil {
		k.dgamma[c] = dgamma
	}
	if k.dbeta != nil {
		k.dbeta[c] = dbeta
	}
	if k.dx == nil {
		return
	}
	a := k.gamma[c] * k.rstd[c]
	for b := range k.b {
		g, d := k.of(k.g, b, c), k.of(k.dx, b, c)
		if k.share == nil || k.share[b] == 0 {
			scale(d, a, g)
			continue
		}
		part := k.share[b] / k.count
		scale(d, -a*part*dgamma*k.rstd[c], d)
		axpy(d, a, g)
		addScalar(d, -a*part*dbeta, d)
	}
}
