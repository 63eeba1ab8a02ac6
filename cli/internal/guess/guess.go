package guess

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
)

// Options name a table and what is asked of it.
type Options struct {
	Table  string // path of the table
	Target string // the column to predict
	Images string // folder that image paths are relative to; empty: it is looked for beside the table
	Output string // path that the config will have, which its paths are relative to
}

// A Kind is what a column holds.
type Kind string

const (
	Image    Kind = "image"
	Text     Kind = "text"
	Number   Kind = "number"
	Category Kind = "category"
	Date     Kind = "date"
	ID       Kind = "id"
	Split    Kind = "split"
	Constant Kind = "constant"
	Empty    Kind = "empty"
	Unread   Kind = "unread" // holds what no input reads
	Leak     Kind = "leak"   // gives the target away
	Target   Kind = "target"
)

// A Guess is what is made of a column, and why.
type Guess struct {
	Column string `json:"column"`
	Kind   Kind   `json:"kind"`
	Use    string `json:"use"` // an input's name, target or split; empty where it is left out
	Why    string `json:"why"`
}

// Findings are what Look found.
type Findings struct {
	Rows     int           `json:"rows"`
	Type     string        `json:"type"` // of the output; empty where the target is not usable
	Guesses  []Guess       `json:"columns"`
	Warnings []*data.Error `json:"-"`                // what is wrong with the table, and what comes of it
	Mistakes []*data.Error `json:"-"`                // why nothing can be trained on it; nil: something can
	Config   string        `json:"config,omitempty"` // YAML; empty with mistakes
}

// survey is a table under examination.
type survey struct {
	options  Options
	table    *data.Table
	reading  *reading
	broken   []bool // by row: it could not be read
	profiles []*profile
	target   *profile
	output   output
	split    splitting
	images   map[string]*pictures // by column
	folder   string               // of all images
	lengths  map[string]lengths   // of texts, by input

	lacking, untrained int // rows without any input, and those of them that would train
	found              Findings
}

// Look reads a table and guesses a config for it. Without one, the mistakes in the
// findings say why; the error is of a table that cannot be read at all.
func Look(ctx context.Context, o Options) (*Findings, error) {
	r, err := read(ctx, o.Table, o.Target)
	if err != nil {
		return nil, err
	}
	s := &survey{options: o, reading: r, images: map[string]*pictures{}, lengths: map[string]lengths{}}
	s.found.Rows = r.table.Len()
	var unknown *data.Error
	if _, err := r.table.Column(o.Target); errors.As(err, &unknown) {
		s.found.Mistakes = append(s.found.Mistakes, unknown)
		return &s.found, nil
	}
	if err := s.profile(ctx); err != nil {
		return nil, err
	}
	if s.strays() {
		if err := r.again(ctx, o.Table, o.Target); err != nil {
			return nil, err
		}
		if err := s.profile(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	for _, p := range s.profiles {
		s.found.Guesses = append(s.found.Guesses, Guess{p.name(), p.kind, p.use, p.why})
	}
	if len(s.found.Mistakes) == 0 {
		s.found.Config = s.write()
	}
	return &s.found, nil
}

// profile looks at every column.
func (s *survey) profile(ctx context.Context) error {
	s.table = s.reading.table
	s.broken = make([]bool, s.table.Len())
	for row := range s.broken {
		s.broken[row] = s.table.Bad.Has(row)
	}
	s.profiles, s.target = nil, nil
	for _, c := range s.table.Columns {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := s.newProfile(c)
		if c.Name == s.options.Target {
			s.target = p
		}
		s.profiles = append(s.profiles, p)
	}
	return nil
}

// look makes the guesses, one after the other.
func (s *survey) look(ctx context.Context) error {
	s.guessTarget()
	if err := s.guessColumns(ctx); err != nil {
		return err
	}
	s.found.Type = s.output.kind
	if s.output.kind == "" {
		s.nameInputs()
		return nil
	}
	if s.cut(); len(s.found.Mistakes) > 0 {
		s.nameInputs()
		return nil
	}
	s.leaveOut()
	return s.rehearse(ctx)
}

// readable says whether a row could be read.
func (s *survey) readable(row int) bool { return !s.broken[row] }

// about is an error about a row, which counts from 0, and -1 is none.
func (s *survey) about(row int, column, format string, args ...any) *data.Error {
	return s.table.Errorf(row, column, format, args...)
}

// mistake says why there is no config.
func (s *survey) mistake(row int, column, format string, args ...any) *data.Error {
	e := s.about(row, column, format, args...)
	s.found.Mistakes = append(s.found.Mistakes, e)
	return e
}

// warn says what is wrong, and what comes of it.
func (s *survey) warn(row int, column, format string, args ...any) *data.Error {
	e := s.about(row, column, format, args...)
	s.found.Warnings = append(s.found.Warnings, e)
	return e
}

// inputs are the columns that something is predicted from.
func (s *survey) inputs() []*profile {
	return slices.DeleteFunc(slices.Clone(s.profiles), func(p *profile) bool {
		return !slices.Contains([]Kind{Image, Text, Number, Category}, p.kind) && (p.kind != Date || p.date == "")
	})
}

// relative is a path as the config writes it.
func (s *survey) relative(path string) string {
	from, err := filepath.Abs(filepath.Dir(s.options.Output))
	to, err2 := filepath.Abs(path)
	if err == nil && err2 == nil {
		if rel, err := filepath.Rel(from, to); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(path)
}
