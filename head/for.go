package head

import (
	"errors"
	"fmt"

	"github.com/chiasm-ml/chiasm/data"
)

// For is the plain head of a fitted target: all labels weigh alike, and nothing is
// calibrated. Of a data.Targets it is a Joint of such heads, of weight 1.
func For(t data.Target) (Head, error) {
	if t == nil {
		return nil, errors.New("head: a target is missing: data.NewTarget makes one, and data.Fit completes it")
	}
	if several, ok := t.(*data.Targets); ok {
		var j Joint
		for _, x := range data.TargetsOf(several) {
			h, err := For(x.Target)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", x.Name, err)
			}
			j.Heads = append(j.Heads, Named{x.Name, h, 1})
		}
		return j, j.Check()
	}
	n := len(t.Labels())
	for _, h := range []Head{
		Binary{Threshold: data.ThresholdsOf(t)}, Multiclass{Labels: n}, Multilabel{Labels: n, Threshold: data.ThresholdsOf(t)}, Regression{},
	} {
		if h.Kind() == t.Config().Type {
			return h, h.Check()
		}
	}
	return nil, fmt.Errorf("head: no head is for a target of type %q", t.Config().Type)
}
