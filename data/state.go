package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// StateFile is the file of a model that holds its preprocessing and labels.
const StateFile = "preprocessing.json"

// stateVersion is raised when older files can no longer be read as they are.
const stateVersion = 1

// StateError is a file of fitted preprocessing that cannot be used.
type StateError struct {
	File string
	Err  error
}

func (e *StateError) Error() string { return fmt.Sprint(e.File, ": ", e.Err) }
func (e *StateError) Unwrap() error { return e.Err }

// ExitCode is 4: a model file.
func (e *StateError) ExitCode() int { return 4 }

// A Filer is a Preprocessor that keeps a part of what it learnt in files of its
// own beside its JSON, such as a vocabulary that other tools read.
type Filer interface {
	Files() (map[string][]byte, error)
	SetFiles(files map[string][]byte) error
}

// Kinds maps the kind of a preprocessor to what makes an empty one, whose JSON
// then restores it.
type Kinds map[string]func() Preprocessor

type stateFile struct {
	Version int             `json:"version"`
	Inputs  []stateInput    `json:"inputs"`
	Target  json.RawMessage `json:"target"`
}

type stateInput struct {
	Name  string          `json:"name"`
	Kind  string          `json:"kind"`
	State json.RawMessage `json:"state"`
}

// Encode writes fitted inputs and a fitted target as files, by name:
// StateFile, and those of a Filer with the input's name and a point before
// theirs, as in caption.tokenizer.json. Equal states give equal bytes.
func Encode(inputs []Input, target Target) (map[string][]byte, error) {
	files := map[string][]byte{}
	s := stateFile{Version: stateVersion}
	if target == nil {
		return nil, errors.New("data: a Target is missing: NewTarget makes one")
	}
	for _, in := range inputs {
		if in.Preprocessor == nil {
			return nil, fmt.Errorf("input %s: its Preprocessor is missing", in.Name)
		}
		state, err := in.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", in.Name, err)
		}
		s.Inputs = append(s.Inputs, stateInput{in.Name, in.Kind(), state})
		if f, ok := in.Preprocessor.(Filer); ok {
			own, err := f.Files()
			if err != nil {
				return nil, fmt.Errorf("input %s: %w", in.Name, err)
			}
			for name, b := range own {
				files[in.Name+"."+name] = b
			}
		}
	}
	var err error
	if s.Target, err = target.MarshalJSON(); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	files[StateFile] = append(b, '\n')
	return files, nil
}

// Decode restores what Encode wrote. An image input then needs ReadFrom.
func Decode(files map[string][]byte, kinds Kinds) ([]Input, Target, error) {
	fail := func(file string, err error) ([]Input, Target, error) { return nil, nil, &StateError{file, err} }
	var s stateFile
	b, ok := files[StateFile]
	if !ok {
		return fail(StateFile, fmt.Errorf("the file is missing"))
	}
	if err := DecodeStrict(b, &s); err != nil {
		return fail(StateFile, err)
	}
	if s.Version != stateVersion {
		return fail(StateFile, fmt.Errorf("it is of version %d, this program reads version %d", s.Version, stateVersion))
	}
	var inputs []Input
	for _, in := range s.Inputs {
		empty, ok := kinds[in.Kind]
		if !ok {
			return fail(StateFile, fmt.Errorf("input %s is of the kind %q, known are %s", in.Name, in.Kind, strings.Join(sortedKeys(kinds), ", ")))
		}
		p := empty()
		if err := p.UnmarshalJSON(in.State); err != nil {
			return fail(StateFile, fmt.Errorf("input %s: %w", in.Name, err))
		}
		if f, ok := p.(Filer); ok {
			own := map[string][]byte{}
			for name, b := range files {
				if rest, ok := strings.CutPrefix(name, in.Name+"."); ok {
					own[rest] = b
				}
			}
			if err := f.SetFiles(own); err != nil {
				return fail("files of input "+in.Name, err)
			}
		}
		inputs = append(inputs, Input{Name: in.Name, Preprocessor: p})
	}
	target, err := decodeTarget(s.Target)
	if err != nil {
		return fail(StateFile, fmt.Errorf("target: %w", err))
	}
	if err := checkInputs(inputs, target); err != nil {
		return fail(StateFile, err)
	}
	return inputs, target, nil
}

func decodeTarget(b []byte) (Target, error) {
	var head struct {
		Config TargetConfig `json:"config"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, err
	}
	if head.Config.Type == Several {
		t := &Targets{}
		return t, t.UnmarshalJSON(b)
	}
	t, err := NewTarget(head.Config)
	if err != nil {
		return nil, err
	}
	return t, t.UnmarshalJSON(b)
}

// Columns lists the columns that inputs and target read, each once. The target
// may be nil.
func Columns(inputs []Input, target Target) []string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.Columns()...)
	}
	if target != nil {
		names = append(names, targetColumns(target)...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(names, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// DecodeStrict decodes one JSON value with no unknown keys and nothing after it.
func DecodeStrict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more follows the JSON value")
	}
	return nil
}
