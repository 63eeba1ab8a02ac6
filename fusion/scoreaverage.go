package fusion

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// ScoreAverageConfig configures the fusion `score_average`.
type ScoreAverageConfig struct {
	// Pool is how decisions are combined: linear (the mean of probabilities), log (the mean of
	// their logarithms) or product (their product divided by the prior's; correct if modalities are
	// independent given the answer).
	Pool string `yaml:"pool" default:"linear" validate:"oneof=linear log product"`
	// Weights of the modalities: equal, or fitted on the validation rows after training to minimise
	// the loss of the combined decision; best together with calibrate of the output.
	Weights string `yaml:"weights" default:"equal" validate:"oneof=equal fitted"`
	// Calibrate divides each modality's scores by a temperature, fitted after training on the
	// validation rows that have the modality, so that an overconfident modality does not outvote
	// the others.
	Calibrate bool `yaml:"calibrate"`
	// Train is joint (one network, one optimizer, one early stopping) or separate (each modality,
	// or nested fusion, is a model of its own with its own optimizer and early stopping; only at
	// the root of the tree).
	Train string `yaml:"train" default:"joint" validate:"oneof=joint separate"`
	// Hidden are the widths of hidden layers in each modality's head.
	Hidden []int `yaml:"hidden" validate:"max=16,dive,min=1,max=32768"`
	// Dropout of each modality's vector before its head, in training.
	Dropout float64 `yaml:"dropout" default:"0.1" validate:"min=0,lt=1"`
}

// Decides is true: modalities decide by themselves.
func (ScoreAverageConfig) Decides() bool { return true }

// ScoreAverage is late fusion: every modality decides with a head of its own, and the probabilities
// of those present are averaged (numbers, for regression) or combined according to Pool. It is
// trained on the decisions of all heads, each in the rows that have its modality, so that every
// head learns to decide alone; it cannot learn interactions.
type ScoreAverage struct {
	heads        []*nn.MLP   // nil if the modality has scores
	prior        *nn.Param   // (Outputs): logarithms, or logits; nil for the linear pool
	temperatures []*nn.Param // (1) each, by modality; nil without calibration
	weights      *nn.Param   // (M) by name; nil if all are equal
	pool         string
	set          Setting
	order        []int
	dropout      float64
	path         string
}

// Fitted holds the parameters of an operator that training does not update, and that are fitted to
// its Scores on validation rows afterwards.
type Fitted struct {
	Names []string // of Scores
	// Temperatures (1) by which each of Scores is divided; nil if not requested.
	Temperatures []*nn.Param
	// Weights (M) of Scores; nil if not requested.
	Weights *nn.Param
	// Pool is linear, log or product. Prior (Outputs) is the divisor of the latter: logarithms, or
	// logits.
	Pool  string
	Prior []float32
}

// NewScoreAverage creates a ScoreAverage.
func NewScoreAverage(s *nn.Scope, set Setting, c ScoreAverageConfig) (*ScoreAverage, error) {
	if set.Outputs < 1 {
		return nil, fmt.Errorf("%s: score_average needs an output to predict", s.Path())
	}
	f := &ScoreAverage{pool: c.Pool, set: set, order: byName(set.Inputs), dropout: c.Dropout, path: s.Path()}
	if c.Pool != "" && c.Pool != "linear" {
		if set.Decision == Value {
			return nil, fmt.Errorf("%s: the pool %s combines probabilities, which a regression does not have; use linear", s.Path(), c.Pool)
		}
		f.prior = s.Buffer("prior", []int{set.Outputs}, logPrior(set))
	}
	if set.Decision == Value && (c.Calibrate || c.Weights == "fitted") {
		return nil, fmt.Errorf("%s: temperatures and weights are fitted to probabilities, which a regression does not have; omit calibrate and weights", s.Path())
	}
	if n := len(set.Inputs); c.Weights == "fitted" && n > 1 {
		f.weights = s.Buffer("weights", []int{n}, nn.Constant(1/float32(n)))
	}
	if c.Calibrate {
		f.temperatures = make([]*nn.Param, len(set.Inputs))
	}
	f.heads = make([]*nn.MLP, len(set.Inputs))
	for _, i := range f.order {
		in := set.Inputs[i]
		if c.Calibrate {
			f.temperatures[i] = s.In(in.Name).Buffer("temperature", []int{1}, nn.Constant(1))
		}
		if in.Scores {
			continue
		}
		widths := append(append([]int{in.Dim}, c.Hidden...), set.Outputs)
		f.heads[i] = nn.NewMLP(s.In(in.Name).In("head"), op.ReLU, c.Dropout, widths...)
	}
	return f, nil
}

// Shape is zero, since the result is scores.
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
		out.Scores = append(out.Scores, Score{Name: m.Name, Logits: l, Present: m.Present})
		if f.temperatures != nil {
			l = g.Apply(op.Temper{}, l, g.Param(f.temperatures[i]))
		}
		logits, present, names = append(logits, l), append(present, m.Present), append(names, m.Name)
	}
	out.Logits = f.join(g, logits, present)
	if f.weights == nil {
		out.Shares = equalShares(g, names, present)
	} else {
		out.Shares = columnShares(g, names, g.Apply(op.PresentShares{M: len(present)}, append(present, g.Param(f.weights))...))
	}
	return out
}

// join maps logits (B, Outputs) and presences (B, 1) to (B, Outputs).
func (f *ScoreAverage) join(g *nn.Graph, logits, present []*gorgonia.Node) *gorgonia.Node {
	m, in := len(logits), append(slices.Clone(logits), present...)
	spec := averageOf(m, f.set.Decision)
	if f.prior != nil {
		spec, in = op.ProductScores{M: m, Sigmoid: f.set.Decision == Sigmoid, Mean: f.pool == "log"}, append(in, g.Param(f.prior))
	}
	if f.weights != nil {
		in = append(in, g.Param(f.weights))
	}
	return g.Apply(spec, in...)
}

// Average maps several decisions (B, Outputs), each with its presence (B, 1), to the logits of the
// mean of their probabilities over those present, or to the mean of numbers.
func Average(g *nn.Graph, of Decision, logits, present []*gorgonia.Node) *gorgonia.Node {
	return g.Apply(averageOf(len(logits), of), slices.Concat(logits, present)...)
}

func averageOf(m int, d Decision) op.Spec {
	if d == Value {
		return op.PresentMean{M: m, Zero: true}
	}
	return op.AverageScores{M: m, Sigmoid: d == Sigmoid}
}

// Fitted returns the temperatures and weights, or nil if neither is requested.
func (f *ScoreAverage) Fitted() *Fitted {
	if f.temperatures == nil && f.weights == nil {
		return nil
	}
	fit := &Fitted{Weights: f.weights, Pool: f.pool}
	for _, i := range f.order {
		fit.Names = append(fit.Names, f.set.Inputs[i].Name)
		if f.temperatures != nil {
			fit.Temperatures = append(fit.Temperatures, f.temperatures[i])
		}
	}
	if f.prior != nil {
		fit.Prior = f.prior.Data
	}
	if fit.Pool == "" {
		fit.Pool = "linear"
	}
	return fit
}

// logPrior fills with the logarithm of the prior or, for binary decisions, its logit.
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
