package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

func dropout(p float64) (op.Dropout, *op.Clock) {
	c := &op.Clock{}
	return op.Dropout{P: p, Key: rng.New(7), Clock: c}, c
}

// The check compares float32 with float64 too, so both drop the same elements.
func TestDropoutGradients(t *testing.T) {
	jobs := map[string]job{}
	for name, p := range map[string]float64{"none": 0, "some": 0.3, "most": 0.9, "all": 1} {
		d, _ := dropout(p)
		jobs[name] = job{d, []feed{random(5, 7)}}
	}
	checkAll(t, jobs)
}

func TestDropoutFollowsTheStep(t *testing.T) {
	d, clock := dropout(0.25)
	const n = 20000
	p := job{d, []feed{random(n)}}.program(t)
	for i := range p.Float("in0") {
		p.Float("in0")[i] = 1
	}
	at := func(step int) []float32 {
		clock.Step = step
		if err := p.Run(step); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(p.Output("out"))
	}
	first, second := at(1), at(2)
	if !slices.Equal(first, at(1)) {
		t.Error("one step draws differently when run again")
	}
	both, kept := 0, 0
	for i, v := range first {
		want := float32(1 / (1 - 0.25))
		if d.Key.Int(1).Uint64(i)>>32 < 1<<30 { // a quarter of 2^32
			want = 0
		}
		if v != want {
			t.Fatalf("element %d is %v, want %v", i, v, want)
		}
		if v == 0 {
			continue
		}
		kept++
		if second[i] != 0 {
			both++
		}
	}
	// Standard deviations: √(n·p·(1-p)) is 61 for kept, 70 for both.
	if math.Abs(float64(kept)-0.75*n) > 5*61 || math.Abs(float64(both)-0.75*0.75*n) > 5*70 {
		t.Errorf("%d of %d kept at one step, %d at two; want about %d and %d", kept, n, both, n*3/4, n*9/16)
	}
}

// Backward must drop what Forward dropped, not what the clock says by then.
func TestDropoutGradientMatchesForward(t *testing.T) {
	d, _ := dropout(0.5)
	p := job{d, []feed{random(64)}}.program(t)
	if err := p.Run(3); err != nil {
		t.Fatal(err)
	}
	for i, y := range p.Output("out") {
		if (y == 0) != (p.InputGradient("in0")[i] == 0) {
			t.Fatalf("element %d: output %v, gradient %v", i, y, p.InputGradient("in0")[i])
		}
	}
}
