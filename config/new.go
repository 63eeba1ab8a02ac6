package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// New makes a config in Go, without YAML. The function is given one with every
// default filled in, and sets what is to be otherwise; Name, Data.Path, Inputs and
// Output it has to set, as a file would. What it made is checked as a file is, and
// every mistake is reported, by its key. Paths are relative to the working folder. A
// nil registry is Builtin().
//
//	c, err := config.New(nil, func(c *config.Config) {
//		c.Name, c.Data.Path = "listings", "listings.csv"
//		c.Inputs = []config.Input{
//			config.NewInput("photo", func(o *image.Options) { o.Column = "photo" }),
//			config.NewInput("facts", func(o *tabular.Options) { o.Numeric = []string{"price"} }),
//		}
//		c.Fusion = config.NewFusion(func(o *fusion.GatedConfig) { o.Dim = 64 })
//		c.Output = config.NewOutput(func(o *config.MulticlassOutput) { o.Column = "category" })
//		c.Training.Epochs = 30
//	})
func New(reg *Registry, set func(c *Config)) (*Config, error) {
	if reg == nil {
		reg = Builtin()
	}
	c := Defaults[Config]()
	if set != nil {
		set(&c)
	}
	n := namer{registry: reg}
	n.config(&c)
	if n.problems != nil {
		return nil, &Error{Problems: n.problems}
	}
	src, err := strictyaml.Marshal(&c)
	if err != nil {
		return nil, err
	}
	doc, err := strictyaml.Parse(inGo, src)
	if err != nil {
		return nil, err
	}
	doc.Nowhere(inGo)
	return decode(doc, reg, ".")
}

// inGo stands where messages about a file name it.
const inGo = "config"

// NewInput is an input of the name. C are the options of its type, which must be
// registered: image.Options, text.Common, tabular.Options, or those of a
// type of AddInput. The function is given their defaults, and may be nil. Without an
// encoder, the input has the one that a file gives it that names none.
func NewInput[C any](name string, set func(*C), encoder ...Encoder) Input {
	return Input{Name: name, Config: unnamed{options: chosen(set), encoders: encoder}}
}

// NewEncoder is an encoder by its options C, such as encoders.CNNConfig. The function
// is given their defaults, and may be nil.
func NewEncoder[C any](set func(*C)) Encoder { return Encoder{Config: chosen(set)} }

// NewFusion is a fusion by its options C, such as fusion.ConcatConfig, of operands;
// of all inputs if there are none. The function is given the defaults of its options,
// and may be nil.
func NewFusion[C any](set func(*C), of ...Operand) *Fusion {
	return &Fusion{Config: chosen(set), Of: of}
}

// NewOutput is an output by its options C, such as MulticlassOutput. The function is
// given their defaults, and may be nil.
func NewOutput[C any](set func(*C)) Output { return Output{Config: chosen(set)} }

// NewOptimizer is an optimizer by its options C, such as optim.AdamWConfig. The
// function is given their defaults, and may be nil.
func NewOptimizer[C any](set func(*C)) Optimizer { return Optimizer{Config: chosen(set)} }

// NewSchedule is a schedule of learning rates by its options C, such as
// optim.CosineConfig. The function is given their defaults, and may be nil.
func NewSchedule[C any](set func(*C)) Schedule { return Schedule{Config: chosen(set)} }

// chosen are options, the defaults but for what is set.
func chosen[C any](set func(*C)) any {
	c := Defaults[C]()
	if set != nil {
		set(&c)
	}
	return c
}

// unnamed are the options of an input whose type is not known yet.
type unnamed struct {
	options  any
	encoders []Encoder
}

// namer finds the names of what a config in Go has chosen by its options.
type namer struct {
	registry *Registry
	problems []Problem
}

func (n *namer) wrong(at, format string, args ...any) {
	n.problems = append(n.problems, Problem{At: Position{Source: inGo}, Path: at, Message: fmt.Sprintf(format, args...)})
}

func (n *namer) config(c *Config) {
	c.Inputs = append([]Input{}, c.Inputs...)
	for i := range c.Inputs {
		n.input(&c.Inputs[i])
	}
	c.Fusion = n.fusion(c.Fusion, "fusion")
	c.Members = append([]Member(nil), c.Members...)
	for i := range c.Members {
		n.member(&c.Members[i])
	}
	r := n.registry
	n.name(&c.Output.Type, c.Output.Config, r.outputs, "output")
	n.name(&c.Training.Optimizer.Type, c.Training.Optimizer.Config, &r.optimizers.Table, "training.optimizer")
	n.name(&c.Training.Schedule.Type, c.Training.Schedule.Config, &r.schedules.Table, "training.schedule")
	if stop := c.Training.EarlyStopping; stop != nil && stop.Monitor != "" && c.Training.Monitor == Defaults[Training]().Monitor {
		c.Training.Monitor = stop.Monitor
	}
}

// name finds the type that has the options, unless it is named. Nil is the default.
func (n *namer) name(typ *string, options any, t *strictyaml.Table, at string) {
	if *typ != "" || options == nil {
		return
	}
	n.find(typ, t, reflect.TypeOf(options), at, func(v strictyaml.Variant) reflect.Type { return v.Type })
}

// find names the one variant whose options, as of gives them, have the type.
func (n *namer) find(typ *string, t *strictyaml.Table, want reflect.Type, at string, of func(strictyaml.Variant) reflect.Type) (found strictyaml.Variant) {
	var names, known []string
	for _, v := range t.Variants() {
		if of(v) == want {
			names, found = append(names, v.Name), v
		}
		known = append(known, of(v).String())
	}
	switch len(names) {
	case 1:
		*typ = found.Name
	case 0:
		n.wrong(at, "no %s has options of the type %v; those registered have %s", t.What, want, strings.Join(known, ", "))
	default:
		n.wrong(at, "the types %s have options of the type %v: name one of them by Type", strings.Join(names, " and "), want)
	}
	return found
}

// input puts the options of an input into the struct that its type has for them,
// the encoder beside them.
func (n *namer) input(in *Input) {
	at := inputPath(in.Name)
	given, ok := in.Config.(unnamed)
	if !ok {
		n.name(&in.Type, in.Config, n.registry.inputs, at)
		n.encoder(in, at)
		return
	}
	want := reflect.TypeOf(given.options)
	v := n.find(&in.Type, n.registry.inputs, want, at, func(v strictyaml.Variant) reflect.Type {
		if v.Type == want {
			return v.Type
		}
		return v.Type.Field(0).Type // the encoder and what else every input has stand beside it
	})
	if v.Type == nil || in.Type == "" {
		return
	}
	whole := reflect.New(v.Type)
	defaults.MustSet(whole.Interface())
	if whole = whole.Elem(); v.Type == want {
		whole.Set(reflect.ValueOf(given.options))
	} else {
		whole.Field(0).Set(reflect.ValueOf(given.options))
	}
	switch len(given.encoders) {
	case 0:
	case 1:
		whole.FieldByName("Encoder").Set(reflect.ValueOf(given.encoders[0]))
	default:
		n.wrong(at, "has %d encoders, want one", len(given.encoders))
	}
	in.Config = whole.Interface()
	n.encoder(in, at)
}

// encoder names the encoder of an input.
func (n *namer) encoder(in *Input, at string) {
	t := n.registry.encoders[in.Type]
	if t == nil || in.Config == nil {
		return // Parse says what is wrong
	}
	whole := reflect.New(reflect.TypeOf(in.Config)).Elem()
	whole.Set(reflect.ValueOf(in.Config))
	e, ok := whole.FieldByName("Encoder").Addr().Interface().(*Encoder)
	if !ok {
		return
	}
	n.name(&e.Type, e.Config, &t.Table, at+"."+encoderKey)
	in.Config = whole.Interface()
}

func (n *namer) member(m *Member) {
	m.Inputs = append([]Input(nil), m.Inputs...)
	for i := range m.Inputs {
		n.input(&m.Inputs[i])
	}
	m.Fusion = n.fusion(m.Fusion, memberPath(m.Name)+".fusion")
	if t := m.Training; t != nil {
		own := *t
		m.Training = &own
		n.name(&own.Optimizer.Type, own.Optimizer.Config, &n.registry.optimizers.Table, memberPath(m.Name)+".training.optimizer")
		n.name(&own.Schedule.Type, own.Schedule.Config, &n.registry.schedules.Table, memberPath(m.Name)+".training.schedule")
	}
}

func (n *namer) fusion(f *Fusion, at string) *Fusion {
	if f == nil {
		return nil
	}
	own := *f
	n.name(&own.Type, own.Config, &n.registry.fusions.Table, at)
	own.Of = append([]Operand{}, f.Of...)
	if len(own.Of) == 0 {
		own.Of = nil
	}
	for i, o := range own.Of {
		own.Of[i].Fusion = n.fusion(o.Fusion, operandPath(at, i))
	}
	return &own
}
