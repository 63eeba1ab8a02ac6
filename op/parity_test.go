package op_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// The format is described in scripts/parity/README.md.

type parityArray struct {
	Name  string
	Shape []int
	Data  []float64
	Int   []int
}

type parityCase struct {
	Op, Name   string
	Attrs      json.RawMessage
	Inputs     []parityArray
	Output     parityArray
	GradOutput parityArray `json:"grad_output"`
	Grads      []*parityArray
	Weights    *parityArray // of attention
	Buffers    struct{ Before, After []parityArray }
}

func (c *parityCase) input(name string) *parityArray {
	for i := range c.Inputs {
		if c.Inputs[i].Name == name {
			return &c.Inputs[i]
		}
	}
	return nil
}

// attrs decodes the case's attributes; one that v does not know is an error.
func (c *parityCase) attrs(t *testing.T, v any) {
	t.Helper()
	if err := strictJSON(c.Attrs, v); err != nil {
		t.Fatalf("attributes %s: %v", c.Attrs, err)
	}
}

func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// parityOps make, for each operator that has fixtures, what a case calls for.
// extra are inputs that our operator takes beyond those of the case.
var parityOps = map[string]func(t *testing.T, c *parityCase) (spec op.Spec, extra []parityArray){
	"linear": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct{ Activation string }
		c.attrs(t, &a)
		f, err := op.ParseActivation(a.Activation)
		if err != nil {
			t.Fatal(err)
		}
		return op.Linear{Activation: f}, nil
	},
	"relu": activation, "gelu": activation, "gelu_tanh": activation, "silu": activation, "tanh": activation, "sigmoid": activation,
	"conv2d":     attributes(func(s op.Conv2D) op.Spec { return s }),
	"max_pool2d": attributes(func(s op.MaxPool2D) op.Spec { return s }),
	"avg_pool2d": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct {
			Kernel, Stride, Padding [2]int
			Count                   bool `json:"count_include_pad"`
		}
		c.attrs(t, &a)
		if a.Count {
			t.Fatal("the fixture counts padding")
		}
		return op.AvgPool2D{Kernel: a.Kernel, Stride: a.Stride, Padding: a.Padding}, nil
	},
	"global_avg_pool2d": attributes(func(s op.GlobalAvgPool2D) op.Spec { return s }),
	"masked_mean":       attributes(func(s op.MaskedMean) op.Spec { return s }),
	"batch_norm2d":      batchNormCase,
	"group_norm": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct {
			Groups  int
			Epsilon float64
		}
		c.attrs(t, &a)
		return op.GroupNorm{Groups: a.Groups, Eps: a.Epsilon}, nil
	},
	"layer_norm": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct{ Epsilon float64 }
		c.attrs(t, &a)
		return op.LayerNorm{Eps: a.Epsilon}, nil
	},
	"embedding": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct {
			Pad int `json:"padding_idx"`
		}
		c.attrs(t, &a)
		return op.Embedding{PadIndex: a.Pad}, nil
	},
	"embedding_bag":          attributes(func(s op.EmbeddingBag) op.Spec { return s }),
	"add":                    attributes(func(s op.Add) op.Spec { return s }),
	"mul":                    attributes(func(s op.Mul) op.Spec { return s }),
	"concat":                 attributes(func(s op.Concat) op.Spec { return s }),
	"slice":                  attributes(func(s op.Slice) op.Spec { return s }),
	"expand":                 attributes(func(s op.Expand) op.Spec { return s }),
	"modulate":               attributes(func(s op.Modulate) op.Spec { return s }),
	"temper":                 attributes(func(s op.Temper) op.Spec { return s }),
	"average_scores_softmax": attributes(func(s op.AverageScores) op.Spec { return s }),
	"average_scores_sigmoid": attributes(func(s op.AverageScores) op.Spec { return s }),
	"product_scores_softmax": attributes(func(s op.ProductScores) op.Spec { return s }),
	"product_scores_sigmoid": attributes(func(s op.ProductScores) op.Spec { return s }),
	"reshape":                attributes(func(s op.Reshape) op.Spec { return s }),
	"transpose":              attributes(func(s op.Transpose) op.Spec { return s }),
	"attention":              attributes(func(s op.Attention) op.Spec { return s }),
	"softmax":                attributes(func(s op.Softmax) op.Spec { return s }),
	"log_softmax":            attributes(func(s op.LogSoftmax) op.Spec { return s }),
	"softmax_cross_entropy": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct {
			Smoothing float64 `json:"label_smoothing"`
		}
		c.attrs(t, &a)
		s := op.SoftmaxCrossEntropy{LabelSmoothing: a.Smoothing}
		if w := c.input("class_weights"); w != nil {
			s.ClassWeights = w.Data
		}
		return s, rowWeights(c)
	},
	"present_max":      attributes(func(s op.PresentMax) op.Spec { return s }),
	"present_softmax":  attributes(func(s op.PresentSoftmax) op.Spec { return s }),
	"present_weighted": attributes(func(s op.PresentWeighted) op.Spec { return s }),
	"low_rank":         attributes(func(s op.LowRank) op.Spec { return s }),
	"outer_product":    attributes(func(s op.OuterProduct) op.Spec { return s }),
	"mix_scores":       attributes(func(s op.MixScores) op.Spec { return s }),
	"periodic":         attributes(func(s op.Periodic) op.Spec { return s }),
	"grouped_linear":   attributes(func(s op.GroupedLinear) op.Spec { return s }),
	"bce_with_logits":  loss(op.BCEWithLogits{}),
	"mse":              loss(op.MSE{}),
	"l1":               loss(op.L1{}),
	"huber": func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var a struct{ Delta float64 }
		c.attrs(t, &a)
		return op.Huber{Delta: a.Delta}, rowWeights(c)
	},
}

// attributes is for operators whose fields have the names of the attributes.
func attributes[S any](f func(S) op.Spec) func(*testing.T, *parityCase) (op.Spec, []parityArray) {
	return func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		var s S
		c.attrs(t, &s)
		return f(s), nil
	}
}

func activation(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
	c.attrs(t, &struct{}{})
	f, err := op.ParseActivation(c.Op)
	if err != nil {
		t.Fatal(err)
	}
	return op.Activate{Activation: f}, nil
}

func loss(s op.Spec) func(*testing.T, *parityCase) (op.Spec, []parityArray) {
	return func(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
		c.attrs(t, &struct{}{})
		return s, rowWeights(c)
	}
}

// rowWeights are ones for a case that has none.
func rowWeights(c *parityCase) []parityArray {
	if c.input("row_weights") != nil {
		return nil
	}
	n := c.Inputs[0].Shape[0]
	return []parityArray{{Name: "row_weights", Shape: []int{n}, Data: repeat(1, n)}}
}

func batchNormCase(t *testing.T, c *parityCase) (op.Spec, []parityArray) {
	var a struct {
		Train             bool
		Momentum, Epsilon float64
	}
	c.attrs(t, &a)
	if !a.Train {
		return op.BatchNorm2DEval{Eps: a.Epsilon}, c.Buffers.Before
	}
	stats := &op.RunningStats{Momentum: a.Momentum}
	for _, v := range c.Buffers.Before[0].Data {
		stats.Mean = append(stats.Mean, float32(v))
	}
	for _, v := range c.Buffers.Before[1].Data {
		stats.Var = append(stats.Var, float32(v))
	}
	return op.BatchNorm2D{Eps: a.Epsilon, Running: stats}, nil
}

// noGradient names the inputs that PyTorch was not asked to differentiate.
var noGradient = []string{
	"mask", "targets", "row_weights", "running_mean", "running_var",
	"pool_weights", "prior", "temperature",
}

// feeds are the inputs of our operator; those that are attributes are left out.
func (c *parityCase) feeds(extra []parityArray) []feed {
	var fs []feed
	for _, a := range append(slices.Clone(c.Inputs), extra...) {
		switch {
		case a.Name == "class_weights":
		case a.Int != nil:
			fs = append(fs, whole(a.Int, a.Shape...))
		case slices.Contains(noGradient, a.Name), strings.HasPrefix(a.Name, "present"):
			fs = append(fs, fixed(a.Data, a.Shape...))
		default:
			fs = append(fs, given(a.Data, a.Shape...))
		}
	}
	return fs
}

func TestParityWithPyTorch(t *testing.T) {
	files, err := filepath.Glob("testdata/parity/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content struct {
			Versions map[string]string
			Cases    []parityCase
		}
		if err := strictJSON(b, &content); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, c := range content.Cases {
			seen[c.Op]++
			t.Run(c.Op+"/"+c.Name, func(t *testing.T) {
				if want := strings.TrimSuffix(filepath.Base(file), ".json"); c.Op != want {
					t.Errorf("a case of %s in %s", c.Op, file)
				}
				c.check(t)
			})
		}
	}
	cases := 0
	for name := range parityOps {
		cases += seen[name]
		if seen[name] == 0 {
			t.Errorf("there is no fixture of %s", name)
		}
	}
	t.Logf("%d operators, %d cases", len(seen), cases)
}

func (c *parityCase) check(t *testing.T) {
	from := parityOps[c.Op]
	if from == nil {
		t.Fatalf("there is a fixture of %q, which this test does not know", c.Op)
	}
	spec, extra := from(t, c)
	j := job{spec, c.feeds(extra)}
	p, err := nn.Build(nn.Options{Mode: nn.Train, InputGradients: true}, func(g *nn.Graph) {
		out := g.Apply(spec, j.nodes(g)...)
		g.Output("out", out)
		// Σ gradient·out, whose gradients are the fixture's.
		n := len(c.GradOutput.Data)
		g.Loss(g.Reshape(g.Apply(op.Linear{}, g.Reshape(out, 1, n), g.Constant("gradient", 1, n))))
	})
	if err != nil {
		t.Fatal(err)
	}
	j.fill(p)
	for i, v := range c.GradOutput.Data {
		p.Float("gradient")[i] = float32(v)
	}
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	near(t, "output", p.Output("out"), c.Output, 1e-4, 1e-5)
	for i, want := range c.Grads {
		if want != nil {
			near(t, "gradient of "+c.Inputs[i].Name, p.InputGradient(inputName(i)), *want, 1e-3, 1e-4)
		} else if f := j.in[min(i, len(j.in)-1)]; i < len(j.in) && f.ints == nil && !f.fixed {
			t.Errorf("PyTorch has no gradient of %s, ours does", c.Inputs[i].Name)
		}
	}
	if n, ok := spec.(op.BatchNorm2D); ok {
		p.Commit()
		near(t, "running mean", n.Running.Mean, c.Buffers.After[0], 1e-4, 1e-5)
		near(t, "running variance", n.Running.Var, c.Buffers.After[1], 1e-4, 1e-5)
	}
	if a, ok := spec.(op.Attention); ok {
		c.checkWeights(t, j, op.AttentionWeights{Heads: a.Heads})
	}
}

// checkWeights compares what attention looked at.
func (c *parityCase) checkWeights(t *testing.T, j job, spec op.AttentionWeights) {
	t.Helper()
	p, err := nn.Build(nn.Options{Mode: nn.Eval}, func(g *nn.Graph) {
		in := j.nodes(g)
		g.Output("weights", g.Apply(spec, slices.Delete(in, 2, 3)...)) // without the values
	})
	if err != nil {
		t.Fatal(err)
	}
	j.fill(p)
	if err := p.Run(1); err != nil {
		t.Fatal(err)
	}
	near(t, "weights", p.Output("weights"), *c.Weights, 1e-4, 1e-5)
}

func near(t *testing.T, what string, got []float32, want parityArray, relative, absolute float64) {
	t.Helper()
	if len(got) != len(want.Data) {
		t.Errorf("%s: %d numbers, PyTorch has %d", what, len(got), len(want.Data))
		return
	}
	for i, w := range want.Data {
		if d := math.Abs(float64(got[i]) - w); !(d <= absolute+relative*math.Abs(w)) {
			t.Errorf("%s[%d] is %v, PyTorch has %v", what, i, got[i], w)
			return
		}
	}
}
