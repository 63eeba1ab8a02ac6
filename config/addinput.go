package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

// AddInput registers a type of input under a name, with what reads its columns.
// Its options are C, as for AddEncoder, of which the preprocessor is made; the
// keys `type` and `encoder` stand beside them. Encoders for it are registered
// after it, by AddEncoder under the same name, and a config has to choose one.
//
// The kind of an empty *T names the preprocessor in model files, where its JSON
// restores it. If it has a method ReadFrom(data.ImageSource), it is given the
// folder data.images before it reads a row.
func AddInput[T, C any, P interface {
	*T
	data.Preprocessor
}](r *Registry, name, summary string, construct func(C) (P, error)) error {
	if summary == "" {
		return fmt.Errorf("%s %s: describe it in a line, for listings", r.inputs.What, name)
	}
	options, err := beside(reflect.TypeFor[C]())
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.inputs.What, name, err)
	}
	kind := P(new(T)).Kind()
	if other, taken := r.kinds[kind]; taken && reflect.TypeOf(other()) != reflect.TypeFor[P]() {
		return fmt.Errorf("%s %s: preprocessors of the kind %q are of type %T", r.inputs.What, name, kind, other())
	}
	encoder := name + " encoder"
	made := reflect.StructOf([]reflect.StructField{
		{Name: "Options", Type: options, Tag: `yaml:",inline"`},
		{Name: "Encoder", Type: reflect.TypeFor[Encoder](), Tag: reflect.StructTag(fmt.Sprintf("yaml:%q variant:%q", encoderKey, encoder))},
	})
	if err := r.inputs.Add(strictyaml.Variant{Name: name, Summary: summary, Type: made}); err != nil {
		return err
	}
	r.encoders[name] = newTable[encoderMaker](encoder, "", groupKeys...)
	r.kinds[kind] = func() data.Preprocessor { return P(new(T)) }
	_, files := any(P(nil)).(data.FileReader)
	r.added[name] = addedInput{files: files, construct: func(options any) (data.Preprocessor, error) {
		p, err := construct(options.(C))
		if err != nil {
			return nil, err // and no nil pointer inside an interface
		}
		return p, nil
	}}
	return nil
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

// addedInput is a type of input that AddInput registered.
type addedInput struct {
	construct func(options any) (data.Preprocessor, error)
	files     bool // the preprocessor is a data.FileReader
}

// addedModality is one input of such a type.
type addedModality struct {
	addedInput
	options any
	chosen  Encoder
}

func (m addedModality) preprocessor(images data.ImageSource) (data.Preprocessor, error) {
	p, err := m.construct(m.options)
	if f, ok := p.(data.FileReader); ok && images != nil {
		f.ReadFrom(images)
	}
	return p, err
}

func (m addedModality) encoder() Encoder { return m.chosen }

func (m addedModality) columns() []namedColumn {
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

// modality is what an input's options can do; false while they are not known.
func (c *Config) modality(in Input) (modality, bool) {
	if m, ok := in.Config.(modality); ok {
		return m, true
	}
	if c.registry == nil {
		return nil, false
	}
	added, ok := c.registry.added[in.Type]
	if !ok || in.Config == nil {
		return nil, false
	}
	v := reflect.ValueOf(in.Config) // of the struct that AddInput composed
	return addedModality{added, v.Field(0).Interface(), v.Field(1).Interface().(Encoder)}, true
}

// EncoderOf is the encoder of one of the config's inputs.
func (c *Config) EncoderOf(in Input) Encoder {
	m, ok := c.modality(in)
	if !ok {
		return Encoder{}
	}
	return m.encoder()
}

// readsFiles says whether an input's cells name files below data.images.
func (c *Config) readsFiles(in Input) bool {
	return in.Type == Image || c.registry.added[in.Type].files
}
