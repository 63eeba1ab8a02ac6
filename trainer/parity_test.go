package trainer_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
)

// parityRun is a training by PyTorch; scripts/parity/README.md describes it.
type parityRun struct {
	Optimizer struct {
		LearningRate float64 `json:"learning_rate"`
		WeightDecay  float64 `json:"weight_decay"`
	} `json:"optimizer"`
	Schedule struct {
		Type   string     `json:"type"`
		Warmup optim.Span `json:"warmup"`
	} `json:"schedule"`
	ClipNorm     float64         `json:"clip_norm"`
	Steps        int             `json:"steps"`
	Params       []parityArray   `json:"params"`
	Buffers      []parityArray   `json:"buffers"`
	BuffersAfter []parityArray   `json:"buffers_after"`
	Batches      [][]parityArray `json:"batches"`
	Losses       []float64       `json:"losses"`
	Norms        []float64       `json:"norms"`
	FirstGrads   []parityArray   `json:"first_grads"`
}

type parityArray struct {
	Name  string    `json:"name"`
	Shape []int     `json:"shape"`
	Data  []float32 `json:"data"`
	Int   []int     `json:"int"`
	Decay bool      `json:"decay"`
}

func find(t *testing.T, arrays []parityArray, name string) parityArray {
	t.Helper()
	i := slices.IndexFunc(arrays, func(a parityArray) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("PyTorch has no %q", name)
	}
	return arrays[i]
}

func picture(c encoders.CNNConfig) model.Input {
	c.Blocks, c.Kernel, c.Norm, c.Activation, c.Pool, c.Positions = 1, 3, "batch", "relu", "max", "learned"
	return model.Input{
		Name:     "picture",
		Features: []data.Feature{{Name: "pixels", Shape: []int{3, 8, 8}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewCNN(s, in, c)
		},
	}
}

func caption(dim int) model.Input {
	return model.Input{
		Name:     "caption",
		Features: []data.Feature{{Name: "ids", Shape: []int{7}, Int: true, Sizes: []int{20}}, {Name: "mask", Role: data.Mask, Shape: []int{7}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewTransformer(s, in, encoders.TransformerConfig{Dim: dim, Layers: 1, Heads: 2, Hidden: 16, Positions: "learned"})
		},
	}
}

func facts(columns int, tokens string, hidden ...int) model.Input {
	return model.Input{
		Name:     "facts",
		Features: []data.Feature{{Name: "numeric", Shape: []int{columns}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewMLP(s, in, encoders.MLPConfig{Hidden: hidden, ColumnsConfig: encoders.ColumnsConfig{Embedding: 1}, Activation: "relu", Tokens: tokens})
		},
	}
}

func crossAttention(c fusion.CrossAttentionConfig, of ...string) *fusion.Node {
	c.Dim, c.Heads, c.Layers, c.Hidden = 8, 2, 1, 16
	n := &fusion.Node{Type: "cross_attention", Attends: true, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewCrossAttention(s, set, c)
	}}
	for _, name := range of {
		n.Of = append(n.Of, fusion.Branch{Input: name})
	}
	return n
}

var parityModels = map[string]model.Config{
	"mlp": {
		Inputs: []model.Input{facts(6, "pooled", 16, 12)},
		Head:   head.Regression{},
	},
	"concat": {
		Inputs: []model.Input{picture(encoders.CNNConfig{Channels: []int{6, 8}}), caption(8)},
		Fusion: &fusion.Node{Type: "concat", Of: []fusion.Branch{{Input: "picture"}, {Input: "caption"}},
			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
				return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 6, Hidden: []int{10}})
			}},
		Head: head.Binary{},
	},
	"cross_attention": {
		Inputs: []model.Input{picture(encoders.CNNConfig{Channels: []int{6, 8}}), caption(8), facts(5, "pooled", 12, 8)},
		Fusion: crossAttention(fusion.CrossAttentionConfig{Pairs: []fusion.Pair{{Query: "picture", Key: "caption"}, {Query: "caption", Key: "picture"}}},
			"picture", "caption", "facts"),
		Head: head.Multiclass{Labels: 4, LabelSmoothing: 0.1},
	},
	"missing": {
		Inputs: []model.Input{picture(encoders.CNNConfig{Channels: []int{6, 10}, Dim: 8}), caption(6), facts(5, "column", 12, 8)},
		Fusion: crossAttention(fusion.CrossAttentionConfig{}, "picture", "caption", "facts"),
		Head:   head.Multiclass{Labels: 3, ClassWeights: []float64{0.5, 2, 1}},
	},
}

// load gives the model PyTorch's initial values. Both must have the same
// parameters.
func (r *parityRun) load(t *testing.T, m *model.Model) (groups []optim.Group) {
	t.Helper()
	if got, want := len(m.Params()), len(r.Params)+len(r.Buffers); got != want {
		t.Errorf("%d parameters and buffers, PyTorch has %d", got, want)
	}
	for _, p := range m.Params() {
		a := find(t, append(slices.Clone(r.Params), r.Buffers...), p.Name)
		if !slices.Equal(a.Shape, p.Shape) {
			t.Fatalf("%s is %v, PyTorch has %v", p.Name, p.Shape, a.Shape)
		}
		copy(p.Data, a.Data)
		if p.Trainable {
			if p.Decay != a.Decay {
				t.Errorf("%s decays: %v, PyTorch: %v", p.Name, p.Decay, a.Decay)
			}
			groups = append(groups, optim.Group{Lo: p.Offset(), Hi: p.Offset() + p.Size(), Decay: p.Decay})
		}
	}
	return groups
}

func fill(t *testing.T, p *nn.Program, batch []parityArray) {
	t.Helper()
	for _, a := range batch {
		switch {
		case a.Int != nil:
			copy(p.Int(a.Name), a.Int)
		default:
			copy(p.Float(a.Name), a.Data)
		}
	}
	w := p.Float("weight")
	for i := range w {
		w[i] = 1
	}
}

func compareTo(t *testing.T, what string, got, want []float32, relative, absolute float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= absolute+relative*math.Abs(float64(w))) {
			t.Errorf("%s[%d] is %.8g, PyTorch has %.8g", what, i, got[i], w)
			return
		}
	}
}

// TestTrainingEqualsPyTorch is N4: whole models, 200 steps from the same
// weights and batches.
func TestTrainingEqualsPyTorch(t *testing.T) {
	for name, c := range parityModels {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile("testdata/parity/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var r parityRun
			if err := json.Unmarshal(b, &r); err != nil {
				t.Fatal(err)
			}
			m, err := model.New(c)
			if err != nil {
				t.Fatal(err)
			}
			r.compare(t, m)
		})
	}
}

func (r *parityRun) compare(t *testing.T, m *model.Model) {
	groups := r.load(t, m)
	config := optim.DefaultAdamW()
	config.LearningRate, config.WeightDecay = r.Optimizer.LearningRate, r.Optimizer.WeightDecay
	adamw, err := optim.NewAdamW(len(m.Weights()), groups, config)
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := optim.NewConstant(config.LearningRate, r.Steps, optim.ConstantConfig{Warmup: r.Schedule.Warmup})
	if r.Schedule.Type == "cosine" {
		schedule, err = optim.NewCosine(config.LearningRate, r.Steps, optim.CosineConfig{Warmup: r.Schedule.Warmup})
	}
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for step := range r.Steps {
		batch := r.Batches[step%len(r.Batches)]
		p, err := m.Program(nn.Train, batch[0].Shape[0], true)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, p, batch)
		if err := p.Run(step); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			for _, q := range m.Params() {
				if q.Trainable {
					compareTo(t, "gradient of "+q.Name, p.Gradients()[q.Offset():q.Offset()+q.Size()], find(t, r.FirstGrads, q.Name).Data, 1e-3, 1e-4)
				}
			}
		}
		d := math.Abs(p.Loss() - r.Losses[step])
		worst = max(worst, d)
		if !(d < 1e-3) {
			t.Fatalf("step %d: loss %.7g, PyTorch has %.7g", step, p.Loss(), r.Losses[step])
		}
		norm := optim.ClipNorm(p.Gradients(), r.ClipNorm)
		if !(math.Abs(norm-r.Norms[step]) < 1e-2*(1+r.Norms[step])) {
			t.Fatalf("step %d: norm %.7g, PyTorch has %.7g", step, norm, r.Norms[step])
		}
		adamw.Step(m.Weights(), p.Gradients(), schedule.LR(step))
		p.Commit()
	}
	for _, q := range m.Params() {
		if !q.Trainable {
			compareTo(t, q.Name, q.Data, find(t, r.BuffersAfter, q.Name).Data, 1e-3, 1e-3)
		}
	}
	t.Logf("%d steps, largest difference of a loss %.1e", r.Steps, worst)
}
