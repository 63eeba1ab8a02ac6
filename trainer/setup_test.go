package trainer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/checkpoints/checkpointstest"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

// rows of the table: 18 to train, so that batches of 4 end with one of 2.
const rows = 30

// recipe is a run with everything on that has to survive an interruption:
// dropout, batch normalisation, augmentation, modality dropout, accumulation
// over a short last group, warm-up, weight averaging, early stopping.
type recipe struct {
	trainer.Config
	rate    float64
	disk    *checkpointstest.Disk
	images  data.Files // nil: the sample's
	encoder func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error)
	target  data.Target
	spoil   func(inputs []data.Input) // changes fitted inputs
	plain   bool                      // no dropout, augmentation or batch normalisation
	late    bool                      // scores are averaged, not features joined
	tree    bool                      // the scores of the facts and of the others, joined, are averaged
	balance model.Balance
	weights []float64               // of the labels
	rows    func(label int) float32 // weights of rows, by their labels; may be nil
	sharp   bool                    // no label smoothing
	size    float64                 // weight of a loss of the fusion's own; 0: none
	hooks   trainer.Hooks
	change  func(*trainer.Trainer)
}

func everything() recipe {
	return recipe{
		Config: trainer.Config{
			Epochs: 16, BatchSize: 4, Accumulate: 2, ClipNorm: 1, Average: 0.9, ModalityDropout: 0.3,
			Monitor: "validation.loss", EarlyStopping: &trainer.EarlyStopping{Patience: 7, MinDelta: 0.001},
		},
		rate: 0.05, disk: checkpointstest.NewDisk(),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a mistake in the test's own setting
	}
	return v
}

func (r recipe) unlessPlain(p float64) float64 {
	if r.plain {
		return 0
	}
	return p
}

// inputs are the sample's, the table's cells not cached, so that what reading
// does happens in every epoch.
func (r recipe) inputs() []data.Input {
	var source data.Files = sample.Source(sample.Images())
	if r.images != nil {
		source = r.images
	}
	picture := must(image.New(image.Options{
		Column: sample.Picture, Size: [2]int{4, 5}, Channels: 1, Fit: "stretch", Background: "#ffffff", Missing: "mask",
		Augment: imaging.Augment{Flip: r.unlessPlain(0.5), Crop: r.unlessPlain(0.2)},
	}))
	picture.ReadFrom(source)
	return []data.Input{
		{Name: "picture", Preprocessor: picture},
		{Name: "caption", Preprocessor: must(text.NewTokens(text.Common{
			Column: sample.Caption, MaxTokens: 4, Missing: "mask", TokenDropout: r.unlessPlain(0.2),
		}, tokenizer.Options{Model: "wordpiece", VocabSize: 64, MinFrequency: 2, Normalization: "nfkc"}))},
		{Name: "facts", Preprocessor: must(tabular.New(tabular.Options{
			Numeric: []string{sample.Width, sample.Height}, Categorical: []string{sample.Maker}, Missing: "mask", Transform: "none", MinCount: 1,
		}))},
	}
}

func (r recipe) encoderOf(name string) func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
	return func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
		switch name {
		case "picture":
			return encoders.NewCNN(s, in, encoders.CNNConfig{Channels: []int{2}, Blocks: 1, Kernel: 3, Norm: map[bool]string{false: "batch", true: "none"}[r.plain], Activation: "relu", Pool: "max", Dropout: r.unlessPlain(0.1)})
		case "caption":
			return encoders.NewTransformer(s, in, encoders.TransformerConfig{Dim: 2, Layers: 1, Heads: 1, Hidden: 2, Dropout: r.unlessPlain(0.2), Positions: "learned"})
		}
		if r.encoder != nil {
			return r.encoder(s, in)
		}
		return encoders.NewMLP(s, in, encoders.MLPConfig{Hidden: []int{4}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}, Activation: "relu", Dropout: r.unlessPlain(0.1), Tokens: "pooled"})
	}
}

// trainer makes a run from nothing, as a new process would.
func (r recipe) trainer(t testing.TB) *trainer.Trainer {
	t.Helper()
	table, ctx := sample.Table(rows), context.Background()
	splits := must(data.SplitConfig{Column: sample.Split}.Split(table, 1))
	inputs, target := r.inputs(), r.target
	if target == nil {
		target = must(data.NewTarget(data.TargetConfig{Type: data.Multiclass, Column: sample.Kind}))
	}
	if err := data.Fit(ctx, table, splits, inputs, target, nil); err != nil {
		t.Fatal(err)
	}
	if r.spoil != nil {
		r.spoil(inputs)
	}
	c := model.Config{Seed: 3, Head: must(head.For(target)), Balance: r.balance}
	switch h := c.Head.(type) {
	case head.Binary:
		h.ClassWeights = r.weights
		c.Head = h
	case head.Multiclass:
		if h.ClassWeights = r.weights; !r.sharp {
			h.LabelSmoothing = 0.05
		}
		c.Head = h
	case head.Multilabel:
		h.ClassWeights = r.weights
		c.Head = h
	}
	n := &fusion.Node{Type: "concat", New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
		return fusion.NewConcat(s, set, fusion.ConcatConfig{Dim: 3, Hidden: []int{4}, Dropout: r.unlessPlain(0.2)})
	}}
	if r.size > 0 {
		plain := n.New
		n.New = func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
			f, err := plain(s, set)
			return sized{f, r.size}, err
		}
	}
	if r.late {
		n.New = func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
			return fusion.NewScoreAverage(s, set, fusion.ScoreAverageConfig{})
		}
	}
	for _, in := range inputs {
		c.Inputs = append(c.Inputs, model.Input{Name: in.Name, Features: in.Features(), Encoder: r.encoderOf(in.Name)})
		n.Of = append(n.Of, fusion.Branch{Input: in.Name})
	}
	if r.tree {
		n = &fusion.Node{
			Type: "score_average", Of: []fusion.Branch{{Node: &fusion.Node{Type: "concat", New: n.New, Of: n.Of[:2]}}, n.Of[2]},
			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
				return fusion.NewScoreAverage(s, set, fusion.ScoreAverageConfig{})
			},
		}
	}
	c.Fusion = n
	m := must(model.New(c))
	config := optim.DefaultAdamW()
	config.LearningRate = r.rate
	tr := &trainer.Trainer{
		Model: m, Splits: splits, Config: r.Config, Seed: 5, Hooks: r.hooks,
		Data:      must(data.NewDataset(table, inputs, target, data.DatasetOptions{CacheBytes: -1, Weights: r.rowWeights(table, splits, target)})),
		Optimizer: must(optim.NewAdamW(len(m.Weights()), []optim.Group{{Lo: 0, Hi: len(m.Weights()), Decay: true}}, config)),
		Schedule: func(base float64, steps int) (*optim.Schedule, error) {
			return optim.NewCosine(base, steps, optim.CosineConfig{Warmup: 5})
		},
		Store:    &checkpoints.Store{Dir: "run", FS: r.disk},
		Identity: map[string]string{"data": "d1", "seed": "5", "training.epochs": "16"},
	}
	if r.change != nil {
		r.change(tr)
	}
	return tr
}

// sized is a fusion with a loss of its own, the sum of the squares of its features.
type sized struct {
	fusion.Fusion
	weight float64
}

func (s sized) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	f := s.Fusion.Fuse(g, ms)
	size := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(f.Pooled))))
	f.Losses = append(f.Losses, fusion.Loss{Name: "size", Node: size, Weight: s.weight})
	return f
}

// rowWeights gives the training rows weights by their labels.
func (r recipe) rowWeights(table *data.Table, s *data.Splits, target data.Target) data.RowWeights {
	if r.rows == nil {
		return nil
	}
	w := make(data.RowWeights, table.Len())
	for _, row := range s.Train {
		slot := data.Slot{Int: make([]int, 1)}
		if err := target.Write(table, row, slot, nil); err != nil {
			panic(err)
		}
		w[row] = r.rows(slot.Int[0])
	}
	return w
}

// outcome is what a run ends with, without what depends on the clock.
type outcome struct {
	Weights []float32 // the model's, of the best epoch
	Buffers []float32
	Last    []float32 // of the last checkpoint
	History []trainer.Epoch
	Best    int
	Stopped bool
}

// finish runs to the end.
func finish(t testing.TB, tr *trainer.Trainer, resume bool) outcome {
	t.Helper()
	r, err := tr.Run(context.Background(), resume)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{Weights: slices.Clone(tr.Model.Weights()), Best: r.BestEpoch, Stopped: r.Stopped, History: slices.Clone(r.History)}
	for i := range o.History {
		o.History[i].Seconds, o.History[i].SamplesPerSecond = 0, 0
	}
	for _, p := range tr.Model.Params() {
		if !p.Trainable {
			o.Buffers = append(o.Buffers, p.Data...)
		}
	}
	if tr.Store == nil {
		return o
	}
	c, err := tr.Store.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{trainer.ModelFile, "optimizer.safetensors"} {
		tensors, _, err := c.Tensors(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range tensors {
			o.Last = append(o.Last, x.F32...)
		}
	}
	return o
}

// difference says in what two outcomes differ; empty if in nothing.
func difference(a, b outcome) string {
	switch {
	case !slices.Equal(a.Weights, b.Weights):
		return "weights"
	case !slices.Equal(a.Buffers, b.Buffers):
		return "running statistics"
	case !slices.Equal(a.Last, b.Last):
		return "weights and moments of the last checkpoint"
	case a.Best != b.Best || a.Stopped != b.Stopped:
		return "best epoch, or early stop"
	}
	x, errX := json.Marshal(a.History)
	y, errY := json.Marshal(b.History)
	if errX != nil || errY != nil || string(x) != string(y) {
		return "figures: " + string(x) + " and " + string(y)
	}
	return ""
}

// interrupt runs until step has been made, and is then interrupted.
func (r recipe) interrupt(t testing.TB, step int, resume bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r.hooks.Step = func(s trainer.Step) {
		if s.Step >= step {
			cancel()
		}
	}
	if _, err := r.trainer(t).Run(ctx, resume); !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatalf("interrupted after step %d: %v", step, err)
	}
}

// bigger is an encoder of facts with more parameters.
func bigger(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
	return encoders.NewMLP(s, in, encoders.MLPConfig{Hidden: []int{5}, ColumnsConfig: encoders.ColumnsConfig{Embedding: 2}, Activation: "relu", Tokens: "pooled"})
}
