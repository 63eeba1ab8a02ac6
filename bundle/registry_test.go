package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/explain/explaintest"
	"github.com/chiasm-ml/chiasm/infer"
	fusions "github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/rng"
	"github.com/chiasm-ml/chiasm/trainer"
)

// cases has an entry for every name that a config can choose, and more behind a
// comma; those of fusions are in internal/cases. A new one goes here: it is then built, its gradients are checked, it is trained,
// interrupted and resumed, saved and loaded, and exported.
var cases = map[string][]func(*sample.Config){
	"image cnn": {
		func(c *sample.Config) {
			c.Picture = "{type: cnn, channels: [2, 3], residual: true, pool: average, dim: 4}"
		},
		func(c *sample.Config) { c.Picture = "{type: cnn, channels: [8], norm: group, kernel: 1, dropout: 0.2}" },
	},
	"text transformer": {
		func(c *sample.Config) {
			c.Caption = "{type: transformer, dim: 3, layers: 2, heads: 3, hidden: 2, positions: sinusoidal}"
		},
	},
	"text ngrams": {
		func(c *sample.Config) { c.Caption = "{type: ngrams, dim: 3}" },
	},
	"tabular mlp": {
		func(c *sample.Config) { c.Facts = "{type: mlp, hidden: [4, 3], bins: 3, activation: silu}" },
		func(c *sample.Config) {
			c.Facts = "{type: mlp, hidden: [3], numeric_embedding: periodic, numeric_dim: 2, frequencies: 3}"
		},
		func(c *sample.Config) {
			c.Facts = "{type: mlp, hidden: [3], numeric_embedding: piecewise, numeric_dim: 2, bins: 4}"
		},
		func(c *sample.Config) {
			c.Numbers, c.Columns = ", "+sample.Weight, fmt.Sprintf(", dates: [%s], units: {%s: kg}", sample.Seen, sample.Weight)
		},
	},
	"tabular tabm": {
		func(c *sample.Config) { c.Facts = "{type: tabm, members: 2, hidden: [4, 3], embedding: 2}" },
	},
	"tabular transformer": {
		func(c *sample.Config) { c.Facts = "{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 3}" },
		func(c *sample.Config) {
			c.Facts, c.Columns = "{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 3}", fmt.Sprintf(", dates: [%s], date_formats: {%[1]s: '%%Y-%%m-%%d %%H:%%M'}", sample.Seen)
		},
	},
	"vector linear": {
		func(c *sample.Config) {
			c.More = "\n  embedding: {type: vector, columns: [" + sample.Height + "], encoder: {type: linear, dim: 3}}"
		},
		func(c *sample.Config) {
			c.More = "\n  embedding: {type: vector, columns: [" + sample.Height + "], normalize: l2, missing: mask, encoder: {type: linear, dim: 3}}"
		},
	},
	"vector mlp": {
		func(c *sample.Config) {
			c.More = "\n  embedding: {type: vector, columns: [" + sample.Height + "], normalize: none, encoder: {type: mlp, hidden: [4, 3]}}"
		},
	},
	"output multiclass": {
		func(c *sample.Config) {
			c.Output = "{type: multiclass, column: kind, class_weights: balanced, label_smoothing: 0.1}"
		},
	},
	"output binary": {
		func(c *sample.Config) { c.Output = "{type: binary, column: pass, class_weights: balanced}" },
		func(c *sample.Config) { c.Output, c.Fusion = "{type: binary, column: pass}", "{type: score_average}" },
		func(c *sample.Config) { c.Output = "{type: binary, column: pass, threshold: f1}" },
	},
	"output multiclass, among several": {
		func(c *sample.Config) {
			c.Outputs = "{kind: {type: multiclass, column: kind, class_weights: balanced}, pass: {type: binary, column: pass, calibrate: true, threshold: 0.3, learning_rate: 0.002}, " +
				"tags: {type: multilabel, column: tags, weight: 0.5}, price: {type: regression, column: price, transform: log}}"
		},
		func(c *sample.Config) {
			c.Outputs = "{price: {type: regression, column: price, freeze_until: 1}, kind: {type: multiclass, column: kind, weight_decay: 0}}"
			c.Training = ", accumulate: 2"
		},
	},
	"output multilabel": {
		func(c *sample.Config) { c.Output = "{type: multilabel, column: tags, class_weights: balanced}" },
		func(c *sample.Config) {
			c.Output, c.Fusion = "{type: multilabel, column: tags}", "{type: score_average}"
		},
	},
	"output regression": {
		func(c *sample.Config) { c.Output = "{type: regression, column: price, loss: mse}" },
		func(c *sample.Config) { c.Output = "{type: regression, column: price, loss: huber}" },
		func(c *sample.Config) { c.Output = "{type: regression, column: price, transform: log}" },
		func(c *sample.Config) {
			c.Output = "{type: regression, column: price, loss: l1, transform: quantile}"
		},
		func(c *sample.Config) {
			c.Output, c.Fusion = "{type: regression, column: price, loss: l1}", "{type: score_average}"
		},
	},
	"optimizer adamw":   {func(c *sample.Config) { c.Optimizer = "{type: adamw, weight_decay: 0.1}" }},
	"optimizer sgd":     {func(c *sample.Config) { c.Optimizer = "{type: sgd, momentum: 0.8, nesterov: true}" }},
	"schedule constant": {func(c *sample.Config) { c.Schedule = "{type: constant, warmup: 2}" }},
	"schedule cosine":   {func(c *sample.Config) { c.Schedule = "{type: cosine, warmup: 0.2, final_factor: 0.1}" }},
	"schedule linear":   {func(c *sample.Config) { c.Schedule = "{type: linear}" }},
	"schedule step":     {func(c *sample.Config) { c.Schedule = "{type: step, step_size: 2, gamma: 0.5}" }},
}

// registered lists every name of the registry, with what it is a name of.
func registered(r *config.Registry) []string {
	var names []string
	for _, input := range r.Inputs() {
		for _, e := range r.Encoders(input) {
			names = append(names, input+" "+e.Name)
		}
	}
	for _, e := range r.Fusions() {
		names = append(names, "fusion "+e.Name)
	}
	for _, name := range r.Outputs() {
		names = append(names, "output "+name)
	}
	for _, e := range r.Optimizers() {
		names = append(names, "optimizer "+e.Name)
	}
	for _, e := range r.Schedules() {
		names = append(names, "schedule "+e.Name)
	}
	return names
}

// allCases are cases with those of the fusions, which other packages try too.
func allCases() map[string][]func(*sample.Config) {
	all := maps.Clone(cases)
	for _, f := range fusions.Fusions {
		all["fusion "+f.Name] = f.Configs
	}
	return all
}

func TestRegistry(t *testing.T) {
	cases := allCases()
	names := registered(config.Builtin())
	for _, name := range names {
		if len(cases[name]) == 0 {
			t.Errorf("%q is registered and has no case here", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if named, _, _ := strings.Cut(name, ","); !slices.Contains(names, named) {
			t.Errorf("the case %q names nothing that is registered", name)
		}
		if testing.Short() && !strings.HasPrefix(name, "fusion") { // for the race detector
			continue
		}
		for i, change := range cases[name] {
			t.Run(fmt.Sprintf("%s %d", name, i), func(t *testing.T) {
				c := sample.Default()
				change(&c)
				yaml := c.YAML()
				if what, _, _ := strings.Cut(name, " "); what != "optimizer" && what != "schedule" {
					checkGradients(t, newRun(t, yaml))
				}
				checkAll(t, yaml, 3)
			})
		}
	}
}

// checkAll does with a model what people do with one. Its training is interrupted
// after steps.
func checkAll(t *testing.T, yaml string, steps ...int) *run {
	trained := checkTraining(t, yaml)
	checkResume(t, yaml, trained, steps)
	checkBundle(t, trained)
	checkExplanations(t, trained)
	checkExport(t, trained)
	return trained
}

// checkGradients holds the gradient of the training loss against finite
// differences, on rows of the table. Parameters and numbers are moved off the
// kinks of rectifiers and maxima: biases of 0, and pixels alike.
func checkGradients(t *testing.T, r *run) {
	for _, p := range r.Model.Params() {
		for i := range p.Data {
			if p.Trainable {
				p.Data[i] += float32(0.1 * rng.New(1).Name(p.Name).Normal(i))
			}
		}
	}
	loader, err := data.NewLoader(r.training.Data.Dataset, r.training.Data.Splits.Train[:5], data.LoaderOptions{BatchSize: 5})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range loader.Epoch(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Model.Program(nn.Train, b.Size(), true)
		if err != nil {
			t.Fatal(err)
		}
		r.Model.Fill(p, b)
		c := nntest.Case{
			Build: func(g *nn.Graph) []*gorgonia.Node {
				return []*gorgonia.Node{r.Model.Loss(g, r.Model.Forward(g, b.Size()))}
			},
			Floats: map[string][]float64{}, Ints: map[string][]int{}, Most: 2,
		}
		if slow {
			c.Most = 8
		}
		for _, name := range p.InputNames() {
			if p.IsInt(name) {
				c.Ints[name] = p.Int(name)
			}
			noise := 0.01
			if strings.HasPrefix(name, "target") || name == "weight" || strings.HasPrefix(name, "term.") || strings.HasSuffix(name, ".present") || strings.HasSuffix(name, ".mask") {
				c.Skip, noise = append(c.Skip, name), 0
			}
			if p.IsInt(name) {
				continue
			}
			for i, v := range p.Float(name) {
				c.Floats[name] = append(c.Floats[name], float64(v)+noise*rng.New(2).Name(name).Normal(i))
			}
		}
		nntest.CheckGradients(t, c)
	}
}

// checkTraining trains twice, to the same weights, which are not those that it
// began with.
func checkTraining(t *testing.T, yaml string) *run {
	a, b := newRun(t, yaml), newRun(t, yaml)
	before := slices.Clone(a.Model.Weights())
	result, err := a.train(t, nil, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if loss, ok := result.History[len(result.History)-1].Train.Get("loss"); !ok || math.IsNaN(loss) || math.IsInf(loss, 0) {
		t.Errorf("the training loss is %v", loss)
	}
	if slices.Equal(before, a.Model.Weights()) {
		t.Error("training changes nothing")
	}
	if _, err := b.train(t, nil, false, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Model.Weights(), b.Model.Weights()) {
		t.Error("a second training ends with other weights")
	}
	return a
}

// checkResume interrupts a training after steps, and goes on.
func checkResume(t *testing.T, yaml string, whole *run, steps []int) {
	store := &checkpoints.Store{Dir: "run", FS: checkpointstest.NewDisk()}
	for i, stop := range steps {
		if _, err := newRun(t, yaml).train(t, store, i > 0, stop); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatalf("interrupted after step %d: %v", stop, err)
		}
	}
	r := newRun(t, yaml)
	if _, err := r.train(t, store, true, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Model.Weights(), whole.Model.Weights()) {
		t.Error("interrupted and resumed, training ends with other weights")
	}
}

// checkAnswers asks the loaded model of rows given as values, as the server does.
func checkAnswers(t *testing.T, loaded *bundle.Bundle, r *run, want []float32) {
	ctx := context.Background()
	m, err := infer.New(loaded, infer.Options{MaxBatch: 16, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	table, images := sample.Table(rows), sample.Images()
	asked := make([]infer.Row, rows)
	for i := range asked {
		asked[i] = infer.Row{}
		for _, in := range r.Inputs {
			for _, name := range in.Columns() {
				column, err := table.Column(name)
				if err != nil {
					t.Fatal(err)
				}
				cell := column.Cell(i)
				switch picture, ok := images[cell.Text]; {
				case cell.Missing():
				case ok:
					asked[i][name] = picture
				default:
					asked[i][name] = cell.Text
				}
			}
		}
	}
	answers, err := m.Predict(ctx, asked)
	if err != nil {
		t.Fatal(err)
	}
	size := len(want) / rows
	for i, a := range answers {
		if all := r.Answers(want[i*size : (i+1)*size]); all[0].Output != "" {
			if fmt.Sprint(a.Outputs) != fmt.Sprint(all) {
				t.Errorf("row %d is answered %v, predicted %v", i+1, a.Outputs, all)
			}
			continue
		}
		value, probabilities := r.Answer(want[i*size : (i+1)*size])
		if a.Value != value || !slices.Equal(a.Probabilities, probabilities) {
			t.Errorf("row %d is answered %v %v, predicted %v %v", i+1, a.Value, a.Probabilities, value, probabilities)
		}
	}
}

// checkBundle saves the model and loads it, and asks it.
func checkBundle(t *testing.T, r *run) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "model")
	if err := r.Save(ctx, dir, 1); err != nil {
		t.Fatal(err)
	}
	loaded, err := bundle.Load(ctx, dir, bundle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := r.predict(t)
	nntest.Finite(t, "predictions", want)
	if got := predictions(t, loaded); !slices.Equal(got, want) {
		t.Errorf("the loaded model predicts %v, the saved one %v", got[:3], want[:3])
	}
	checkAnswers(t, loaded, r, want)
}

// checkExplanations explains rows with all inputs and with some. What is told
// adds up.
func checkExplanations(t *testing.T, r *run) {
	t.Helper()
	for _, o := range r.Outputs() {
		checkExplanationsOf(t, r, o.Name)
	}
}

func checkExplanationsOf(t *testing.T, r *run, output string) {
	t.Helper()
	e, err := explain.New(r.Model, r.Inputs, r.Target, explain.Options{Output: output})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 3, 8, 10} {
		row, err := explain.Read(sample.Table(rows), i, r.Inputs, r.Target)
		if err != nil {
			t.Fatal(err)
		}
		x, err := e.Explain(context.Background(), row)
		if err != nil {
			t.Fatal(err)
		}
		explaintest.Check(t, x)
	}
}
