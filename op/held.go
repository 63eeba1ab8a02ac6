package op

import (
	"sync"
	"sync/atomic"
)

// Weights records whether a model's weights are held constant and, while they are, caches what
// kernels derive from them: the same numbers, packed for products. The programs of a model share
// it, so a weight is packed once for all batch sizes. Results have the same bits either way.
type Weights struct {
	holds   atomic.Int64
	version atomic.Uint64 // of the weights; changed by anything that may modify them

	mu      sync.Mutex
	derived map[derivedKey]*derivedWeight
}

// derivedKey identifies a derived value by the first element of its weight and by kind.
type derivedKey struct {
	at   *float32
	kind any // comparable
}

type derivedWeight struct {
	version uint64
	value   any
}

// Hold promises that the weights will not be written until release is called.
func (w *Weights) Hold() (release func()) {
	w.version.Add(1)
	w.holds.Add(1)
	var once sync.Once
	return func() { once.Do(w.release) }
}

// Changed reports that weights were, or are about to be, written while held.
func (w *Weights) Changed() { w.version.Add(1) }

func (w *Weights) release() {
	if w.holds.Add(-1) > 0 {
		return
	}
	w.mu.Lock()
	w.derived = nil
	w.mu.Unlock()
}

// held is the version of the weights while they are held, otherwise 0.
func (w *Weights) held() uint64 {
	if w == nil || w.holds.Load() == 0 {
		return 0
	}
	return w.version.Load()
}

// keep is a kernel's handle to a cached value derived from one weight.
type keep[V any] struct {
	weights *Weights
	version uint64
	value   *V
}

// of returns the value derived from a weight, or nil while weights may change. kind distinguishes
// several values derived from the same weight.
func (k *keep[V]) of(weight []float32, kind any, derive func(v *V)) *V {
	version := k.weights.held()
	if version == 0 {
		k.value = nil
		return nil
	}
	if k.value != nil && k.version == version {
		return k.value
	}
	w := k.weights
	w.mu.Lock()
	defer w.mu.Unlock()
	key := derivedKey{&weight[0], kind}
	d := w.derived[key]
	if d == nil || d.version != version {
		v := new(V)
		derive(v)
		d = &derivedWeight{version, v}
		if w.derived == nil {
			w.derived = map[derivedKey]*derivedWeight{}
		}
		w.derived[key] = d
	}
	k.value, k.version = d.value.(*V), version
	return k.value
}

// An Evaluator is a kernel that can do less work, or work faster, in a program that only evaluates.
// Evaluate is called before the first Forward; Backward will not be called, and values derived from
// weights may be cached in w.
type Evaluator interface{ Evaluate(w *Weights) }
