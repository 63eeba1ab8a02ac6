package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/modality"
)

// AddModality registers a kind of input under its name. Its options stand in a config
// beside the keys `type` and `encoder`. Encoders for it are registered after it, by
// AddEncoder under the same name; where the Type names none for a config that leaves it
// out, a config has to choose one.
//
// The kind of an empty preprocessor names it in model files, where its JSON restores it.
// A data.FileReader is given the folder data.files before it reads a row.
func AddModality(r *Registry, t modality.Type) error {
	r.made()
	if t.Options == nil {
		return fmt.Errorf("%s %s: its Options are missing: modality.Of makes them", r.inputs.What, t.Name)
	}
	options, err := beside(t.Options)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.inputs.What, t.Name, err)
	}
	return addModality(r, t, reflect.StructOf([]reflect.StructField{
		{Name: "Options", Type: options, Tag: `yaml:",inline"`},
		{Name: "Encoder", Type: reflect.TypeFor[Encoder](), Tag: reflect.StructTag(fmt.Sprintf("yaml:%q variant:%q", encoderKey, t.Name+" encoder"))},
	}))
}

// addModality registers a kind of input whose keys are those of a struct of options and
// Encoder, in this order.
func addModality(r *Registry, t modality.Type, keys reflect.Type) error {
	if t.Summary == "" {
		return fmt.Errorf("%s %s: describe it in a line, for listings", r.inputs.What, t.Name)
	}
	if t.New == nil || t.Empty == nil {
		return fmt.Errorf("%s %s: its New or Empty is missing: modality.Of makes them", r.inputs.What, t.Name)
	}
	empty := t.Empty()
	kind := empty.Kind()
	if other, taken := r.kinds[kind]; taken && reflect.TypeOf(other()) != reflect.TypeOf(empty) {
		return fmt.Errorf("%s %s: preprocessors of the kind %q are of type %T", r.inputs.What, t.Name, kind, other())
	}
	if err := r.inputs.Add(strictyaml.Variant{Name: t.Name, Summary: t.Summary, Type: keys}); err != nil {
		return err
	}
	r.encoders[t.Name] = newTable[encoderMaker](t.Name+" encoder", t.Encoder, groupKeys...)
	r.kinds[kind] = t.Empty
	_, files := empty.(data.FileReader)
	r.added[t.Name] = addedInput{files: files, construct: t.New}
	r.modalities = append(r.modalities, t)
	return nil
}

// AddInput is AddModality of modality.Of.
func AddInput[T, C any, P interface {
	*T
	data.Preprocessor
}](r *Registry, name, summary string, construct func(C) (P, error)) error {
	return AddModality(r, modality.Of(name, summary, construct))
}

// Modalities are the kinds of inputs that AddModality registered, in their order.
func (r *Registry) Modalities() []modality.Type {
	r.made()
	return slices.Clone(r.modalities)
}

const encoderKey = "encoder"

// beside says whether the keys of a struct can stand beside `encoder`.
func beside(options reflect.Type) (reflect.Type, error) {
	if options.Kind() != reflect.Struct {
		return nil, fmt.Errorf("its options are a %v, not a struct", options)
	}
	for i := range options.NumField() {
		if key, _, _ := strings.Cut(options.Field(i).Tag.Get("yaml"), ","); key == encoderKey {
			return nil, fmt.Errorf("%v repeats the key %q of every input", options, key)
		}
	}
	return options, nil
}

// addedInput is a type of input that AddModality registered.
type addedInput struct {
	construct func(options any) (data.Preprocessor, error)
	files     bool // the preprocessor is a data.FileReader
}

// addedOptions is one input of such a type.
type addedOptions struct {
	addedInput
	options any
	chosen  Encoder
}

func (m addedOptions) preprocessor(images data.Files) (data.Preprocessor, error) {
	p, err := m.construct(m.options)
	if f, ok := p.(data.FileReader); ok && images != nil {
		f.ReadFrom(images)
	}
	return p, err
}

func (m addedOptions) encoder() Encoder { return m.chosen }

func (m addedOptions) columns() []namedColumn {
	p, err := m.construct(m.options)
	if err != nil {
		return nil // checkInputs reports it
	}
	var out []namedColumn
	for _, name := range p.Columns() {
		out = append(out, namedColumn{column: name})
	}
	return out
}

// optionsOf is what an input's options can do; false while they are not known.
func (c *Config) optionsOf(in Input) (inputOptions, bool) {
	if m, ok := in.Config.(inputOptions); ok {
		return m, true
	}
	if c.registry == nil {
		return nil, false
	}
	added, ok := c.registry.added[in.Type]
	if !ok || in.Config == nil {
		return nil, false
	}
	v := reflect.ValueOf(in.Config) // of the struct that AddModality composed
	return addedOptions{added, v.Field(0).Interface(), v.Field(1).Interface().(Encoder)}, true
}

// EncoderOf is the encoder of one of the config's inputs.
func (c *Config) EncoderOf(in Input) Encoder {
	m, ok := c.optionsOf(in)
	if !ok {
		return Encoder{}
	}
	return m.encoder()
}

// readsFiles says whether an input's cells name files below data.files.
func (c *Config) readsFiles(in Input) bool {
	return in.Type == Image || c.registry.added[in.Type].files
}
