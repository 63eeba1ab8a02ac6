package trainer_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Parameters that are made untrainable after their model are left alone, by
// decay and by momentum too, and all others are trained.
func TestFreezingAfterTheModelIsMade(t *testing.T) {
	r := everything()
	r.plain = true
	r.Config.Epochs, r.Config.EarlyStopping = 2, nil
	tr := r.trainer(t)
	frozen := func(name string) bool { return strings.HasPrefix(name, "encoders.") }
	before := map[string][]float32{}
	for _, p := range tr.Model.Params() {
		if frozen(p.Name) {
			p.Trainable = false
		}
		before[p.Name] = slices.Clone(p.Data)
	}
	config := optim.DefaultAdamW()
	config.LearningRate = 0.05
	tr.Optimizer = must(optim.NewAdamW(len(tr.Model.Weights()), trainer.Groups(tr.Model), config))
	if _, err := tr.Run(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Model.Params() {
		if same := slices.Equal(p.Data, before[p.Name]); p.Offset() >= 0 && same != frozen(p.Name) && !strings.HasSuffix(p.Name, "key.bias") {
			t.Errorf("%s: unchanged is %v", p.Name, same)
		}
	}
}

// parts is everything() with parts trained in ways of their own.
func parts(of ...trainer.Part) recipe {
	r := everything()
	r.Config.Epochs, r.Config.EarlyStopping = 4, nil
	r.change = func(tr *trainer.Trainer) { tr.Parts = of }
	return r
}

// A frozen part keeps its weights and its running statistics, draws no dropout,
// and costs no memory for gradients; the rest is trained.
func TestFrozenPart(t *testing.T) {
	const picture = "encoders.picture"
	r := parts(trainer.Part{Path: picture, FreezeUntil: trainer.Always})
	tr := r.trainer(t)
	before := map[string][]float32{}
	for _, p := range tr.Model.Params() {
		before[p.Name] = slices.Clone(p.Data)
	}
	if _, err := tr.Run(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	for _, p := range tr.Model.Params() {
		if same := slices.Equal(p.Data, before[p.Name]); same != nn.Within(p.Name, picture) && !strings.HasSuffix(p.Name, "key.bias") {
			t.Errorf("%s: unchanged is %v", p.Name, same)
		}
	}
	planned := func(frozen ...string) nn.Stats {
		if err := tr.Model.Freeze(frozen...); err != nil {
			t.Fatal(err)
		}
		p, err := tr.Model.Program(nn.Train, 4, true)
		if err != nil {
			t.Fatal(err)
		}
		return p.Stats()
	}
	with, without := planned(picture), planned()
	if with.Planned >= without.Planned || with.Steps >= without.Steps {
		t.Errorf("frozen %+v, trained %+v: freezing saves nothing", with, without)
	}
	t.Logf("memory of a step %d bytes, frozen %d; operators %d, frozen %d", without.Planned, with.Planned, without.Steps, with.Steps)
}

// A run in which parts thaw goes on bit for bit wherever it was interrupted, and
// a part that has thawed learns.
func TestResumeWithParts(t *testing.T) {
	decay := 0.5
	r := func() recipe {
		return parts(
			trainer.Part{Path: "encoders.picture", FreezeUntil: 2, LearningRate: 0.01},
			trainer.Part{Path: "encoders.caption", LayerDecay: 0.5, Layers: [][]string{{"embedding"}, {"block0"}}, WeightDecay: &decay},
			trainer.Part{Path: "head", FreezeUntil: 1},
		)
	}
	whole := finish(t, r().trainer(t), false)
	plain := finish(t, parts().trainer(t), false)
	if slices.Equal(whole.Weights, plain.Weights) {
		t.Error("parts have no effect")
	}
	last := whole.History[len(whole.History)-1].Step
	for step := 1; step <= last; step++ {
		r := r()
		r.interrupt(t, step, false)
		if d := difference(finish(t, r.trainer(t), true), whole); d != "" {
			t.Errorf("interrupted after step %d, it ends with other %s", step, d)
		}
	}
}

// A part that thaws is corrected by the updates that its moments have seen: with
// gradients of one sign the first update has the size of the learning rate.
func TestThawedPartBeginsGently(t *testing.T) {
	r := parts(trainer.Part{Path: "head", FreezeUntil: 3, LearningRate: 1e-3, WeightDecay: new(float64)})
	tr := r.trainer(t)
	tr.Schedule = func(base float64, steps int) (*optim.Schedule, error) {
		return optim.NewConstant(base, steps, optim.ConstantConfig{})
	}
	var before []float32
	checked := false
	tr.Hooks.Step = func(s trainer.Step) {
		w := headOf(tr)
		if s.Epoch == 4 && before != nil && !checked {
			checked = true
			for i, v := range w {
				if d := v - before[i]; d > 1.01e-3 || d < -1.01e-3 {
					t.Errorf("weight %d moves by %g in the first update, want at most the learning rate of 0.001", i, d)
				}
			}
		}
		before = slices.Clone(w)
	}
	if _, err := tr.Run(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if !checked {
		t.Error("the part never thawed")
	}
}

func headOf(tr *trainer.Trainer) []float32 {
	var w []float32
	for _, p := range tr.Model.Params() {
		if nn.Within(p.Name, "head") {
			w = append(w, p.Data...)
		}
	}
	return w
}

func TestPartsThatCannotBe(t *testing.T) {
	for want, of := range map[string][]trainer.Part{
		`did you mean "encoders.picture"?`:    {{Path: "encoders.pictures", LearningRate: 1}},
		"the learning rate of head is -1":     {{Path: "head", LearningRate: -1}},
		"head is frozen until epoch -1":       {{Path: "head", FreezeUntil: -1}},
		"the layer decay of head is 2":        {{Path: "head", LayerDecay: 2}},
		"head is no stack of layers":          {{Path: "head", LayerDecay: 0.5}},
		"all of the model is frozen in epoch": {{Path: "encoders", FreezeUntil: 2}, {Path: "fusion", FreezeUntil: trainer.Always}, {Path: "head", FreezeUntil: 1}},
	} {
		_, err := parts(of...).trainer(t).Run(context.Background(), false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	r := parts(trainer.Part{Path: "head", LearningRate: 1})
	tr := r.trainer(t)
	tr.Optimizer = plainOptimizer{tr.Optimizer}
	if _, err := tr.Run(context.Background(), false); err == nil || !strings.Contains(err.Error(), "SetGroups") {
		t.Errorf("an optimizer without groups: %v", err)
	}
}

// plainOptimizer hides what an optimizer can do beside the least.
type plainOptimizer struct{ optim.Optimizer }

// What frozen encoders make of rows is computed once, without another bit: with
// modality dropout, accumulation, absent inputs, and encoders whose pictures are
// augmented, whose encodings cannot be kept.
func TestKeptEncodings(t *testing.T) {
	frozen := []trainer.Part{
		{Path: "encoders.picture", FreezeUntil: trainer.Always}, {Path: "encoders.caption", FreezeUntil: 3}, {Path: "encoders.facts", FreezeUntil: trainer.Always},
	}
	run := func(most int64, plain bool) (outcome, []string) {
		r := parts(frozen...)
		r.plain = plain
		var said []string
		r.hooks.Say = func(m string) { said = append(said, m) }
		tr := r.trainer(t)
		tr.EncodingBytes = most
		return finish(t, tr, false), said
	}
	for _, plain := range []bool{true, false} {
		want, said := run(-1, plain)
		if said != nil {
			t.Errorf("nothing was to be kept, and it said %q", said)
		}
		got, said := run(0, plain)
		if d := difference(got, want); d != "" {
			t.Errorf("plain %v: with encodings kept, the run ends with other %s", plain, d)
		}
		kept := "of picture, caption, facts"
		if !plain {
			kept = "of facts" // pictures and words change from epoch to epoch
		}
		if len(said) != 2 || !strings.Contains(said[0], "kept") || !strings.Contains(said[0], kept) {
			t.Errorf("plain %v: it said %q, want what was kept before and after the caption thaws", plain, said)
		}
		_, said = run(1, plain)
		if len(said) == 0 || !strings.Contains(said[0], "takes more than 0 MB") {
			t.Errorf("without memory it said %q", said)
		}
	}
}
