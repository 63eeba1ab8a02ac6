package simd

import "math"

// AdamW makes one step of Adam with decoupled weight decay (Loshchilov and
// Hutter, 2019) on parameters p with moments m and v and gradients g·gradScale:
//
//	m = beta1·m + (1 - beta1)·g
//	v = beta2·v + (1 - beta2)·g²
//	p = p·(1 - lr·weightDecay) - lr · (m/c1) / (√(v/c2) + eps)
//
// where c1 = 1 - beta1^t and c2 = 1 - beta2^t at step t, counted from 1. g is not modified.
func AdamW(p, m, v, g []float32, lr, beta1, beta2, eps, weightDecay, c1, c2, gradScale float32) {
	same4("AdamW", len(p), len(m), len(v), len(g))
	rootC2 := float32(1 / math.Sqrt(float64(c2)))
	active.adamW(p, m, v, g, beta1, 1-beta1, beta2, 1-beta2, gradScale, 1-lr*weightDecay, lr/c1, rootC2, eps)
}
