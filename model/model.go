// Package model joins encoders, a fusion tree and an output into a network,
// and builds the programs that train and run it.
//
// It knows no files and no optimizer: rows come in as batches of package data,
// numbers go out.
package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/nn"
)

// Input is one modality of a model to be made.
type Input struct {
	Name     string
	Features []data.Feature // what its preprocessor writes
	// Encoder makes its encoder.
	Encoder func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error)
}

// Config is a model to be made.
type Config struct {
	Seed   uint64
	Inputs []Input
	// Fusion joins the inputs; nil for a single one.
	Fusion *fusion.Node
	// Members make an ensemble instead: networks of their own over some of the inputs,
	// whose predictions are averaged. The inputs then need no encoders, and no Fusion.
	Members []Member
	// Head is what it decides: a head.Binary, Multiclass, Multilabel, Regression, or one
	// of your own.
	Head head.Head
	// Balance trains each input to decide alone as well; the zero Balance does not. An
	// ensemble has none: its members are balanced where they are trained.
	Balance Balance
	// Most is how many numbers its parameters and buffers may have, of a model that
	// a file fills in, so that they begin as zeros; more is an *nn.LimitError. 0 is
	// a new model, of at most 2³¹.
	Most int
	// Memory bounds the bytes that each of its programs may take beside the
	// parameters: more is an *nn.MemoryError before any is taken. 0 is three quarters
	// of what the machine has.
	Memory int64
}

// Model is a network, or an ensemble of some: its parameters, and the programs that
// were built over them. Programs are built when first needed and kept by mode and
// batch size.
type Model struct {
	seed     uint64
	scope    *nn.Scope
	inputs   []Input
	networks []*Network
	votes    *nn.Param // (networks): of an ensemble; nil otherwise
	head     head.Head
	balance  Balance
	// temperature (1) divides the logits; nil without calibration.
	temperature *nn.Param
	memory      int64

	mu       sync.Mutex
	frozen   []string
	programs map[programKey]*nn.Program
	prices   map[int]nn.Stats // by batch size
	shares   []string         // columns of the output "shares", once a program has it
	losses   []string         // of operators, once a program for training was built
	built    bool             // such a program
}

type programKey struct {
	mode    nn.Mode
	target  bool
	batch   int
	encoded string // names of inputs whose encodings are given, with a NUL between them
}

func (k programKey) given() []string {
	if k.encoded == "" {
		return nil
	}
	return strings.Split(k.encoded, "\x00")
}

// New makes a model with initial values drawn from the seed.
func New(c Config) (*Model, error) {
	m := &Model{memory: c.Memory, seed: c.Seed, scope: nn.NewScope(c.Seed), inputs: c.Inputs, head: c.Head, programs: map[programKey]*nn.Program{}}
	if len(c.Inputs) == 0 {
		return nil, errors.New("a model needs an input")
	}
	if c.Fusion == nil && len(c.Inputs) > 1 && len(c.Members) == 0 {
		return nil, fmt.Errorf("%d inputs need a fusion", len(c.Inputs))
	}
	if c.Head == nil {
		return nil, errors.New("a model needs a head, such as a head.Binary{}")
	}
	if err := c.Head.Check(); err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	if m.memory <= 0 {
		m.memory = memory.Model()
	}
	if c.Most > 0 {
		m.scope.Limit(c.Most)
		m.scope.Blank()
	}
	if err := nn.Limited(func() error { return m.construct(c) }); err != nil {
		return nil, err
	}
	m.scope.Pack()
	return m, nil
}

// construct makes the modules.
func (m *Model) construct(c Config) error {
	if len(c.Members) > 0 {
		if err := m.constructMembers(c); err != nil {
			return err
		}
	} else {
		n, err := m.newNetwork(m.scope, Member{Inputs: c.Inputs, Fusion: c.Fusion})
		if err != nil {
			return err
		}
		m.networks = []*Network{n}
	}
	m.temperature = newTemperature(m.scope.In("output"), c.Head)
	return m.newAlone(c.Balance)
}

// Params lists all parameters and buffers.
func (m *Model) Params() []*nn.Param {
	if !m.made() {
		return nil
	}
	return m.scope.Params()
}

// made reports whether New made the model.
func (m *Model) made() bool { return m != nil && m.scope != nil }

var errMissing = errors.New("model: a Model is missing: New makes one")

// Weights is the flat vector of all trainable parameters.
func (m *Model) Weights() []float32 {
	if !m.made() {
		return nil
	}
	return m.scope.Pack()
}

// Head is what the model decides; nil of a model that New did not make.
func (m *Model) Head() head.Head {
	if m == nil {
		return nil
	}
	return m.head
}

// Size is the number of scores of a row.
func (m *Model) Size() int {
	if !m.made() {
		return 0
	}
	return m.head.Size()
}

// SetThresholds changes from which probability on labels are predicted, of a model of
// one output. No program changes by it. No other goroutine may use the model at the
// same time.
func (m *Model) SetThresholds(t data.Thresholds) error { return m.SetThresholdsOf("", t) }

// SetThresholdsOf is SetThresholds of one of several outputs.
func (m *Model) SetThresholdsOf(output string, t data.Thresholds) error {
	if !m.made() {
		return errMissing
	}
	h, err := head.WithThresholds(m.head, output, t)
	if err == nil {
		m.head = h
	}
	return err
}

// InputNames lists the inputs.
func (m *Model) InputNames() []string {
	var names []string
	if m == nil {
		return nil
	}
	for _, in := range m.inputs {
		names = append(names, in.Name)
	}
	return names
}

// Networks are the networks that the model consists of: one, or the members of an
// ensemble.
func (m *Model) Networks() []*Network { return m.networks }

// Ensemble says whether the model averages the predictions of several networks.
func (m *Model) Ensemble() bool { return m != nil && m.votes != nil }

// Tree is the fusion tree; nil for a single input, and for an ensemble, of which each
// of Networks has its own.
func (m *Model) Tree() *fusion.Tree {
	if len(m.networks) != 1 {
		return nil
	}
	return m.networks[0].tree
}

// Encoders are the encoders, in the order of the inputs; nil for an ensemble, of which
// each of Networks has its own.
func (m *Model) Encoders() []encoders.Encoder {
	if m.Ensemble() || len(m.networks) == 0 {
		return nil
	}
	return m.networks[0].encoders
}

// Forward adds the whole network to a graph, for batches of b rows: its
// inputs, which Fill fills, and the scores (B, Outputs), perhaps with the
// decisions that they average.
func (m *Model) Forward(g *nn.Graph, b int) fusion.Fused { return m.Trace(g, b, nil) }

// Trace is Forward that also tells, if told is not nil, what each input was
// encoded to.
func (m *Model) Trace(g *nn.Graph, b int, told func(input string, e encoders.Encoding)) fusion.Fused {
	return m.forward(g, b, nil, told)
}

// forward is Trace with the encodings of some inputs given.
func (m *Model) forward(g *nn.Graph, b int, encoded []string, told func(string, encoders.Encoding)) fusion.Fused {
	if !m.made() {
		g.Fail("%w", errMissing)
	}
	var f fusion.Fused
	if m.Ensemble() {
		f = m.average(g, b, told)
	} else {
		f, _ = m.networks[0].forward(g, b, func(i int) encoders.Given { return m.given(g, i, b) }, encoded, told)
	}
	f.Logits = temper(g, f.Logits, m.temperature)
	return f
}

// given declares the features of input i.
func (m *Model) given(g *nn.Graph, i, b int) encoders.Given {
	in := m.inputs[i]
	given := encoders.Given{Present: g.Constant(in.Name+".present", b, 1)}
	for _, f := range in.Features {
		given.Features = append(given.Features, declare(g, in.Name, f, b))
	}
	return given
}

// declare makes the input of one feature. Masks have no gradient.
func declare(g *nn.Graph, input string, f data.Feature, b int) *gorgonia.Node {
	name, shape := input+"."+f.Name, append([]int{b}, f.Shape...)
	switch {
	case f.Int:
		return g.IntInput(name, shape...)
	case f.Role == data.Mask:
		return g.Constant(name, shape...)
	}
	return g.Input(name, shape...)
}

// Program is the compiled network for batches of b rows. In training it has a
// loss; in evaluation it has one if target is true, and its outputs are
// "logits" and "predictions" (probabilities, or standardised numbers), and
// "shares" if Shares has any.
func (m *Model) Program(mode nn.Mode, b int, target bool) (*nn.Program, error) {
	return m.program(programKey{mode: mode, target: target, batch: b})
}

func (m *Model) program(key programKey) (*nn.Program, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.programs[key]; p != nil {
		return p, nil
	}
	p, err := m.compile(key)
	if err != nil {
		return nil, err
	}
	m.programs[key] = p
	return p, nil
}

// NewProgram is Program with a result that nobody else has, over the same
// weights: several can run at the same time.
func (m *Model) NewProgram(mode nn.Mode, b int, target bool) (*nn.Program, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.compile(programKey{mode: mode, target: target, batch: b})
}

func (m *Model) compile(k programKey) (*nn.Program, error) {
	if err := m.checkEncoded(k.given()); err != nil {
		return nil, err
	}
	return nn.Build(m.options(k), func(g *nn.Graph) { m.build(g, k) })
}

func (m *Model) options(k programKey) nn.Options {
	o := nn.Options{Mode: k.mode, Seed: m.seed, Memory: m.memory}
	if k.mode == nn.Train {
		o.Frozen = m.frozen
	}
	return o
}

// Hold promises that nobody writes the model's weights until release is called, so
// that programs for evaluation lay them out once and not in every run; see
// nn.Scope.Hold. Predictions have the same bits, held or not.
func (m *Model) Hold() (release func()) { return m.scope.Hold() }

// Changed says that weights were written while held. Training does so itself.
func (m *Model) Changed() { m.scope.Changed() }

func (m *Model) build(g *nn.Graph, k programKey) {
	f := m.forward(g, k.batch, k.given(), nil)
	g = g.At("output")
	if g.Mode() == nn.Eval {
		g.Output("logits", f.Logits)
		g.Output("predictions", m.head.Predict(g, f.Logits))
		m.tellShares(g, f.Shares)
	}
	if !k.target {
		return
	}
	if g.Mode() == nn.Train {
		g.Output("logits", f.Logits)
		m.losses, m.built = nil, true
		if h, ok := m.head.(interface{ Losses() []string }); ok {
			m.losses = h.Losses()
		}
		for _, l := range f.Losses {
			m.losses = append(m.losses, l.Name)
		}
		for _, s := range f.Alone {
			m.losses = append(m.losses, aloneLoss+s.Name)
		}
	}
	g.Loss(m.Loss(g, f))
}

// tellShares makes shares an output (B, S).
func (m *Model) tellShares(g *nn.Graph, shares []fusion.Share) {
	m.shares = nil
	var columns []*gorgonia.Node
	for _, s := range shares {
		m.shares, columns = append(m.shares, s.Name), append(columns, s.Weight)
	}
	if columns != nil {
		g.Output("shares", g.Concat(1, columns...))
	}
}

// Shares names the columns of the output "shares" (B, S) of evaluation
// programs: how much each modality counted in each row. See fusion.Share. There
// are none, and no such output, where no operator of the tree can tell.
func (m *Model) Shares() ([]string, error) {
	if _, err := m.Program(nn.Eval, 1, false); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.shares), nil
}

// Loss adds the answers and the weights of rows to a graph, as inputs that Fill
// fills, and the loss of what Forward made: the one that training descends, or,
// in evaluation, the plain one that is reported.
func (m *Model) Loss(g *nn.Graph, f fusion.Fused) *gorgonia.Node {
	g = g.At("output")
	if f.Logits == nil {
		g.Fail("what Forward made is missing")
	}
	b := f.Logits.Shape()[0]
	answers := m.head.Answers(g, "target", b)
	weight := g.Constant("weight", b)
	if g.Mode() == nn.Train {
		for k := range answers.Parts { // each head is a term of its own
			answers.Parts[k].Factor = g.Constant(TermFactor(k))
		}
		loss := withLosses(g, trainingLoss(g, m.head, f, answers, weight), f.Losses)
		return m.balanced(g, loss, f, answers, weight)
	}
	return m.head.Loss(g, f.Logits, answers, weight)
}
