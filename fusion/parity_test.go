package fusion_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/op"
)

// nodes are the inputs of a fixture by name: "picture.tokens".
type nodes = map[string]*gorgonia.Node

// fixture is what scripts/parity/fusions.py says of a case.
type fixture[C any] struct {
	Inputs   []fusion.Input
	Config   C
	Outputs  int
	Decision string
}

// setting is where the fusion of the case stands.
func (f fixture[C]) setting() fusion.Setting {
	decisions := map[string]fusion.Decision{"softmax": fusion.Softmax, "sigmoid": fusion.Sigmoid, "value": fusion.Value}
	return fusion.Setting{Inputs: f.Inputs, Outputs: f.Outputs, Decision: decisions[f.Decision]}
}

// parity checks a fusion against testdata/parity/<name>.json.
func parity[F fusion.Fusion, C any](t *testing.T, name string, construct func(*nn.Scope, fusion.Setting, C) (F, error)) {
	t.Run(name, func(t *testing.T) {
		nntest.CheckParity(t, "testdata/parity/"+name+".json", func(s *nn.Scope, a fixture[C]) (func(*nn.Graph, nodes) *gorgonia.Node, error) {
			f, err := construct(s, a.setting(), a.Config)
			return func(g *nn.Graph, in nodes) *gorgonia.Node {
				return compared(g, f.Fuse(g, given(a.Inputs, in)))
			}, err
		})
	})
}

// given are the modalities of a fixture; what a fusion does not read is not
// there.
func given(inputs []fusion.Input, in nodes) []fusion.Modality {
	var ms []fusion.Modality
	for _, i := range inputs {
		ms = append(ms, fusion.Modality{Name: i.Name, Present: in[i.Name+".present"], Encoding: encoders.Encoding{
			Tokens: in[i.Name+".tokens"], Mask: in[i.Name+".mask"], Pooled: in[i.Name+".pooled"],
		}})
	}
	return ms
}

// compared is the pooled vector, and behind it the tokens that exist, or scores.
func compared(g *nn.Graph, f fusion.Fused) *gorgonia.Node {
	if f.Logits != nil {
		return f.Logits
	}
	if f.Tokens == nil {
		return f.Pooled
	}
	b, t, d := f.Tokens.Shape()[0], f.Tokens.Shape()[1], f.Tokens.Shape()[2]
	exist := g.Apply(op.PresentMean{M: 1, Zero: true}, g.Reshape(f.Tokens, b*t, d), g.Reshape(f.Mask, b*t, 1))
	return g.Concat(1, f.Pooled, g.Reshape(exist, b, t*d))
}

func TestParity(t *testing.T) {
	parity(t, "concat", fusion.NewConcat)
	parity(t, "sum", fusion.NewSum)
	parity(t, "max", fusion.NewMax)
	parity(t, "gated", fusion.NewGated)
	parity(t, "attention_pool", fusion.NewAttentionPool)
	parity(t, "bilinear", fusion.NewBilinear)
	parity(t, "tensor", fusion.NewTensor)
	parity(t, "mixture", fusion.NewMixture)
	parity(t, "score_average", fusion.NewScoreAverage)
	parity(t, "cross_attention", fusion.NewCrossAttention)
	parity(t, "early", fusion.NewEarly)
	parity(t, "perceiver", fusion.NewPerceiver)
	parity(t, "bottleneck", fusion.NewBottleneck)
	parity(t, "film", fusion.NewFiLM)
}

// Film inside a CNN: the encoder and the fusion, as a model joins them.
func TestParityInsideCNN(t *testing.T) {
	type attrs struct {
		Size, Channels []int
		Inputs         []fusion.Input
	}
	nntest.CheckParity(t, "testdata/parity/film_cnn.json", func(s *nn.Scope, a attrs) (func(*nn.Graph, nodes) *gorgonia.Node, error) {
		cnn, err := encoders.NewCNN(s.In("cnn"), encoders.Input{Features: []data.Feature{{Name: "pixels", Shape: a.Size}}}, encoders.CNNConfig{
			Channels: a.Channels, Blocks: 1, Kernel: 3, Norm: "batch", Activation: "relu", Pool: "max",
		})
		if err != nil {
			return nil, err
		}
		target := fusion.Input{Name: "picture", Shape: cnn.Shape(), Channels: cnn.Channels()}
		film, err := fusion.NewFiLM(s.In("film"), fusion.Setting{Inputs: append(a.Inputs, target)}, fusion.FiLMConfig{Target: "picture"})
		return func(g *nn.Graph, in nodes) *gorgonia.Node {
			present := in["picture.present"]
			picture := fusion.Modality{Name: "picture", Present: present, Encode: func(g *nn.Graph, by []encoders.Modulation) encoders.Encoding {
				return cnn.EncodeModulated(g, encoders.Given{Features: []*gorgonia.Node{in["pixels"]}, Present: present}, by)
			}}
			return compared(g, film.Fuse(g, append(given(a.Inputs, in), picture)))
		}, err
	})
}
