package op

import (
	"sync"
	"sync/atomic"
)

// Weights says whether a model's weights stay as they are, and keeps what kernels
// derive from them while they do: the same numbers, laid out for products. The
// programs of a model share it, so that a weight is laid out once for all
// batch sizes. Results have the same bits either way.
type Weights struct {
	holds   atomic.Int64
	version atomic.Uint64 // of the weights, changed by whatever may change them

	mu      sync.Mutex
	derived map[derivedKey]*derivedWeight
}

// derivedKey is the first element of a weight, and what is made of it.
type derivedKey struct {
	at   *float32
	kind any // comparable
}

type derivedWeight struct {
	version uint64
	value   any
}

// Hold promises that nobody writes the weights until release is called.
func (w *Weights) Hold() (release func()) {
	w.version.Add(1)
	w.holds.Add(1)
	var once sync.Once
	return func() { once.Do(w.release) }
}

// Changed says that weights were, or are about to be, written while held.
func (w *Weights) Changed() { w.version.Add(1) }

func (w *Weights) release() {
	if w.holds.Add(-1) > 0 {
		return
	}
	w.mu.Lock()
	w.derived = nil
	w.mu.Unlock()
}

// held is the version of weights that stay as they are, 0 if they do not.
func (w *Weights) held() uint64 {
	if w == nil || w.holds.Load() == 0 {
		return 0
	}
	return w.version.Load()
}

// keep is what a kernel has of Weights: a value made of one weight.
type keep[V any] struct {
	weights *Weights
	version uint64
	value   *V
}

// of is the value made of a weight, nil while weights may change. kind tells
// apart what is made of one weight in several ways.
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

// An Evaluator is a kernel that can do less, or faster, in a program that only
// evaluates. Evaluate is called before its first Forward: Backward will not be, and
// what is derived from weights may be kept in w.
type Evaluator interface{ Evaluate(w *Weights) }
