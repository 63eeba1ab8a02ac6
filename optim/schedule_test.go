package optim

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		span        Span
		total, want int
	}{
		{0, 100, 0}, {0.05, 100, 5}, {0.05, 30, 2}, {0.004, 100, 0}, {0.999, 10, 10}, {1, 100, 1}, {250, 100, 250},
	} {
		got, err := c.span.Steps(c.total)
		if err != nil || got != c.want {
			t.Errorf("Span(%v).Steps(%d) = %d, %v; expected %d", float64(c.span), c.total, got, err, c.want)
		}
	}
	for _, s := range []Span{-1, -0.01, 1.5, Span(math.NaN()), Span(math.Inf(1)), 1e10} {
		if got, err := s.Steps(100); err == nil {
			t.Errorf("Span(%v).Steps(100) = %d without an error", float64(s), got)
		}
	}
}

// Whatever the options, the rate rises during warm-up, never rises after it,
// stays within (0, base] until the last step, and asking twice, or out of
// order, or past the end changes nothing.
func TestSchedulesHold(t *testing.T) {
	property.Check(t, func(t *property.T) {
		steps := property.IntRange(1, 200).Draw(t, "steps")
		warmup := Span(property.IntRange(0, 30).Draw(t, "warmup"))
		final := property.Float64Range(0, 1).Draw(t, "final")
		size := Span(property.IntRange(1, 60).Draw(t, "size"))
		const base = 0.3
		for _, kind := range []string{"constant", "cosine", "linear", "step"} {
			var s *Schedule
			var err error
			switch kind {
			case "constant":
				s, err = NewConstant(base, steps, ConstantConfig{warmup})
			case "cosine":
				s, err = NewCosine(base, steps, CosineConfig{warmup, final})
			case "linear":
				s, err = NewLinear(base, steps, LinearConfig{warmup, final})
			case "step":
				s, err = NewStep(base, steps, StepConfig{warmup, size, 0.5})
			}
			if err != nil {
				t.Fatal(err)
			}
			w := int(warmup)
			beyond := s.LR(steps + w + 1000)
			for i := range steps {
				lr := s.LR(i)
				if !(lr > 0 && lr <= base*(1+1e-12)) {
					t.Fatalf("%s: rate %v at step %d", kind, lr, i)
				}
				if i > 0 && i < w && lr <= s.LR(i-1) {
					t.Fatalf("%s: rate falls in the warm-up, at step %d", kind, i)
				}
				if i > w && lr > s.LR(i-1)*(1+1e-12) {
					t.Fatalf("%s: rate rises after the warm-up, at step %d", kind, i)
				}
			}
			if w > 0 && math.Abs(s.LR(w-1)-base) > 1e-12 {
				t.Fatalf("%s: rate %v at the end of the warm-up", kind, s.LR(w-1))
			}
			if want := base * final; (kind == "cosine" || kind == "linear") && math.Abs(beyond-want) > 1e-12 {
				t.Fatalf("%s: rate %v past the end, expected %v", kind, beyond, want)
			}
		}
	})
}

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	if got, want := DefaultAdamW(), (AdamWConfig{0.001, 0.9, 0.999, 1e-8, 0.01}); got != want {
		t.Errorf("AdamW: %+v, expected %+v", got, want)
	}
	if got, want := DefaultSGD(), (SGDConfig{0.01, 0.9, false, 0}); got != want {
		t.Errorf("SGD: %+v, expected %+v", got, want)
	}
	if got, want := DefaultStep(), (StepConfig{0, 0.3, 0.1}); got != want {
		t.Errorf("step: %+v, expected %+v", got, want)
	}
}
