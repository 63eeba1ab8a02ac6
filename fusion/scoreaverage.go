package fusion

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/internal/rng"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// ScoreAverageConfig is the config of the fusion `score_average`.
type ScoreAverageConfig struct {
	// Pool is how decisions are joined: linear (the mean of probabilities), log
	// (the mean of their logarithms) or product (their product over the prior's:
	// right where modalities are independent given the answer).
	Pool string `yaml:"pool" default:"linear" validate:"oneof=linear log product"`
	// Hidden are the widths of hidden layers in each modality's head.
	Hidden []int `yaml:"hidden" validate:"max=16,dive,min=1,max=32768"`
	// Dropout of each modality's vector before its head, while training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// ScoreAverage is late fusion: every modality decides with a head of its own,
// and the probabilities of those present are averaged (numbers, for
// regression), or joined as Pool says. It is trained on the decisions of all heads, each in the rows
// that have its modality, so that every one learns to decide alone; it cannot
// see interactions.
type ScoreAverage struct {
	heads   []*nn.MLP // nil where the modality brings scores
	prior   *nn.Param // (Outputs): logarithms, or logits; nil for the linear pool
	pool    string
	set     Setting
	order   []int
	dropout float64
	path    string
}

// NewScoreAverage makes a ScoreAverage.
func NewScoreAverage(s *nn.Scope, set Setting, c ScoreAverageConfig) (*ScoreAverage, error) {
	if set.Outputs < 1 {
		return nil, fmt.Errorf("%s: score_average needs an output to decide on", s.Path())
	}
	f := &ScoreAverage{pool: c.Pool, set: set, order: byName(set.Inputs), dropout: c.Dropout, path: s.Path()}
	if c.Pool != "" && c.Pool != "linear" {
		if set.Decision == Value {
			return nil, fmt.Errorf("%s: the pool %s joins probabilities, and a regression has none; use linear", s.Path(), c.Pool)
		}
		f.prior = s.Buffer("prior", []int{set.Outputs}, logPrior(set))
	}
	f.heads = make([]*nn.MLP, len(set.Inputs))
	for _, i := range f.order {
		in := set.Inputs[i]
		if in.Scores {
			continue
		}
		widths := append(append([]int{in.Dim}, c.Hidden...), set.Outputs)
		f.heads[i] = nn.NewMLP(s.In(in.Name).In("head"), op.ReLU, c.Dropout, widths...)
	}
	return f, nil
}

// Shape is zero: it makes scores.
func (f *ScoreAverage) Shape() encoders.Shape { return encoders.Shape{} }

// Fuse maps pooled vectors (B, D_m) to Logits (B, Outputs) and the Scores they
// average.
func (f *ScoreAverage) Fuse(g *nn.Graph, ms []Modality) Fused {
	g = g.At(f.path)
	var out Fused
	var logits, present []*gorgonia.Node
	var names []string
	for _, i := range f.order {
		m := ms[i]
		l := m.Logits
		if l == nil {
			l = f.heads[i].Forward(g, g.At(f.path+"."+m.Name).Dropout(m.Pooled, f.dropout))
		}
		logits, present, names = append(logits, l), append(present, m.Present), append(names, m.Name)
		out.Scores = append(out.Scores, Score{Name: m.Name, Logits: l, Present: m.Present})
	}
	out.Shares = equalShares(g, names, present)
	if f.set.Decision == Value {
		out.Logits = g.Apply(op.PresentMean{M: len(logits), Zero: true}, append(logits, present...)...)
		return out
	}
	if f.prior != nil {
		spec := op.ProductScores{M: len(logits), Sigmoid: f.set.Decision == Sigmoid, Mean: f.pool == "log"}
		out.Logits = g.Apply(spec, append(append(logits, present...), g.Param(f.prior))...)
		return out
	}
	out.Logits = g.Apply(op.AverageScores{M: len(logits), Sigmoid: f.set.Decision == Sigmoid}, append(logits, present...)...)
	return out
}

// logPrior fills with the logarithm of the prior, or, for decisions of yes or
// no, its logit.
func logPrior(set Setting) nn.Initializer {
	return func(dst []float32, _ []int, _ rng.Key) {
		for i := range dst {
			p := 1 / float64(set.Outputs)
			if set.Decision == Sigmoid {
				p = 0.5
			}
			if set.Prior != nil {
				p = set.Prior[i]
			}
			dst[i] = float32(math.Log(p))
			if set.Decision == Sigmoid {
				dst[i] = float32(math.Log(p) - math.Log1p(-p))
			}
		}
	}
}
