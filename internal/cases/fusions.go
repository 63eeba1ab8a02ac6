package cases

import (
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Fusions has an entry for every fusion that is registered, in the order of the
// tables of docs/fusion.md. A new one goes here; see Fusion for what follows from it.
var Fusions = []Fusion{
	{
		Name: "score_average", Family: "late", Line: "averages probabilities",
		Of: always(With(fusion.NewScoreAverage, fusion.ScoreAverageConfig{Hidden: []int{2}, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			n := 0
			for _, i := range in {
				n += Linear(i.Dim, 2) + Linear(2, Classes)
			}
			return n
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: score_average, hidden: [3]}" },
			func(c *sample.Config) {
				c.Fusion = "{type: score_average, of: [{type: concat, of: [picture, caption], dim: 3, hidden: [3]}, facts]}"
			},
			func(c *sample.Config) { c.Fusion = "{type: score_average, pool: product}" },
			func(c *sample.Config) {
				c.Fusion, c.Output = "{type: score_average, pool: log}", "{type: multilabel, column: tags, class_weights: balanced}"
			},
			func(c *sample.Config) {
				c.Fusion, c.Output = "{type: score_average, weights: fitted, calibrate: true, pool: product}", "{type: multiclass, column: kind, calibrate: true}"
			},
			func(c *sample.Config) {
				c.Fusion, c.Output = "{type: score_average, weights: fitted, calibrate: true}", "{type: binary, column: pass, calibrate: true}"
			},
		},
		Planted: "{type: score_average, dropout: 0}",
	},
	{
		Name: "mixture", Family: "late", Line: "a gate decides, row by row, whose decision to trust",
		Of: always(With(fusion.NewMixture, fusion.MixtureConfig{Dim: 3, Gate: 4, Hidden: []int{2}, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			n := Features(3, in) + len(in)*(Linear(3, 2)+Linear(2, Classes))
			if len(in) > 1 {
				n += len(in)*(3*4+Linear(4, 1)) + 4
			}
			return n
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: mixture, dim: 3, gate: 4, hidden: [2]}" },
			func(c *sample.Config) {
				c.Output, c.Fusion = "{type: multilabel, column: tags}", "{type: mixture, dim: 3, gate: 2, of: [{type: score_average, of: [picture, caption]}, facts]}"
			},
			func(c *sample.Config) {
				c.Output, c.Fusion = "{type: regression, column: price, loss: mse}", "{type: mixture, dim: 3, gate: 2}"
			},
		},
		Planted: "{type: mixture, dim: 16, gate: 16, dropout: 0}",
	},
	{
		Name: "sum", Family: "feature", Line: "the mean of each feature",
		Of:         always(With(fusion.NewSum, fusion.SumConfig{Dim: 3, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int { return Features(3, in) },
		Subsets:    true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: sum, dim: 3, dropout: 0.2}" },
		},
		Planted: "{type: sum, dim: 16, dropout: 0}",
	},
	{
		Name: "max", Family: "feature", Line: "the maximum of each feature",
		Of:         always(With(fusion.NewMax, fusion.MaxConfig{Dim: 3, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int { return Features(3, in) },
		Subsets:    true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: max, dim: 4}" },
		},
		Planted: "{type: max, dim: 16, dropout: 0}",
	},
	{
		Name: "attention_pool", Family: "feature", Line: "weights whole inputs by how informative they are",
		Of: always(With(fusion.NewAttentionPool, fusion.AttentionPoolConfig{Dim: 3, Hidden: 2, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			n := Features(3, in)
			if len(in) > 1 {
				n += 3*2 + 2
			}
			return n
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: attention_pool, dim: 3, hidden: 2}" },
		},
		Planted: "{type: attention_pool, dim: 16, hidden: 16, dropout: 0}",
	},
	{
		Name: "gated", Family: "feature", Line: "weights each feature separately",
		Of: always(With(fusion.NewGated, fusion.GatedConfig{Dim: 3, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			n := Features(3, in) + len(in)*3*3
			if len(in) > 1 {
				n += len(in) * len(in) * 3 * 3
			}
			return n
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: gated, dim: 3}" },
		},
		Planted: "{type: gated, dim: 16, dropout: 0}",
	},
	{
		Name: "concat", Family: "feature", Line: "concatenated vectors and hidden layers",
		Of:         always(With(fusion.NewConcat, fusion.ConcatConfig{Dim: 3, Hidden: []int{4}, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int { return Join(3, in...) + Linear(3*len(in), 4) },
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: concat, dim: 3, hidden: [4, 3]}" },
			func(c *sample.Config) { c.Fusion = "{type: concat, dim: 3, hidden: [4, 3], members: 3}" },
			func(c *sample.Config) {
				c.Fusion, c.Output = "{type: concat, dim: 3, hidden: [4], members: 2}", "{type: regression, column: price}"
			},
			func(c *sample.Config) {
				c.Fusion = "{type: concat, of: [{type: concat, of: [picture, caption], dim: 3, hidden: [3], members: 2}, facts], dim: 2, hidden: [2], members: 2}"
			},
		},
		Planted: "{type: concat, dim: 16, hidden: [32], dropout: 0}",
	},
	{
		Name: "bilinear", Family: "feature", Line: "low-rank products of features across inputs",
		Of:         always(With(fusion.NewBilinear, fusion.BilinearConfig{Dim: 3, Rank: 2, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int { return Features(3, in) + len(in)*Linear(3, 2*3) + 2*3 + 3 },
		Subsets:    true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: bilinear, dim: 3, rank: 2}" },
			func(c *sample.Config) {
				c.Fusion = "{type: gated, dim: 3, of: [{type: bilinear, of: [picture, caption], dim: 3, rank: 1}, facts]}"
			},
		},
		Planted: "{type: bilinear, dim: 16, rank: 4, dropout: 0}",
	},
	{
		Name: "tensor", Family: "feature", Line: "all products of features across inputs",
		Of:         always(With(fusion.NewTensor, fusion.TensorConfig{Dim: 3, Hidden: []int{2}, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int { return Features(3, in) + Linear(power(4, len(in)), 2) },
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: tensor, dim: 2, hidden: [3]}" },
		},
		Planted: "{type: tensor, dim: 8, hidden: [32], dropout: 0}",
	},
	{
		Name: "film", Family: "hybrid", Line: "one input scales and shifts the features of another",
		Of: always(With(fusion.NewFiLM, fusion.FiLMConfig{Target: "picture"})),
		Parameters: func(in []fusion.Input) int {
			n := 0
			for _, i := range in[1:] {
				n += Norm(i.Dim) + Linear(i.Dim, 2*in[0].Dim)
			}
			return n
		},
		Refuses: func(in []fusion.Input) string {
			if len(in) == 1 {
				return `"picture" would be its own condition`
			}
			return ""
		},
		Configs: []func(*sample.Config){
			func(c *sample.Config) {
				c.Fusion = "{type: concat, of: [{type: film, of: [caption, picture], condition: caption, target: picture}, facts], dim: 3, hidden: [4]}"
				c.Picture = "{type: cnn, channels: [2, 3], blocks: 2, residual: true}"
			},
			func(c *sample.Config) { c.Fusion = "{type: film, target: caption}" },
			func(c *sample.Config) {
				c.Fusion = "{type: cross_attention, dim: 4, heads: 1, hidden: 3, of: [{type: film, of: [facts, picture], condition: facts, target: picture}, caption]}"
			},
		},
		Planted: "{type: film, target: %[1]s, condition: %[2]s}",
	},
	{
		Name: "cross_attention", Family: "hybrid", Line: "the tokens of each input attend to those of the others",
		Of: always(With(fusion.NewCrossAttention, fusion.CrossAttentionConfig{Dim: 3, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.1})),
		Parameters: func(in []fusion.Input) int {
			n := len(in) * ((len(in)-1)*CrossBlock(3, 2) + Linear(3, 3) + Norm(3) + 3)
			for _, i := range in {
				if i.Dim != 3 {
					n += Linear(i.Dim, 3)
				}
			}
			return n
		},
		Refuses: func(in []fusion.Input) string {
			switch {
			case len(in) == 1:
				return "cross_attention needs two or more modalities, not 1"
			case in[0].Tokens == 1:
				return "has one token, and attention over one key is a constant"
			}
			return ""
		},
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: cross_attention, dim: 4, heads: 2, hidden: 3}" },
			func(c *sample.Config) {
				c.Fusion = "{type: cross_attention, dim: 4, heads: 1, layers: 2, hidden: 3, pairs: [{query: facts, key: caption}]}"
			},
		},
		Planted: "{type: cross_attention, dim: 32, heads: 4, hidden: 64, dropout: 0}",
	},
	{
		Name: "early", Family: "early", Line: "one transformer over all tokens",
		Refuses: oneToken("early"),
		Of:      always(With(fusion.NewEarly, fusion.EarlyConfig{Dim: 3, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			return Streams(3, in...) + SelfBlock(3, 2) + Norm(3)
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) {
				c.Fusion = "{type: early, dim: 4, heads: 2, layers: 1, hidden: 3, align: time}"
			},
			func(c *sample.Config) {
				c.Fusion = "{type: cross_attention, dim: 4, heads: 1, hidden: 3, of: [{type: early, of: [picture, caption], dim: 4, heads: 1, layers: 1, hidden: 3, pool: cls}, facts], pairs: [{query: facts, key: caption+picture}]}"
			},
		},
		Planted: "{type: early, dim: 32, heads: 4, hidden: 64, dropout: 0}",
	},
	{
		Name: "perceiver", Family: "hybrid", Line: "a few latents attend to the tokens of all inputs",
		Refuses: oneToken("perceiver"),
		Of:      always(With(fusion.NewPerceiver, fusion.PerceiverConfig{Dim: 3, Latents: 2, Heads: 1, Layers: 1, Hidden: 2, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			return Streams(3, in...) + 2*3 + CrossBlock(3, 2) + SelfBlock(3, 2) + Norm(3)
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) {
				c.Fusion = "{type: perceiver, dim: 4, heads: 2, latents: 3, layers: 1, hidden: 3}"
			},
		},
		Planted: "{type: perceiver, dim: 32, latents: 4, heads: 4, hidden: 64, layers: 3, dropout: 0}",
	},
	{
		Name: "bottleneck", Family: "hybrid", Line: "inputs communicate through a few shared tokens",
		Of: always(With(fusion.NewBottleneck, fusion.BottleneckConfig{Dim: 3, Bottlenecks: 1, Heads: 1, Layers: 2, Hidden: 2, Dropout: 0.2})),
		Parameters: func(in []fusion.Input) int {
			return Streams(3, in...) + 3 + len(in)*2*SelfBlock(3, 2) + Norm(3)
		},
		Subsets: true,
		Configs: []func(*sample.Config){
			func(c *sample.Config) { c.Fusion = "{type: bottleneck, dim: 4, heads: 2, bottlenecks: 2, hidden: 3}" },
		},
		Planted: "{type: bottleneck, dim: 32, bottlenecks: 4, heads: 4, hidden: 64, dropout: 0}",
	},
}
