package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/nn/nntest"
	"github.com/chiasm-ml/chiasm/rng"
)

// Three inputs, one of each type, as small as they go.
var (
	picture = model.Input{
		Name: "picture", Features: []data.Feature{{Name: "pixels", Shape: []int{1, 4, 4}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewCNN(s, in, encoders.CNNConfig{
				Channels: []int{2}, Blocks: 1, Kernel: 3, Norm: "batch", Activation: "gelu", Pool: "average", Positions: "learned", Dropout: 0.1,
			})
		},
	}
	caption = model.Input{
		Name:     "caption",
		Features: []data.Feature{{Name: "ids", Shape: []int{3}, Int: true, Sizes: []int{5}}, {Name: "mask", Role: data.Mask, Shape: []int{3}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewTransformer(s, in, encoders.TransformerConfig{Dim: 2, Layers: 1, Heads: 1, Hidden: 2, Positions: "learned", Dropout: 0.1})
		},
	}
	facts = model.Input{
		Name: "facts", Features: []data.Feature{{Name: "numeric", Shape: []int{2}}, {Name: "categories", Shape: []int{1}, Int: true, Sizes: []int{3}}},
		Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
			return encoders.NewMLP(s, in, encoders.MLPConfig{Hidden: []int{3}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}, Activation: "tanh", Tokens: "auto", Dropout: 0.1})
		},
	}
)

// ensemble is facts, encoded by the members of an ensemble.
var ensemble = model.Input{
	Name: "facts", Features: facts.Features,
	Encoder: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
		return encoders.NewTabM(s, in, encoders.TabMConfig{Members: 3, Hidden: []int{3}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}})
	},
}

func of(names ...string) []fusion.Branch {
	var bs []fusion.Branch
	for _, n := range names {
		bs = append(bs, fusion.Branch{Input: n})
	}
	return bs
}

func concat(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "concat", Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 2, Hidden: []int{3}})
	}}
}

func members(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "concat", Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 2, Hidden: []int{3}, Members: 3})
	}}
}

func scoreAverage(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "score_average", Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewScoreAverage(s, set, fusion.ScoreAverageConfig{})
	}}
}

func mixture(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "mixture", Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewMixture(s, set, fusion.MixtureConfig{Dim: 3, Gate: 3})
	}}
}

func crossAttention(of ...fusion.Branch) *fusion.Node {
	return &fusion.Node{Type: "cross_attention", Attends: true, Of: of, New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewCrossAttention(s, set, fusion.CrossAttentionConfig{Dim: 2, Heads: 1, Layers: 1, Hidden: 2})
	}}
}

func film(condition, target string) fusion.Branch {
	return fusion.Branch{Node: &fusion.Node{Type: "film", Passes: target, Of: of(condition, target), New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewFiLM(s, set, fusion.FiLMConfig{Condition: condition, Target: target})
	}}}
}

var multiclass = head.Multiclass{Labels: 3}

// configs are models of every fusion, and trees of them.
func configs(o head.Head) map[string]model.Config {
	three := []model.Input{picture, caption, facts}
	all := of("picture", "caption", "facts")
	return map[string]model.Config{
		"picture":         {Inputs: []model.Input{picture}, Head: o},
		"caption":         {Inputs: []model.Input{caption}, Head: o},
		"facts":           {Inputs: []model.Input{facts}, Head: o},
		"ensemble":        {Inputs: []model.Input{ensemble}, Head: o},
		"members":         {Inputs: three, Fusion: members(all...), Head: o},
		"concat":          {Inputs: three, Fusion: concat(all...), Head: o},
		"score_average":   {Inputs: three, Fusion: scoreAverage(all...), Head: o},
		"mixture":         {Inputs: three, Fusion: mixture(all...), Head: o},
		"cross_attention": {Inputs: three, Fusion: crossAttention(all...), Head: o},
		"late over cross": {Inputs: three, Head: o, Fusion: scoreAverage(
			fusion.Branch{Node: crossAttention(of("picture", "caption")...)}, fusion.Branch{Input: "facts"})},
		"film in a cnn":   {Inputs: three, Head: o, Fusion: concat(film("caption", "picture"), fusion.Branch{Input: "facts"})},
		"film of tokens":  {Inputs: three, Head: o, Fusion: concat(film("picture", "caption"), fusion.Branch{Input: "facts"})},
		"cross over film": {Inputs: three, Head: o, Fusion: crossAttention(film("facts", "picture"), fusion.Branch{Input: "caption"})},
		"early over late": {Inputs: three, Head: o, Fusion: concat(
			fusion.Branch{Input: "facts"}, fusion.Branch{Node: concat(of("caption", "picture")...)})},
	}
}

func newModel(t testing.TB, c model.Config) *model.Model {
	t.Helper()
	m, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() { // film starts at zero, and would hide what it does
		if strings.Contains(p.Name, ".modulation") {
			for i := range p.Data {
				p.Data[i] = float32(0.5 * rng.New(5).Name(p.Name).Normal(i))
			}
		}
	}
	return m
}

// batch draws rows for a model's inputs. Row i lacks input m where missing says
// so; what it holds there is zeros.
func batch(c model.Config, rows []int, missing func(row, input int) bool) *data.Batch {
	b := &data.Batch{Rows: rows}
	for k, in := range c.Inputs {
		present := make([]float32, len(rows))
		for i, r := range rows {
			if !missing(r, k) {
				present[i] = 1
			}
		}
		b.Present = append(b.Present, present)
		var slots []data.Slot
		for _, f := range in.Features {
			s := data.Slot{}
			for i, r := range rows {
				draw(&s, f, rng.New(3).Int(r).Name(in.Name).Name(f.Name), r, present[i])
			}
			slots = append(slots, s)
		}
		b.Inputs = append(b.Inputs, slots)
	}
	for _, r := range rows {
		b.Weight = append(b.Weight, 1)
		key := rng.New(4).Int(r)
		switch o := c.Head.(type) {
		case head.Multiclass:
			b.Target.Int = append(b.Target.Int, key.IntN(0, o.Labels))
		case head.Regression:
			b.Target.F32 = append(b.Target.F32, float32(key.Normal(0)))
		default:
			for j := range o.Size() {
				b.Target.F32 = append(b.Target.F32, float32(key.IntN(j, 2)))
			}
		}
	}
	return b
}

func draw(s *data.Slot, f data.Feature, key rng.Key, row int, present float32) {
	for j := range f.Len() {
		switch {
		case f.Int && present == 0:
			s.Int = append(s.Int, 0)
		case f.Int: // 0 is padding, which has no gradient
			s.Int = append(s.Int, 1+key.IntN(j, f.Sizes[0]-1))
		case f.Name == "mask" && j > row%3:
			s.F32 = append(s.F32, 0)
		case f.Name == "mask":
			s.F32 = append(s.F32, present)
		default:
			s.F32 = append(s.F32, present*float32(key.Normal(j)))
		}
	}
}

func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// some rows lack some inputs, and one lacks all.
func some(row, input int) bool { return row == 5 || row%4 == input }

func nothing(int, int) bool { return false }

// predict runs a batch in evaluation.
func predict(t testing.TB, m *model.Model, b *data.Batch) []float32 {
	t.Helper()
	p, err := m.Program(nn.Eval, b.Size(), false)
	if err != nil {
		t.Fatal(err)
	}
	m.Fill(p, b)
	nntest.Run(t, p, 0)
	return slices.Clone(p.Output("predictions"))
}

// Every parameter that a model lists is used by its programs, and the other
// way round; every one has a gradient.
func TestParameters(t *testing.T) {
	for name, c := range configs(multiclass) {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, c)
			b := batch(c, upTo(10), func(row, input int) bool { return row > 2 && some(row, input) })
			seen := map[string]bool{}
			for _, p := range m.Params() {
				seen[p.Name] = true
			}
			for _, mode := range []nn.Mode{nn.Train, nn.Eval} {
				p, err := m.Program(mode, b.Size(), true)
				if err != nil {
					t.Fatal(err)
				}
				bound := map[string]bool{}
				for _, q := range p.Params() {
					bound[q.Name] = true
					if !seen[q.Name] {
						t.Errorf("%s: %s is used and not listed", mode, q.Name)
					}
				}
				for _, q := range m.Params() {
					if !bound[q.Name] && (q.Trainable || mode == nn.Eval) {
						t.Errorf("%s: %s is listed and not used", mode, q.Name)
					}
				}
			}
			p, _ := m.Program(nn.Train, b.Size(), true)
			m.Fill(p, b)
			nntest.Run(t, p, 1)
			for _, q := range m.Params() {
				if q.Trainable && !strings.HasSuffix(q.Name, ".key.bias") && !slices.ContainsFunc(p.Gradients()[q.Offset():q.Offset()+q.Size()], func(v float32) bool { return v != 0 }) {
					t.Errorf("%s has no gradient", q.Name)
				}
			}
		})
	}
}

// The gradient of every loss, through whole models with inputs missing.
func TestLossGradients(t *testing.T) {
	for name, o := range map[string]head.Head{
		"multiclass": head.Multiclass{Labels: 3, ClassWeights: []float64{1, 0.5, 3}, LabelSmoothing: 0.1},
		"binary":     head.Binary{ClassWeights: []float64{0.5, 2}},
		"multilabel": head.Multilabel{Labels: 2, ClassWeights: []float64{2, 0.5}, AbsentWeights: []float64{1, 3}},
		"mse":        head.Regression{},
		"huber":      head.Regression{Error: "huber"},
		"l1":         head.Regression{Error: "l1"},
	} {
		for _, kind := range []string{"facts", "concat", "score_average", "mixture", "late over cross"} {
			t.Run(name+", "+kind, func(t *testing.T) {
				c := configs(o)[kind]
				m := newModel(t, c)
				b := batch(c, upTo(6), some)
				b.Weight[4] = 0.5
				n := gradientCase(t, m, c, b)
				if testing.Short() { // for the race detector
					n.Most = 2
				}
				nntest.CheckGradients(t, n)
			})
		}
	}
}

func gradientCase(t testing.TB, m *model.Model, c model.Config, b *data.Batch) nntest.Case {
	p, err := m.Program(nn.Train, b.Size(), true)
	if err != nil {
		t.Fatal(err)
	}
	m.Fill(p, b)
	n := nntest.Case{
		Build: func(g *nn.Graph) []*gorgonia.Node {
			return []*gorgonia.Node{m.Loss(g, m.Forward(g, b.Size()))}
		},
		Floats: map[string][]float64{}, Ints: map[string][]int{}, Skip: []string{"target", "weight"},
	}
	for _, in := range c.Inputs {
		n.Skip = append(n.Skip, in.Name+".present", in.Name+".mask")
	}
	for _, name := range p.InputNames() {
		if strings.HasPrefix(name, "term.") {
			n.Skip = append(n.Skip, name)
		}
		if p.IsInt(name) {
			n.Ints[name] = p.Int(name)
			continue
		}
		for _, v := range p.Float(name) {
			n.Floats[name] = append(n.Floats[name], float64(v))
		}
	}
	return n
}

// A row's prediction depends on nothing but the row: N7.
func TestRowsAreIndependent(t *testing.T) {
	for name, c := range configs(multiclass) {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, c)
			const n = 6
			whole := predict(t, m, batch(c, upTo(n), some))
			nntest.Finite(t, "predictions", whole)
			row := func(x []float32, i int) []float32 { return x[i*3 : (i+1)*3] }
			for i := range n {
				nntest.Equal(t, "a row alone and in a batch", predict(t, m, batch(c, []int{i}, some)), row(whole, i))
			}
			order := []int{4, 2, 0, 5, 3, 1}
			for i, x := range predict(t, m, batch(c, order, some)) {
				nntest.Equal(t, "a row in another order", []float32{x}, row(whole, order[i/3])[i%3:i%3+1])
			}
			again := predict(t, m, batch(c, upTo(n), some))
			if !slices.Equal(again, whole) {
				t.Errorf("a second evaluation gives %v, the first %v", again, whole)
			}
		})
	}
}

// What the memory of an absent input holds changes nothing: not predictions,
// not the loss, not gradients, and not if it is no number.
func TestAbsentInputsAreNotRead(t *testing.T) {
	for name, c := range configs(multiclass) {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, c)
			run := func(hole float32) (predictions, grads []float32) {
				b := batch(c, upTo(6), some)
				for k, in := range c.Inputs {
					for j, f := range in.Features {
						for i := range b.Inputs[k][j].F32 {
							if b.Present[k][i/f.Len()] == 0 {
								b.Inputs[k][j].F32[i] = hole
							}
						}
						for i := range b.Inputs[k][j].Int {
							if b.Present[k][i/f.Len()] == 0 {
								b.Inputs[k][j].Int[i] = 1
							}
						}
					}
				}
				p, err := m.Program(nn.Train, 6, true)
				if err != nil {
					t.Fatal(err)
				}
				m.Fill(p, b)
				nntest.Run(t, p, 1)
				return predict(t, m, b), append(slices.Clone(p.Gradients()), float32(p.Loss()))
			}
			predictions, grads := run(0)
			nntest.Finite(t, "gradient", grads)
			for _, hole := range []float32{1, 1e30, float32(math.NaN())} {
				p, g := run(hole)
				nntest.Equal(t, "predictions", p, predictions)
				nntest.Equal(t, "gradient and loss", g, grads)
			}
		})
	}
}

// reversed names what each fusion of a tree joins the other way round.
func reversed(n *fusion.Node) *fusion.Node {
	r := *n
	r.Of = slices.Clone(n.Of)
	slices.Reverse(r.Of)
	for i, b := range r.Of {
		if b.Node != nil {
			r.Of[i].Node = reversed(b.Node)
		}
	}
	return &r
}

// The order of inputs, and of those that a fusion names, changes nothing.
func TestOrderOfInputs(t *testing.T) {
	for _, kind := range []string{"concat", "score_average", "cross_attention", "film in a cnn", "film of tokens", "cross over film"} {
		c := configs(multiclass)[kind]
		m := newModel(t, c)
		want := predict(t, m, batch(c, upTo(6), some))
		c.Inputs = []model.Input{facts, picture, caption}
		c.Fusion = reversed(c.Fusion)
		other := newModel(t, c)
		if len(other.Params()) != len(m.Params()) {
			t.Errorf("%s: %d parameters in another order, %d in the first", kind, len(other.Params()), len(m.Params()))
		}
		missing := func(row, input int) bool { return some(row, []int{2, 0, 1}[input]) }
		nntest.Equal(t, kind, predict(t, other, batch(c, upTo(6), missing)), want)
	}
}

// A row of weight 0, as padding has, counts neither in the loss nor in its
// gradient.
func TestRowsOfNoWeight(t *testing.T) {
	for name, c := range configs(multiclass) {
		if slices.ContainsFunc(c.Inputs, func(in model.Input) bool { return in.Name == "picture" }) {
			continue // batch normalisation weighs rows by presence
		}
		m := newModel(t, c)
		run := func(rows []int, weights ...float32) (float64, []float32) {
			b := batch(c, rows, nothing)
			b.Weight = weights
			p, err := nn.Build(nn.Options{Mode: nn.Train, Seed: 1}, func(g *nn.Graph) { g.Loss(m.Loss(g, m.Forward(g, len(rows)))) })
			if err != nil {
				t.Fatal(err)
			}
			m.Fill(p, b)
			nntest.Run(t, p, 1)
			return p.Loss(), slices.Clone(p.Gradients())
		}
		loss, grads := run([]int{0, 1, 2, 3}, 1, 1, 1, 0)
		other, otherGrads := run([]int{0, 1, 2, 7}, 1, 1, 1, 0)
		if loss != other || !slices.Equal(grads, otherGrads) {
			t.Errorf("%s: a row of weight 0 changes the loss from %v to %v, or its gradient", name, loss, other)
		}
	}
}

// New modulation changes nothing, nor does a condition that is absent; without
// the target there is nothing to change.
func TestFilmStartsAsTheIdentity(t *testing.T) {
	two := []model.Input{picture, caption}
	c := model.Config{Inputs: two, Head: multiclass, Fusion: film("caption", "picture").Node}
	fresh, err := model.New(c)
	if err != nil {
		t.Fatal(err)
	}
	run := func(m *model.Model, lack int) []float32 {
		return predict(t, m, batch(c, upTo(3), func(_, input int) bool { return input == lack }))
	}
	alone := run(fresh, 1)
	nntest.Equal(t, "the first predictions", run(fresh, -1), alone)
	moved := newModel(t, c)
	nntest.Equal(t, "predictions without the condition", run(moved, 1), alone)
	if slices.Equal(run(moved, -1), alone) {
		t.Error("the condition changes nothing")
	}
	nothing := run(moved, 0)
	if !slices.Equal(nothing[:3], nothing[3:6]) {
		t.Errorf("rows without the target are told apart: %v", nothing)
	}
}

// Evaluation reports the plain loss, whatever training descends.
func TestEvaluationLossIsPlain(t *testing.T) {
	plain := configs(multiclass)["facts"]
	special := plain
	special.Head = head.Multiclass{Labels: 3, ClassWeights: []float64{1, 5, 2}, LabelSmoothing: 0.2}
	var losses [2][2]float64
	for i, c := range []model.Config{plain, special} {
		m := newModel(t, c)
		for j, mode := range []nn.Mode{nn.Eval, nn.Train} {
			p, err := m.Program(mode, 4, true)
			if err != nil {
				t.Fatal(err)
			}
			m.Fill(p, batch(c, upTo(4), nothing))
			nntest.Run(t, p, 1)
			losses[j][i] = p.Loss()
		}
	}
	if losses[0][0] != losses[0][1] || losses[1][0] == losses[1][1] {
		t.Errorf("losses in evaluation %v, which should agree, and in training %v, which should not", losses[0], losses[1])
	}
}

// Programs are built once for a mode and batch size.
func TestProgramsAreKept(t *testing.T) {
	m := newModel(t, configs(multiclass)["facts"])
	get := func(mode nn.Mode, b int, target bool) *nn.Program {
		p, err := m.Program(mode, b, target)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if first, second := get(nn.Train, 3, true), get(nn.Train, 3, true); first != second {
		t.Error("the same program is built twice")
	}
	if get(nn.Eval, 3, true) == get(nn.Eval, 3, false) || get(nn.Eval, 3, true) == get(nn.Eval, 2, true) {
		t.Error("one program stands for two")
	}
	if get(nn.Eval, 3, false).HasInput("target") || !get(nn.Eval, 3, true).HasInput("target") {
		t.Error("a program has a target where it needs none, or has none where it needs one")
	}
}

func TestImpossibleModels(t *testing.T) {
	twice := configs(multiclass)["concat"]
	twice.Fusion = concat(of("picture", "caption", "facts", "facts")...)
	unused := configs(multiclass)["concat"]
	unused.Fusion = concat(of("picture", "caption")...)
	unknown := configs(multiclass)["concat"]
	unknown.Fusion = concat(of("picture", "caption", "facts", "sound")...)
	scores := configs(multiclass)["concat"]
	scores.Fusion = concat(fusion.Branch{Input: "facts"}, fusion.Branch{Node: scoreAverage(of("caption", "picture")...)})
	for name, c := range map[string]struct {
		config model.Config
		want   string
	}{
		"no input":          {model.Config{Head: multiclass}, "a model needs an input"},
		"no fusion":         {model.Config{Inputs: []model.Input{picture, facts}, Head: multiclass}, "2 inputs need a fusion"},
		"used twice":        {twice, `"facts" is used 2 times`},
		"unused":            {unused, `"facts" is not used`},
		"unknown":           {unknown, `no input "sound"`},
		"features wanted":   {scores, "concat combines features"},
		"one key":           {model.Config{Inputs: []model.Input{caption, onePixel()}, Head: multiclass, Fusion: crossAttention(of("caption", "pixel")...)}, "one token"},
		"another encoder":   {model.Config{Inputs: []model.Input{{Name: "x", Features: facts.Features, Encoder: picture.Encoder}}, Head: multiclass}, "needs an image input"},
		"cross with itself": {model.Config{Inputs: []model.Input{caption}, Head: multiclass, Fusion: crossAttention(of("caption")...)}, "two or more"},
	} {
		_, err := model.New(c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// onePixel is a picture too small to have more than one token.
func onePixel() model.Input {
	in := picture
	in.Name, in.Features = "pixel", []data.Feature{{Name: "pixels", Shape: []int{1, 1, 1}}}
	return in
}

// What modalities counted is an output of evaluation, under their names.
func TestShares(t *testing.T) {
	c := configs(multiclass)["late over cross"]
	m := newModel(t, c)
	names, err := m.Shares()
	if err != nil || !slices.Equal(names, []string{"caption+picture", "facts"}) {
		t.Errorf("there are shares of %v (%v)", names, err)
	}
	p, err := m.Program(nn.Eval, 2, false)
	if err != nil {
		t.Fatal(err)
	}
	m.Fill(p, batch(c, []int{0, 1}, func(row, input int) bool { return row == 1 && input != 2 }))
	nntest.Run(t, p, 0)
	if got, want := p.Output("shares"), []float32{0.5, 0.5, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("shares %v, want %v", got, want)
	}
	m = newModel(t, configs(multiclass)["concat"])
	if names, err := m.Shares(); err != nil || len(names) > 0 {
		t.Errorf("concatenation tells shares of %v (%v)", names, err)
	}
}

// A mixture is trained on what it mixes and on the mixture: its loss is that of
// the same decisions averaged, and that of the joint one beside it.
func TestMixtureIsTrainedToo(t *testing.T) {
	c := configs(multiclass)["mixture"]
	m := newModel(t, c)
	losses := func(change func(*fusion.Fused)) float64 {
		p := nntest.Build(t, nn.Options{Mode: nn.Train}, func(g *nn.Graph) {
			f := m.Forward(g, 4)
			change(&f)
			g.Loss(m.Loss(g, f))
		})
		m.Fill(p, batch(c, upTo(4), some))
		nntest.Run(t, p, 1)
		return p.Loss()
	}
	both := losses(func(*fusion.Fused) {})
	heads := losses(func(f *fusion.Fused) { f.Joint = false })
	joint := losses(func(f *fusion.Fused) { f.Scores = nil })
	if d := both - heads - joint; math.Abs(d) > 1e-5 || heads == 0 || joint == 0 {
		t.Errorf("the loss is %v; of the heads %v, of the mixture %v", both, heads, joint)
	}
}
