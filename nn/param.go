package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Param is a named array of numbers that a model owns and graphs borrow. It
// exists, with its initial values, before any graph.
type Param struct {
	Name  string // dotted path, e.g. encoders.caption.block0.attention.query.weight
	Shape []int
	Data  []float32 // row-major; the optimizer updates it in place
	// Trainable is false for buffers, such as the running statistics of batch
	// normalisation, which are saved but not updated by the optimizer.
	Trainable bool
	// Decay says whether weight decay applies: to weights, not to biases and
	// normalisation.
	Decay bool

	offset int // in the flat vector of Pack; -1 before
	reg    *registry
}

// Size is the number of elements.
func (p *Param) Size() int { return size(p.Shape) }

// Offset is where the parameter begins in the flat vector that Scope.Pack
// made, or -1.
func (p *Param) Offset() int { return p.offset }

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// registry is what all scopes of one model share.
type registry struct {
	key    rng.Key
	params []*Param
	byName map[string]*Param
	flat   []float32
	taken  int  // numbers so far
	most   int  // that there may be
	blank  bool // parameters are zeros; see Blank

	weights op.Weights
}

// registries are those that the parameters belong to.
func registries(params []*binding) []*registry {
	var rs []*registry
	for _, b := range params {
		if r := b.param.reg; r != nil && !slices.Contains(rs, r) {
			rs = append(rs, r)
		}
	}
	return rs
}

// A Scope is the place where a module is being made: its dotted path, and the
// model it becomes a part of. A constructor takes a scope, makes its parameters
// with Param, and passes s.In(name) to the modules inside it.
type Scope struct {
	path string
	reg  *registry
}

// NewScope is the root of a new model. Initial values are a function of the
// seed and of each parameter's path, so that adding a module changes no other.
func NewScope(seed uint64) *Scope {
	return &Scope{reg: &registry{key: rng.New(seed).Name("initialise"), byName: map[string]*Param{}, most: mostNumbers}}
}

// In is the scope of a module called name inside this one.
func (s *Scope) In(name string) *Scope { return &Scope{path: s.child(name), reg: s.made()} }

// made is what all scopes of a model share. It panics for a Scope that NewScope
// did not begin.
func (s *Scope) made() *registry {
	if s == nil || s.reg == nil {
		panic("nn: a Scope is missing: NewScope begins a model, and In goes inside")
	}
	return s.reg
}

func (s *Scope) child(name string) string {
	s.made()
	if name == "" || strings.ContainsAny(name, " \t\n") {
		panic(fmt.Sprintf("nn: %q cannot be part of a parameter's name", name))
	}
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}

// Path is the dotted path; empty for the root.
func (s *Scope) Path() string {
	s.made()
	return s.path
}

// An Option changes what a new parameter is.
type Option func(*Param)

// NoDecay exempts the parameter from weight decay.
func NoDecay(p *Param) {
	if p != nil {
		p.Decay = false
	}
}

// Param makes a trainable parameter. It panics when the name is taken or the
// shape is not positive: both are mistakes in a constructor, not in its input.
func (s *Scope) Param(name string, shape []int, init Initializer, opts ...Option) *Param {
	p := s.add(name, shape, init)
	p.Trainable, p.Decay = true, len(shape) > 1
	for _, o := range opts {
		o(p)
	}
	return p
}

// Buffer makes numbers that are saved with the model but not trained.
func (s *Scope) Buffer(name string, shape []int, init Initializer) *Param {
	return s.add(name, shape, init)
}

func (s *Scope) add(name string, shape []int, init Initializer) *Param {
	full := s.child(name)
	if s.made().byName[full] != nil {
		panic("nn: two parameters are called " + full)
	}
	if s.made().flat != nil {
		panic("nn: " + full + " is made after Pack")
	}
	for _, d := range shape {
		if d <= 0 {
			panic(fmt.Sprintf("nn: %s has the impossible shape %v", full, shape))
		}
	}
	s.made().take(full, shape)
	p := &Param{Name: full, Shape: shape, Data: make([]float32, size(shape)), offset: -1, reg: s.made()}
	if !s.made().blank {
		init(p.Data, shape, s.made().key.Name(full))
	}
	s.made().byName[full] = p
	s.made().params = append(s.made().params, p)
	return p
}

// Params lists the parameters and buffers made in this scope and inside it, in
// the order of their making.
func (s *Scope) Params() []*Param {
	s.made()
	if s.path == "" {
		return s.made().params
	}
	var ps []*Param
	for _, p := range s.made().params {
		if strings.HasPrefix(p.Name, s.path+".") {
			ps = append(ps, p)
		}
	}
	return ps
}

// Pack lays all trainable parameters of the model in one slice, in order, and
// returns it: optimizers and gradients work on it in single passes. The
// parameters' Data become parts of it. No parameter can be made afterwards; a
// second call returns the same slice.
func (s *Scope) Pack() []float32 {
	if s.made().flat != nil {
		return s.made().flat
	}
	n := 0
	for _, p := range s.made().params {
		if p.Trainable {
			p.offset = n
			n += p.Size()
		}
	}
	flat := make([]float32, n)
	for _, p := range s.made().params {
		if p.Trainable {
			dst := flat[p.offset : p.offset+p.Size() : p.offset+p.Size()]
			copy(dst, p.Data)
			p.Data = dst
		}
	}
	s.made().flat = flat
	return flat
}

// Hold promises that nobody writes the model's parameters until release is called:
// programs for evaluation then lay weights out once, in memory of their own
// beside the parameters, instead of in every run. Results have the same bits.
// Running a program for training breaks the promise in an orderly way; whoever
// writes parameters by hand calls Changed.
func (s *Scope) Hold() (release func()) { return s.made().weights.Hold() }

// Changed says that parameters were written while held. Training does so itself.
func (s *Scope) Changed() { s.made().weights.Changed() }
