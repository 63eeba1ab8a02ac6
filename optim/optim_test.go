package optim

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/rng"
)

func normal(k rng.Key, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(k.Normal(i))
	}
	return x
}

// every is one of each optimizer over n parameters, the odd third without decay.
func every(t testing.TB, n int) map[string]func() Optimizer {
	t.Helper()
	groups := []Group{{Lo: 0, Hi: n / 3, Decay: true}, {Lo: n / 3, Hi: 2 * n / 3}, {Lo: 2 * n / 3, Hi: n, Decay: true}}
	adamw := func(c AdamWConfig) func() Optimizer {
		return func() Optimizer {
			o, err := NewAdamW(n, groups, c)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	sgd := func(c SGDConfig) func() Optimizer {
		return func() Optimizer {
			o, err := NewSGD(n, groups, c)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	return map[string]func() Optimizer{
		"adamw":    adamw(DefaultAdamW()),
		"sgd":      sgd(DefaultSGD()),
		"nesterov": sgd(SGDConfig{LearningRate: 0.1, Momentum: 0.5, Nesterov: true, WeightDecay: 0.1}),
		"plain":    sgd(SGDConfig{LearningRate: 0.1, WeightDecay: 0.1}),
	}
}

func TestRestoredStateContinuesBitForBit(t *testing.T) {
	const n, steps = 3 * grain / 2, 6
	for name, make := range every(t, n) {
		t.Run(name, func(t *testing.T) {
			key := rng.New(1)
			run := func(o Optimizer, p []float32, from, to int) {
				for s := from; s < to; s++ {
					o.Step(p, normal(key.Int(s), n), 0.01)
				}
			}
			whole, p := make(), normal(key, n)
			run(whole, p, 0, steps)

			first, q := make(), normal(key, n)
			run(first, q, 0, steps/2)
			second := make()
			for i, s := range first.State() {
				if got := second.State()[i]; got.Name != s.Name || copy(got.Data, s.Data) != n {
					t.Fatalf("state %d is %q of %d elements, saved as %q of %d", i, got.Name, len(got.Data), s.Name, n)
				}
			}
			second.SetSteps(first.Steps())
			run(second, q, steps/2, steps)

			for i := range p {
				if math.Float32bits(p[i]) != math.Float32bits(q[i]) {
					t.Fatalf("parameter %d is %v after a restore, %v without", i, q[i], p[i])
				}
			}
			if second.Steps() != steps {
				t.Errorf("%d steps counted, %d made", second.Steps(), steps)
			}
		})
	}
}

func TestCoresChangeNothing(t *testing.T) {
	const n = 5*grain + 7
	key := rng.New(6)
	start, slope := normal(key.Int(0), n), normal(key.Int(1), n)
	for name, make := range every(t, n) {
		var want []float32
		for _, cores := range []int{1, 2, 4} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				o, p, g := make(), slices.Clone(start), slices.Clone(slope)
				for range 3 {
					ClipNorm(g, 1)
					o.Step(p, g, 0.01)
				}
				if want == nil {
					want = p
				} else if !slices.Equal(p, want) {
					t.Errorf("%s: %d cores give other parameters than one", name, cores)
				}
			}()
		}
	}
}

func TestDecayKeepsToItsGroups(t *testing.T) {
	const n = 9
	for name, make := range every(t, n) {
		if name == "sgd" {
			continue // no decay by default
		}
		t.Run(name, func(t *testing.T) {
			o, p, zero := make(), normal(rng.New(2), n), [n]float32{}
			before := slices.Clone(p)
			o.Step(p, zero[:], 0.1)
			for i := range p {
				decays := i < 3 || i >= 6
				if shrank := math.Abs(float64(p[i])) < math.Abs(float64(before[i])); shrank != decays {
					t.Errorf("parameter %d went from %v to %v; its group decays: %v", i, before[i], p[i], decays)
				}
				if !decays && p[i] != before[i] {
					t.Errorf("parameter %d moved from %v to %v without gradient and decay", i, before[i], p[i])
				}
			}
		})
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	const n = 5000
	for name, make := range every(t, n) {
		o, p, g := make(), normal(rng.New(3), n), normal(rng.New(4), n)
		if got := testing.AllocsPerRun(10, func() { ClipNorm(g, 1); o.Step(p, g, 0.01) }); got != 0 {
			t.Errorf("%s: %v allocations a step", name, got)
		}
	}
}

func TestGroupsMustPartition(t *testing.T) {
	for name, groups := range map[string][]Group{
		"none":      nil,
		"gap":       {{Lo: 0, Hi: 3, Decay: true}, {Lo: 4, Hi: 10, Decay: true}},
		"overlap":   {{Lo: 0, Hi: 6, Decay: true}, {Lo: 5, Hi: 10, Decay: true}},
		"short":     {{Lo: 0, Hi: 9, Decay: true}},
		"long":      {{Lo: 0, Hi: 11, Decay: true}},
		"unsorted":  {{Lo: 5, Hi: 10, Decay: true}, {Lo: 0, Hi: 5, Decay: true}},
		"backwards": {{Lo: 0, Hi: 10, Decay: true}, {Lo: 10, Hi: 9, Decay: true}},
	} {
		if _, err := NewAdamW(10, groups, DefaultAdamW()); err == nil {
			t.Errorf("%s: AdamW took the groups %v", name, groups)
		}
		if _, err := NewSGD(10, groups, DefaultSGD()); err == nil {
			t.Errorf("%s: SGD took the groups %v", name, groups)
		}
	}
}

func TestGroupOptionsAreChecked(t *testing.T) {
	negative, nan := -1.0, math.NaN()
	for name, g := range map[string]Group{
		"negative rate":  {Hi: 4, Rate: negative},
		"rate NaN":       {Hi: 4, Rate: nan},
		"negative decay": {Hi: 4, Decay: true, WeightDecay: &negative},
		"decay NaN":      {Hi: 4, Decay: true, WeightDecay: &nan},
	} {
		if _, err := NewAdamW(4, []Group{g}, DefaultAdamW()); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// A group with options of its own is updated as by an optimizer that has these
// options for everything; a frozen one stays as it is.
func TestGroupsOfTheirOwn(t *testing.T) {
	const n, steps, rate = 8, 5, 0.02
	decay := 0.3
	mine := []Group{{Lo: 0, Hi: 2, Decay: true}, {Lo: 2, Hi: 4, Decay: true, Frozen: true}, {Lo: 4, Hi: 6, Decay: true, Rate: 0.5}, {Lo: 6, Hi: n, Decay: true, WeightDecay: &decay}}
	whole := []Group{{Hi: n, Decay: true}}
	makers := map[string]func(groups []Group, decay float64) Optimizer{
		"adamw": func(groups []Group, decay float64) Optimizer {
			c := DefaultAdamW()
			c.WeightDecay = decay
			o, err := NewAdamW(n, groups, c)
			if err != nil {
				t.Fatal(err)
			}
			return o
		},
		"sgd": func(groups []Group, decay float64) Optimizer {
			c := DefaultSGD()
			c.WeightDecay = decay
			o, err := NewSGD(n, groups, c)
			if err != nil {
				t.Fatal(err)
			}
			return o
		},
	}
	for name, maker := range makers {
		train := func(o Optimizer, rate float64) []float32 {
			p := normal(rng.New(3), n)
			for s := range steps {
				o.Step(p, normal(rng.New(4).Int(s), n), rate)
			}
			return p
		}
		got := train(maker(mine, 0.1), rate)
		want := slices.Concat(
			train(maker(whole, 0.1), rate)[:2], normal(rng.New(3), n)[2:4],
			train(maker(whole, 0.1), rate/2)[4:6], train(maker(whole, decay), rate)[6:],
		)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestWrongLengthPanics(t *testing.T) {
	for name, make := range every(t, 6) {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s took a gradient that is too short", name)
				}
			}()
			make().Step(normal(1, 6), normal(1, 5), 0.1)
		}()
	}
}

func TestConfigErrorsNameTheField(t *testing.T) {
	nan := math.NaN()
	adamw := func(edit func(*AdamWConfig)) error {
		c := DefaultAdamW()
		edit(&c)
		_, err := NewAdamW(1, []Group{{Lo: 0, Hi: 1, Decay: true}}, c)
		return err
	}
	sgd := func(edit func(*SGDConfig)) error {
		c := DefaultSGD()
		edit(&c)
		_, err := NewSGD(1, []Group{{Lo: 0, Hi: 1, Decay: true}}, c)
		return err
	}
	cosine := func(c CosineConfig) error { _, err := NewCosine(1, 10, c); return err }
	linear := func(c LinearConfig) error { _, err := NewLinear(1, 10, c); return err }
	step := func(c StepConfig) error { _, err := NewStep(1, 10, c); return err }
	constant := func(base float64, c ConstantConfig) error { _, err := NewConstant(base, 10, c); return err }
	for _, c := range []struct {
		field string
		err   error
	}{
		{"learning_rate", adamw(func(c *AdamWConfig) { c.LearningRate = 0 })},
		{"learning_rate", adamw(func(c *AdamWConfig) { c.LearningRate = math.Inf(1) })},
		{"beta1", adamw(func(c *AdamWConfig) { c.Beta1 = 1 })},
		{"beta1", adamw(func(c *AdamWConfig) { c.Beta1 = nan })},
		{"beta2", adamw(func(c *AdamWConfig) { c.Beta2 = -0.1 })},
		{"epsilon", adamw(func(c *AdamWConfig) { c.Epsilon = 0 })},
		{"weight_decay", adamw(func(c *AdamWConfig) { c.WeightDecay = -1 })},
		{"learning_rate", sgd(func(c *SGDConfig) { c.LearningRate = nan })},
		{"momentum", sgd(func(c *SGDConfig) { c.Momentum = 1 })},
		{"weight_decay", sgd(func(c *SGDConfig) { c.WeightDecay = nan })},
		{"nesterov", sgd(func(c *SGDConfig) { c.Nesterov, c.Momentum = true, 0 })},
		{"final_factor", cosine(CosineConfig{FinalFactor: 1.1})},
		{"warmup", cosine(CosineConfig{Warmup: -0.1})},
		{"warmup", cosine(CosineConfig{Warmup: 2.5})},
		{"final_factor", linear(LinearConfig{FinalFactor: nan})},
		{"warmup", linear(LinearConfig{Warmup: Span(nan)})},
		{"gamma", step(StepConfig{StepSize: 3, Gamma: 0})},
		{"gamma", step(StepConfig{StepSize: 3, Gamma: 1.5})},
		{"step_size", step(StepConfig{StepSize: 0, Gamma: 0.1})},
		{"step_size", step(StepConfig{StepSize: 1.5, Gamma: 0.1})},
		{"learning_rate", constant(-1, ConstantConfig{})},
		{"warmup", constant(1, ConstantConfig{Warmup: Span(math.Inf(1))})},
	} {
		var ce *ConfigError
		if !errors.As(c.err, &ce) {
			t.Errorf("%s: error %v, expected a ConfigError", c.field, c.err)
			continue
		}
		if ce.Field != c.field || !strings.Contains(ce.Error(), c.field) || ce.ExitCode() != 2 {
			t.Errorf("%s: error %q names %q, exit code %d", c.field, ce, ce.Field, ce.ExitCode())
		}
	}
}

func TestClipNorm(t *testing.T) {
	property.Check(t, func(t *property.T) {
		x := property.SliceOfN(property.Float32Range(-1e6, 1e6), 0, 300).Draw(t, "gradient")
		max := property.Float64Range(1e-3, 1e3).Draw(t, "max")
		want := 0.0
		for _, v := range x {
			want = math.Hypot(want, float64(v))
		}
		got := slices.Clone(x)
		norm := ClipNorm(got, max)
		if math.Abs(norm-want) > 1e-9*want {
			t.Fatalf("norm %v, expected %v", norm, want)
		}
		if after := ClipNorm(got, 0); after > max*(1+1e-6) && after > 0 {
			t.Fatalf("norm %v after clipping to %v", after, max)
		}
		factor := math.Min(1, max/(norm+1e-6))
		for i := range x {
			if want := float64(x[i]) * factor; math.Abs(float64(got[i])-want) > 1e-6*math.Abs(want)+1e-44 { // the floor is a float32 subnormal
				t.Fatalf("element %d is %v, expected %v", i, got[i], want)
			}
		}
	})
}

func TestClipNormReportsWhatIsNotFinite(t *testing.T) {
	huge := float32(math.MaxFloat32)
	for _, c := range []struct {
		name   string
		bad    float32
		finite bool
	}{
		{"NaN", float32(math.NaN()), false},
		{"+Inf", float32(math.Inf(1)), false},
		{"-Inf", float32(math.Inf(-1)), false},
		{"the largest number", huge, true},
	} {
		for _, at := range []int{0, 17, 4999} {
			x := normal(rng.New(5), 5000)
			x[at] = c.bad
			before := slices.Clone(x)
			norm := ClipNorm(x, 1)
			if finite := !math.IsNaN(norm) && !math.IsInf(norm, 0); finite != c.finite {
				t.Errorf("%s at %d: norm %v", c.name, at, norm)
			}
			if !c.finite && x[1] != before[1] {
				t.Errorf("%s at %d: the gradient was scaled", c.name, at)
			}
		}
	}
}
