package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/modality"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
)

// Types of inputs, for AddEncoder.
const (
	Image   = "image"
	Text    = "text"
	Tabular = "tabular"
)

// Makers of what a config names, their options given.
type (
	encoderMaker   = func(*nn.Scope, encoders.Input) (encoders.Encoder, error)
	fusionMaker    = func(*nn.Scope, fusion.Setting) (fusion.Fusion, error)
	optimizerMaker = func(n int, groups []optim.Group) (optim.Optimizer, error)
	scheduleMaker  = func(base float64, steps int) (*optim.Schedule, error)
)

// A Registry holds what a config can name: types of inputs, encoders for each
// of them, fusions, optimizers, schedules. Fill it before use; afterwards it is only
// read, by any number of goroutines.
type Registry struct {
	inputs, outputs *strictyaml.Table
	encoders        map[string]*table[encoderMaker] // by type of input
	fusions         *table[fusionMaker]
	optimizers      *table[optimizerMaker]
	schedules       *table[scheduleMaker]
	ngrams          map[string]bool // the text encoders that read n-grams
	tried           map[string]int  // the fusions of the ladder, with their ranks
	added           map[string]addedInput
	kinds           data.Kinds
	modalities      []modality.Type // in the order of AddModality
	inference       bool            // optimizers and schedules are read, and cannot be made
}

// table is what YAML can name, and how each is made of its options.
type table[Maker any] struct {
	strictyaml.Table
	makers map[string]func(options any) Maker
}

func newTable[Maker any](what, standard string, reserved ...string) *table[Maker] {
	return &table[Maker]{
		Table:  strictyaml.Table{What: what, Default: standard, Reserved: reserved},
		makers: map[string]func(any) Maker{},
	}
}

func (t *table[Maker]) add(name, summary string, options reflect.Type, maker func(options any) Maker) error {
	if summary == "" {
		return fmt.Errorf("%s %s: describe it in a line, for listings", t.What, name)
	}
	if err := t.Table.Add(strictyaml.Variant{Name: name, Summary: summary, Type: options}); err != nil {
		return err
	}
	t.makers[name] = maker
	return nil
}

// maker is how to make what a config names. The name was checked when the
// config was read.
func (t *table[Maker]) maker(name string, options any) Maker { return t.makers[name](options) }

// AddEncoder registers an encoder for inputs of a type (Image, Text, Tabular or
// one of AddModality) under a name. Its options are C, a struct whose tags and comments
// are all that a config needs to know; see the package's text. A name that is
// taken, and a C that cannot be read, are errors.
func AddEncoder[E encoders.Encoder, C any](r *Registry, input, name, summary string, construct func(*nn.Scope, encoders.Input, C) (E, error), options ...EncoderOption) error {
	t, ok := r.encoders[input]
	if !ok {
		return fmt.Errorf("encoder %s: %s", name, strictyaml.Unknown("type of input", input, r.Inputs()))
	}
	err := t.add(name, summary, reflect.TypeFor[C](), func(options any) encoderMaker {
		return func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) { return construct(s, in, options.(C)) }
	})
	if err != nil {
		return err
	}
	for _, o := range options {
		o(r, name)
	}
	return nil
}

// An EncoderOption says more of an encoder that is registered.
type EncoderOption func(r *Registry, name string)

// ReadsNGrams is for text encoders that are given bags of n-grams, as
// text.NGrams makes them. Others are given sub-words, as text.Tokens does.
func ReadsNGrams(r *Registry, name string) {
	r.made()
	r.ngrams[name] = true
}

// made panics for a Registry that nobody made.
func (r *Registry) made() {
	if r == nil || r.fusions == nil {
		panic("config: a Registry is missing: Builtin makes one, and Inference")
	}
}

// AddFusion registers a fusion under a name. See AddEncoder for C.
func AddFusion[F fusion.Fusion, C any](r *Registry, name, summary string, construct func(*nn.Scope, fusion.Setting, C) (F, error), options ...FusionOption) error {
	err := r.fusions.add(name, summary, reflect.TypeFor[C](), func(options any) fusionMaker {
		return func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) { return construct(s, set, options.(C)) }
	})
	if err != nil {
		return err
	}
	for _, o := range options {
		o(r, name)
	}
	return nil
}

// AddOptimizer registers an optimizer under a name. See AddEncoder for C.
func AddOptimizer[O optim.Optimizer, C any](r *Registry, name, summary string, construct func(n int, groups []optim.Group, c C) (O, error)) error {
	return r.optimizers.add(name, summary, reflect.TypeFor[C](), func(options any) optimizerMaker {
		return func(n int, groups []optim.Group) (optim.Optimizer, error) { return construct(n, groups, options.(C)) }
	})
}

// AddSchedule registers a schedule of learning rates under a name. See
// AddEncoder for C.
func AddSchedule[C any](r *Registry, name, summary string, construct func(base float64, steps int, c C) (*optim.Schedule, error)) error {
	return r.schedules.add(name, summary, reflect.TypeFor[C](), func(options any) scheduleMaker {
		return func(base float64, steps int) (*optim.Schedule, error) { return construct(base, steps, options.(C)) }
	})
}

// An Entry is one thing that a config can name.
type Entry struct{ Name, Summary string }

// Registry is what the config was read with.
func (c *Config) Registry() *Registry { return c.registry }

// Kinds are the preprocessors that a model file can name.
func (r *Registry) Kinds() data.Kinds { return maps.Clone(r.kinds) }

// Inputs lists the types of inputs.
func (r *Registry) Inputs() []string { return r.inputs.Names() }

// Outputs lists the types of outputs.
func (r *Registry) Outputs() []string { return r.outputs.Names() }

// Encoders lists the encoders for inputs of a type, by name.
func (r *Registry) Encoders(input string) []Entry {
	if t, ok := r.encoders[input]; ok {
		return entries(&t.Table)
	}
	return nil
}

// Fusions lists the fusions, by name.
func (r *Registry) Fusions() []Entry {
	r.made()
	return entries(&r.fusions.Table)
}

// Optimizers lists the optimizers, by name.
func (r *Registry) Optimizers() []Entry {
	r.made()
	return entries(&r.optimizers.Table)
}

// Schedules lists the schedules, by name.
func (r *Registry) Schedules() []Entry {
	r.made()
	return entries(&r.schedules.Table)
}

func entries(t *strictyaml.Table) []Entry {
	var out []Entry
	for _, v := range t.Variants() {
		out = append(out, Entry{v.Name, v.Summary})
	}
	return slices.Clip(out)
}

// tables are what the variant tags of this package's structs name.
func (r *Registry) tables() strictyaml.Tables {
	r.made()
	t := strictyaml.Tables{
		"input": r.inputs, "output": r.outputs, "fusion": &r.fusions.Table,
		"optimizer": &r.optimizers.Table, "schedule": &r.schedules.Table,
	}
	for input, e := range r.encoders {
		t[input+" encoder"] = &e.Table
	}
	return t
}
