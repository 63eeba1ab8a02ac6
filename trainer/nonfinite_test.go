package trainer_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/trainer"
)

// poison is switched on while a run is under way, to plant a number that is
// none.
type poison struct{ on bool }

// input writes NaN into an input's rows.
type poisonedInput struct {
	data.Preprocessor
	*poison
}

func (p poisonedInput) Write(item data.Item, dst []data.Slot, a data.Augment) {
	p.Preprocessor.Write(item, dst, a)
	if p.on && item != nil {
		dst[0].F32[0] = float32(math.NaN())
	}
}

// poisonedTarget writes NaN into answers.
type poisonedTarget struct {
	data.Target
	*poison
}

func (p poisonedTarget) Write(t *data.Table, row int, dst data.Slot, notes *data.Notes) error {
	err := p.Target.Write(t, row, dst, notes)
	if p.on && len(dst.F32) > 0 {
		dst.F32[0] = float32(math.Inf(1))
	}
	return err
}

// poisonedGradient is an operator that passes numbers on, and loses them on
// their way back.
type poisonedGradient struct {
	op.Spec
	*poison
}

func (p poisonedGradient) Float32() op.Kernel[float32] {
	return poisonedKernel{p.Spec.Float32(), p.poison}
}

type poisonedKernel struct {
	op.Kernel[float32]
	*poison
}

func (k poisonedKernel) Backward(in []op.Array[float32], out, grad op.Array[float32], din []op.Array[float32]) error {
	err := k.Kernel.Backward(in, out, grad, din)
	if k.on {
		for i := range din[0].Data {
			din[0].Data[i] = float32(math.Inf(-1))
		}
	}
	return err
}

// signalled is an input that calls a function before it writes a row.
type signalled struct {
	data.Preprocessor
	before func()
}

func (s signalled) Write(item data.Item, dst []data.Slot, a data.Augment) {
	s.before()
	s.Preprocessor.Write(item, dst, a)
}

// TestN6_NonFiniteNumbersEndARun plants a number that is none in an input, a
// weight, an answer or a gradient, at the first step, amid the run, at the last
// step, and while the checkpoint of the step before is being written.
func TestN6_NonFiniteNumbersEndARun(t *testing.T) {
	planted := 0
	for _, where := range []string{"input", "weight", "answer", "gradient"} {
		for _, when := range []struct {
			name string
			step int
		}{{"first step", 1}, {"amid", 11}, {"last step", 48}, {"during a save", duringSave}} {
			t.Run(where+", "+when.name, func(t *testing.T) { plant(t, where, when.step) })
			planted++
		}
	}
	t.Logf("N6: %d numbers planted that are none", planted)
}

// duringSave is the first step of the third epoch.
const duringSave = 7

func plant(t *testing.T, where string, step int) {
	p := &poison{}
	r := everything()
	r.EarlyStopping = nil
	r.target = poisonedTarget{must(data.NewTarget(data.TargetConfig{Type: data.Regression, Column: "price"})), &poison{}}
	if where == "answer" {
		r.target = poisonedTarget{r.target.(poisonedTarget).Target, p}
	}
	if where == "gradient" {
		r.encoder = func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			e, err := bigger(s, in)
			return poisonedEncoder{e, p}, err
		}
	}
	var tr *trainer.Trainer
	var before []float32
	arm := func() {
		p.on = true
		if where == "weight" {
			tr.Model.Weights()[3] = float32(math.NaN())
		}
		before = slices.Clone(tr.Model.Weights())
	}
	armed, planted := false, make(chan struct{})
	r.spoil = func(in []data.Input) {
		if where == "input" {
			in[2].Preprocessor = poisonedInput{in[2].Preprocessor, p}
		}
		in[2].Preprocessor = signalled{in[2].Preprocessor, func() {
			if armed { // the first row that is read while step 6 is saved
				armed = false
				arm()
				close(planted)
			}
		}}
	}
	r.hooks.Step = func(s trainer.Step) {
		switch {
		case s.Step != step-1:
		case step == duringSave:
			armed = true
		default:
			arm()
		}
	}
	r.change = func(made *trainer.Trainer) {
		tr = made
		// Wrapping the target hides its type from the evaluation of a regression.
		made.Splits.Validation = nil
		made.Config.Monitor = "train.loss"
		made.Store.FS = &checkpointstest.Hooked{FS: r.disk, Hook: func(op checkpointstest.Op) (bool, error) {
			if step == duringSave && op.Name == "create" && strings.Contains(op.Path, ".tmp-6-") {
				<-planted
			}
			return false, nil
		}}
	}
	tr = r.trainer(t)
	if step == 1 {
		arm()
	}
	_, err := tr.Run(context.Background(), false)
	var e *trainer.NonFiniteError
	if !errors.As(err, &e) {
		t.Fatalf("the run ends with %v", err)
	}
	if e.ExitCode() != 5 || e.Step != step || len(e.Rows) == 0 || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v: step %d, rows %v, exit code %d; want step %d, and 5", err, e.Step, e.Rows, e.ExitCode(), step)
	}
	if e.First == "" || !strings.Contains(err.Error(), e.First) {
		t.Errorf("%v names no parameter", err)
	}
	for i, w := range tr.Model.Weights() {
		if w != before[i] && (w == w || before[i] == before[i]) {
			t.Fatalf("weight %d was %v before the step, and is %v", i, before[i], w)
		}
	}
	checkSaved(t, r, step)
}

// checkSaved: nothing was saved of the bad step or after it, and what was saved
// before is whole.
func checkSaved(t *testing.T, r recipe, step int) {
	store := &checkpoints.Store{Dir: "run", FS: r.disk}
	steps, err := store.Steps()
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) == 0 {
		if step > 3 {
			t.Error("no checkpoint is left")
		}
		return
	}
	if newest := slices.Max(steps); newest >= step || newest != (step-1)/3*3 {
		t.Errorf("the newest checkpoint is of step %d", newest)
	}
	c, err := store.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{trainer.ModelFile, "optimizer.safetensors", "best.safetensors"} {
		if _, _, err := c.Tensors(name); err != nil { // refuses what is not finite
			t.Error(err)
		}
	}
}

// poisonedEncoder loses the gradient of its pooled vector.
type poisonedEncoder struct {
	encoders.Encoder
	*poison
}

func (e poisonedEncoder) Encode(g *nn.Graph, in encoders.Given) encoders.Encoding {
	enc := e.Encoder.Encode(g, in)
	enc.Pooled = e.pass(g, enc.Pooled)
	return enc
}

func (e poisonedEncoder) pass(g *nn.Graph, x *gorgonia.Node) *gorgonia.Node {
	if g.Mode() == nn.Eval {
		return x
	}
	return g.Apply(poisonedGradient{op.Scale{By: 1}, e.poison}, x)
}

// A weight that is spoilt between the last step of an epoch and its save is
// found by the save.
func TestN6_NonFiniteWeightsAreNotSaved(t *testing.T) {
	r := everything()
	r.Average = 0
	var tr *trainer.Trainer
	r.hooks.Epoch = func(e trainer.Epoch) error {
		if e.Epoch == 3 {
			tr.Model.Weights()[0] = float32(math.NaN())
		}
		return nil
	}
	tr = r.trainer(t)
	_, err := tr.Run(context.Background(), false)
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 5 {
		t.Errorf("the run ends with %v, want exit code 5", err)
	}
	checkSaved(t, r, 7)
}

// An update can overflow where loss and gradient did not. It does not reach a
// file.
func TestN6_OverflowingUpdateIsNotSaved(t *testing.T) {
	r := everything()
	r.Average, r.rate = 0, 3e38
	_, err := r.trainer(t).Run(context.Background(), false)
	var coded interface{ ExitCode() int }
	if !errors.As(err, &coded) || coded.ExitCode() != 5 {
		t.Errorf("the run ends with %v, want exit code 5", err)
	}
	if steps, err := (&checkpoints.Store{Dir: "run", FS: r.disk}).Steps(); err != nil || len(steps) > 0 {
		t.Errorf("checkpoints of steps %v, %v", steps, err)
	}
}
