package encoders_test

import (
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/encoders/encoderstest"
	"github.com/chiasm-ml/chiasm/nn"
)

// with binds a constructor to its config.
func with[E encoders.Encoder, C any](construct func(*nn.Scope, encoders.Input, C) (E, error), c C) func(*nn.Scope, encoders.Input) (encoders.Encoder, error) {
	return func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) { return construct(s, in, c) }
}

func pixels(c, h, w int) []data.Feature {
	return []data.Feature{{Name: "pixels", Shape: []int{c, h, w}}}
}

func words(t, size int) []data.Feature {
	return []data.Feature{{Name: "ids", Shape: []int{t}, Int: true, Sizes: []int{size}}, {Name: "mask", Role: data.Mask, Shape: []int{t}}}
}

func bags(t, g, size int) []data.Feature {
	return []data.Feature{{Name: "ids", Shape: []int{t, g}, Int: true, Sizes: []int{size}}, {Name: "mask", Role: data.Mask, Shape: []int{t}}}
}

var (
	numbers    = data.Feature{Name: "numeric", Shape: []int{3}}
	missing    = data.Feature{Name: "numeric_missing", Role: data.Flag, Shape: []int{3}}
	categories = data.Feature{Name: "categories", Shape: []int{2}, Int: true, Sizes: []int{4, 3}}
)

// norm is the parameters of a LayerNorm, linear those of a Linear, block those
// of a transformer block.
func norm(d int) int         { return 2 * d }
func linear(in, out int) int { return in*out + out }
func block(d, hidden int) int {
	return 2*norm(d) + 4*linear(d, d) + linear(d, hidden) + linear(hidden, d)
}
func conv(in, out, k int) int { return in * out * k * k }
func columns(n, c, d int) int { return 2*n*d + c*d } // n numbers, c rows of categories

func TestCNN(t *testing.T) {
	for name, c := range map[string]struct {
		config     encoders.CNNConfig
		attended   bool
		h, w       int
		parameters int
	}{
		"batch": {encoders.CNNConfig{Channels: []int{2, 3}, Norm: "batch"}, false, 5, 7,
			conv(1, 2, 3) + norm(2) + conv(2, 3, 3) + norm(3)},
		"attended": {encoders.CNNConfig{Channels: []int{2}, Norm: "batch", Positions: "learned"}, true, 5, 4,
			conv(1, 2, 3) + norm(2) + 2*2*2},
		"sinusoidal": {encoders.CNNConfig{Channels: []int{2}, Norm: "none", Positions: "sinusoidal"}, true, 5, 4,
			conv(1, 2, 3) + 2},
		"group": {encoders.CNNConfig{Channels: []int{8}, Norm: "group", Activation: "gelu", Kernel: 1}, false, 3, 4,
			conv(1, 8, 1) + norm(8)},
		"residual": {encoders.CNNConfig{Channels: []int{2}, Blocks: 2, Norm: "batch", Residual: true, Activation: "silu", Pool: "average"}, false, 4, 5,
			conv(1, 2, 3) + norm(2) + conv(1, 2, 1) + conv(2, 2, 3) + norm(2)},
		"projected": {encoders.CNNConfig{Channels: []int{2}, Norm: "none", Dim: 3, Activation: "gelu_tanh", Dropout: 0.3}, false, 4, 4,
			conv(1, 2, 3) + 2 + linear(2, 3)},
		"one pixel": {encoders.CNNConfig{Channels: []int{2}, Norm: "none", Activation: "silu"}, false, 1, 1,
			conv(1, 2, 3) + 2},
	} {
		k := c.config
		k.Kernel, k.Blocks = max(k.Kernel, 3*(1-k.Kernel)), max(k.Blocks, 1)
		if k.Activation == "" {
			k.Activation = "relu"
		}
		if k.Pool == "" {
			k.Pool = "max"
		}
		if k.Positions == "" {
			k.Positions = "none"
		}
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{
				Features: pixels(1, c.h, c.w), Attended: c.attended, New: with(encoders.NewCNN, k), Parameters: c.parameters,
			})
		})
	}
}

func TestTransformer(t *testing.T) {
	for name, c := range map[string]struct {
		config     encoders.TransformerConfig
		parameters int
	}{
		"learned":    {encoders.TransformerConfig{Dim: 4, Layers: 1, Heads: 2, Hidden: 5, Positions: "learned", Dropout: 0.2}, 7*4 + 5*4 + block(4, 5) + norm(4)},
		"sinusoidal": {encoders.TransformerConfig{Dim: 3, Layers: 2, Heads: 1, Hidden: 2, Positions: "sinusoidal"}, 7*3 + 2*block(3, 2) + norm(3)},
		"none":       {encoders.TransformerConfig{Dim: 2, Layers: 1, Heads: 2, Positions: "none"}, 7*2 + block(2, 8) + norm(2)},
	} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{Features: words(5, 7), Attended: true, New: with(encoders.NewTransformer, c.config), Parameters: c.parameters})
		})
	}
}

func TestNGrams(t *testing.T) {
	for name, c := range map[string]struct {
		attended   bool
		parameters int
	}{"pooled": {false, 11 * 4}, "attended": {true, 11*4 + norm(4)}} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{
				Features: bags(5, 3, 11), Attended: c.attended, New: with(encoders.NewNGrams, encoders.NGramsConfig{Dim: 4, Dropout: 0.2}), Parameters: c.parameters,
			})
		})
	}
}

func TestMLP(t *testing.T) {
	config := encoders.MLPConfig{Hidden: []int{5, 4}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}, Activation: "tanh", Tokens: "auto", Dropout: 0.2}
	layers := func(in int) int { return linear(in, 5) + linear(5, 4) }
	pooled := config
	pooled.Tokens = "pooled"
	for name, c := range map[string]struct {
		features   []data.Feature
		config     encoders.MLPConfig
		attended   bool
		parameters int
	}{
		"numbers":    {[]data.Feature{numbers}, config, false, layers(3)},
		"categories": {[]data.Feature{categories}, config, false, 7*2 + layers(4)},
		"all":        {[]data.Feature{numbers, missing, categories}, config, false, 7*2 + layers(3+3+4)},
		"attended":   {[]data.Feature{numbers, missing, categories}, config, true, 7*2 + layers(3+3+4) + columns(3, 7, 4) + 3*4},
		"pooled":     {[]data.Feature{numbers, categories}, pooled, true, 7*2 + layers(3+4)},
	} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{Features: c.features, Attended: c.attended, New: with(encoders.NewMLP, c.config), Parameters: c.parameters})
		})
	}
}

func TestMLPNumericEmbeddings(t *testing.T) {
	for name, c := range map[string]struct {
		columns    encoders.ColumnsConfig
		parameters int
	}{
		"periodic":  {encoders.ColumnsConfig{NumericEmbedding: "periodic", NumericDim: 2, Frequencies: 5, FrequencyStd: 0.3}, 3*5 + 3*linear(10, 2) + linear(3+6, 4)},
		"piecewise": {encoders.ColumnsConfig{NumericEmbedding: "piecewise", NumericDim: 2, Bins: 5}, 3*linear(5, 2) + linear(3+6, 4)},
		"bins":      {encoders.ColumnsConfig{Bins: 5}, linear(3+15, 4)},
	} {
		t.Run(name, func(t *testing.T) {
			config := encoders.MLPConfig{Hidden: []int{4}, ColumnsConfig: c.columns, Activation: "tanh", Tokens: "auto"}
			encoderstest.Run(t, encoderstest.Case{Features: []data.Feature{numbers}, New: with(encoders.NewMLP, config), Parameters: c.parameters})
		})
	}
}

func TestTabM(t *testing.T) {
	config := encoders.TabMConfig{Members: 3, Hidden: []int{5, 4}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}, Dropout: 0.2, Tokens: "auto"}
	member := func(in, out int) int { return in*out + 3*(in+2*out) }
	for name, c := range map[string]struct {
		features   []data.Feature
		attended   bool
		parameters int
	}{
		"numbers":    {[]data.Feature{numbers}, false, member(3, 5) + member(5, 4)},
		"categories": {[]data.Feature{categories}, false, 7*2 + member(4, 5) + member(5, 4)},
		"all":        {[]data.Feature{numbers, missing, categories}, false, 7*2 + member(3+3+4, 5) + member(5, 4)},
		"attended":   {[]data.Feature{numbers, missing, categories}, true, 7*2 + member(3+3+4, 5) + member(5, 4) + columns(3, 7, 4) + 3*4},
	} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{Features: c.features, Attended: c.attended, New: with(encoders.NewTabM, config), Parameters: c.parameters})
		})
	}
	if _, err := encoders.NewTabM(nn.NewScope(1), encoders.Input{Features: []data.Feature{numbers}}, encoders.TabMConfig{Members: 1, Hidden: []int{2}}); err == nil {
		t.Error("an ensemble of one member is made")
	}
}

func TestTabularTransformer(t *testing.T) {
	config := encoders.TabularTransformerConfig{Dim: 4, Layers: 1, Heads: 2, Hidden: 3, Dropout: 0.1}
	for name, c := range map[string]struct {
		features   []data.Feature
		parameters int
	}{
		"numbers":    {[]data.Feature{numbers}, columns(3, 0, 4)},
		"categories": {[]data.Feature{categories}, columns(0, 7, 4)},
		"all":        {[]data.Feature{numbers, missing, categories}, columns(3, 7, 4) + 3*4},
	} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, encoderstest.Case{Features: c.features, New: with(encoders.NewTabularTransformer, config), Parameters: c.parameters + block(4, 3) + norm(4)})
		})
	}
}
