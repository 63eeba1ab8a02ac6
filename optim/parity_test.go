package optim

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/simd"
)

// parityFile is what scripts/parity/optim.py writes; the formula of the
// gradients stands there.
type parityFile struct {
	Steps      int         `json:"steps"`
	Kept       []int       `json:"kept"`
	Groups     []Group     `json:"groups"`
	Optimizers []parityRun `json:"optimizers"`
	Schedules  []struct {
		Name     string         `json:"name"`
		Base     float64        `json:"base"`
		Schedule paritySchedule `json:"schedule"`
		Rates    []float64      `json:"rates"`
	} `json:"schedules"`
}

type parityRun struct {
	Name     string          `json:"name"`
	Kind     string          `json:"kind"`
	Options  json.RawMessage `json:"options"`
	Schedule *paritySchedule `json:"schedule"`
	Clip     float64         `json:"clip"`
	Scale    float32         `json:"scale"`
	Start    []float32       `json:"start"`
	A        []float32       `json:"a"`
	C        []float32       `json:"c"`
	Params   [][]float32     `json:"params"`
	Norms    []float64       `json:"norms"`
}

type paritySchedule struct {
	Type        string  `json:"type"`
	Warmup      Span    `json:"warmup"`
	FinalFactor float64 `json:"final_factor"`
	StepSize    Span    `json:"step_size"`
	Gamma       float64 `json:"gamma"`
}

func (p paritySchedule) make(t *testing.T, base float64, steps int) *Schedule {
	t.Helper()
	var s *Schedule
	var err error
	switch p.Type {
	case "constant":
		s, err = NewConstant(base, steps, ConstantConfig{Warmup: p.Warmup})
	case "cosine":
		s, err = NewCosine(base, steps, CosineConfig{Warmup: p.Warmup, FinalFactor: p.FinalFactor})
	case "linear":
		s, err = NewLinear(base, steps, LinearConfig{Warmup: p.Warmup, FinalFactor: p.FinalFactor})
	case "step":
		s, err = NewStep(base, steps, StepConfig{Warmup: p.Warmup, StepSize: p.StepSize, Gamma: p.Gamma})
	default:
		t.Fatalf("unknown schedule %q", p.Type)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readParity(t *testing.T) parityFile {
	t.Helper()
	b, err := os.ReadFile("testdata/parity.json")
	if err != nil {
		t.Fatal(err)
	}
	var f parityFile
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// near is relative, with a floor for parameters that cross zero on their way.
func near(got, want float64) bool {
	return math.Abs(got-want) <= 1e-5*math.Abs(want)+1e-7
}

func TestSchedulesEqualPyTorch(t *testing.T) {
	f := readParity(t)
	for _, c := range f.Schedules {
		t.Run(c.Name, func(t *testing.T) {
			s := c.Schedule.make(t, c.Base, f.Steps)
			for step, want := range c.Rates {
				if got := s.LR(step); math.Abs(got-want) > 1e-9*c.Base {
					t.Errorf("step %d: rate %.12g, PyTorch has %.12g", step, got, want)
				}
			}
		})
	}
}

func TestOptimizersEqualPyTorch(t *testing.T) {
	f := readParity(t)
	for _, path := range simd.Paths() {
		for _, c := range f.Optimizers {
			t.Run(path+"/"+c.Name, func(t *testing.T) {
				defer simd.Force(path)()
				c.check(t, f)
			})
		}
	}
}

func (c *parityRun) check(t *testing.T, f parityFile) {
	n := len(c.Start)
	var o Optimizer
	var err error
	if c.Kind == "adamw" {
		o, err = NewAdamW(n, f.Groups, decode[AdamWConfig](t, c.Options))
	} else {
		o, err = NewSGD(n, f.Groups, decode[SGDConfig](t, c.Options))
	}
	if err != nil {
		t.Fatal(err)
	}
	rate := func(int) float64 { return o.LearningRate() }
	if c.Schedule != nil {
		rate = c.Schedule.make(t, o.LearningRate(), f.Steps).LR
	}
	p, g := slices.Clone(c.Start), make([]float32, n)
	kept := 0
	for step := range f.Steps {
		for i := range g {
			noise := float32((7919*step+104729*i)%2003-1001) / 2048
			pull := c.A[i] * (p[i] - c.C[i])
			g[i] = (pull + noise) * c.Scale
		}
		norm := 0.0
		if c.Clip > 0 {
			norm = ClipNorm(g, c.Clip)
		}
		o.Step(p, g, rate(step))
		if step != f.Kept[kept] {
			continue
		}
		for i, want := range c.Params[kept] {
			if !near(float64(p[i]), float64(want)) {
				t.Errorf("step %d: parameter %d is %.9g, PyTorch has %.9g", step, i, p[i], want)
			}
		}
		if c.Clip > 0 && !near(norm, c.Norms[kept]) {
			t.Errorf("step %d: norm %.9g, PyTorch has %.9g", step, norm, c.Norms[kept])
		}
		kept++
	}
	if kept != len(c.Params) {
		t.Errorf("compared %d of %d kept steps", kept, len(c.Params))
	}
}

// decode reads a config whose JSON keys are its yaml keys.
func decode[T AdamWConfig | SGDConfig](t *testing.T, raw []byte) T {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	num := func(key string) float64 { v, _ := m[key].(float64); return v }
	var c T
	switch c := any(&c).(type) {
	case *AdamWConfig:
		*c = AdamWConfig{num("learning_rate"), num("beta1"), num("beta2"), num("epsilon"), num("weight_decay")}
	case *SGDConfig:
		nesterov, _ := m["nesterov"].(bool)
		*c = SGDConfig{num("learning_rate"), num("momentum"), nesterov, num("weight_decay")}
	}
	return c
}
