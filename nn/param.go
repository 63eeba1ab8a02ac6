package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Param is a named array of numbers that a model owns and graphs borrow. It exists, with its
// initial values, before any graph.
type Param struct {
	Name  string // dotted path, e.g. encoders.caption.block0.attention.query.weight
	Shape []int
	Data  []float32 // row-major; the optimizer updates it in place
	// Trainable is false for buffers, such as the running statistics of batch normalisation, which
	// are saved but not updated by the optimizer.
	Trainable bool
	// Decay enables weight decay: true for weights, false for biases and normalisation parameters.
	Decay bool

	offset int // in the flat vector of Pack; -1 before packing
	reg    *registry
}

// Size is the number of elements.
func (p *Param) Size() int { return size(p.Shape) }

// Offset is the parameter's first index in the flat vector of Scope.Pack, or -1.
func (p *Param) Offset() int { return p.offset }

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// registry is the state shared by all scopes of one model.
type registry struct {
	key    rng.Key
	params []*Param
	byName map[string]*Param
	flat   []float32
	taken  int  // numbers created so far
	most   int  // limit on taken
	blank  bool // parameters are initialised to zero; see Blank

	weights op.Weights
}

// registries lists the models that the parameters belong to.
func registries(params []*binding) []*registry {
	var rs []*registry
	for _, b := range params {
		if r := b.param.reg; r != nil && !slices.Contains(rs, r) {
			rs = append(rs, r)
		}
	}
	return rs
}

// A Scope is the position at which a module is created: its dotted path and the model it becomes
// part of. A constructor takes a scope, creates its parameters with Param, and passes s.In(name) to
// nested modules.
type Scope struct {
	path string
	reg  *registry
}

// NewScope starts a new model. Initial values are a function of the seed and of each parameter's
// path, so adding a module changes no other.
func NewScope(seed uint64) *Scope {
	return &Scope{reg: &registry{key: rng.New(seed).Name("initialise"), byName: map[string]*Param{}, most: mostNumbers}}
}

// In returns the scope of a nested module called name.
func (s *Scope) In(name string) *Scope { return &Scope{path: s.child(name), reg: s.made()} }

// made returns the shared registry. It panics for a Scope that does not descend from NewScope.
func (s *Scope) made() *registry {
	if s == nil || s.reg == nil {
		panic("nn: the Scope was not created by NewScope or Scope.In")
	}
	return s.reg
}

func (s *Scope) child(name string) string {
	s.made()
	if name == "" || strings.ContainsAny(name, " \t\n") {
		panic(fmt.Sprintf("nn: %q is not valid in a parameter's name", name))
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

// An Option modifies a new parameter.
type Option func(*Param)

// NoDecay exempts the parameter from weight decay.
func NoDecay(p *Param) {
	if p != nil {
		p.Decay = false
	}
}

// Param creates a trainable parameter. It panics if the name is taken or the shape is not positive:
// both are mistakes in a constructor, not in its input.
func (s *Scope) Param(name string, shape []int, init Initializer, opts ...Option) *Param {
	p := s.add(name, shape, init)
	p.Trainable, p.Decay = true, len(shape) > 1
	for _, o := range opts {
		o(p)
	}
	return p
}

// Buffer creates numbers that are saved with the model but not trained.
func (s *Scope) Buffer(name string, shape []int, init Initializer) *Param {
	return s.add(name, shape, init)
}

func (s *Scope) add(name string, shape []int, init Initializer) *Param {
	full := s.child(name)
	if s.made().byName[full] != nil {
		panic("nn: two parameters are called " + full)
	}
	if s.made().flat != nil {
		panic("nn: " + full + " is created after Pack")
	}
	for _, d := range shape {
		if d <= 0 {
			panic(fmt.Sprintf("nn: %s has the invalid shape %v", full, shape))
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

// Params lists the parameters and buffers created in this scope and below it, in order of creation.
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

// Pack moves all trainable parameters of the model into one slice, in order, and returns it, so
// that optimizers and gradients need single passes only. The parameters' Data become subslices of
// it. No parameter can be created afterwards. A second call returns the same slice.
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

// Hold promises that the model's parameters will not be written until release is called. Evaluation
// programs then pack weights once, in separate memory, instead of in every run. Results have the
// same bits. Running a training program suspends the promise automatically; code that writes
// parameters by hand calls Changed.
func (s *Scope) Hold() (release func()) { return s.made().weights.Hold() }

// Changed reports that parameters were written while held. Training calls it automatically.
func (s *Scope) Changed() { s.made().weights.Changed() }
