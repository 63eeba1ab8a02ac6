package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/filesums"
)

// source is a table that a trained model is used on.
type source struct {
	bundle  *bundle.Bundle
	table   *data.Table
	folder  *data.Folder // nil without images
	images  data.Files   // reads from the folder
	dataset *data.Dataset
	among   data.Target // all targets, of a source that is of one of several outputs; nil otherwise
	report  *data.Report
	columns []*data.Column // those that the table's file has
}

// SourceOptions name a model and rows.
type SourceOptions struct {
	Model  string // a run folder, its model/, or a checkpoint
	Data   string // a table
	Images string // the folder of its images; empty: as when training
	// Table says how the table is written where that differs from the training's, as
	// key=value: separator, encoding, decimal, thousands, comment, compression.
	Table []string
	// Thresholds, if any, in place of the model's own: a number for all labels, or
	// label=number.
	Thresholds []string
	// Strict makes an error of a cell that is not used as it stands.
	Strict bool
	// DataReport is a file for what became of every cell, as data_report.json of a
	// run; empty: none.
	DataReport string
	// cache is that of the rows, as in data.DatasetOptions.
	cache int64
	// prints compares the rows with those that the model was trained on.
	prints bool
	// trouble is what is done about rows that cannot be used; nil: each is an error.
	trouble *trouble
	// Registry is of what the model's config names; nil: config.Builtin().
	Registry *config.Registry
}

func (s *source) close() {
	if s.folder != nil {
		s.folder.Close()
	}
}

// openSource loads a model and a table for it, with the answers if target is
// set.
func openSource(ctx context.Context, o SourceOptions, target bool, warn func(error)) (*source, error) {
	s := &source{}
	if err := s.open(ctx, o, target, warn); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *source) open(ctx context.Context, o SourceOptions, target bool, warn func(error)) (err error) {
	if s.bundle, err = bundle.Load(ctx, o.Model, bundle.Options{Registry: o.Registry, Warn: warn}); err != nil {
		return err
	}
	if o.DataReport == "-" {
		return &UsageError{"--data-report is -, expected the name of a file; --json prints the same on standard output"}
	}
	if o.DataReport != "" {
		if err := o.keepApart(o.DataReport, s.bundle); err != nil {
			return err
		}
		if err := mayReport(o.DataReport); err != nil {
			return err
		}
	}
	if err := setThresholds(s.bundle, o.Thresholds); err != nil {
		return err
	}
	if s.bundle.Config.HasFiles() {
		if s.folder, err = data.OpenFolder(s.imageFolder(o)); err != nil {
			return err
		}
		s.images = s.folder
		if o.cache >= 0 { // a file may be read again
			s.images = filesums.New(s.folder)
		}
		s.bundle.ReadFiles(s.images)
	}
	if o.trouble == nil {
		o.trouble = newTrouble(onErrorFail)
	}
	if s.table, err = s.read(ctx, o, target, warn); err != nil {
		return err
	}
	s.report = data.NewReport(s.table, data.Columns(s.bundle.Inputs, nil))
	s.dataset, err = data.NewDataset(s.table, o.trouble.inputs(s.bundle.Inputs), s.bundle.Target, data.DatasetOptions{
		CacheBytes: o.cache, Report: s.report, WithoutTarget: !target, MissingAll: s.bundle.Config.Data.AllowsLacking(),
		Strict: o.Strict, Prints: o.prints && s.bundle.Trained.Rows != nil,
	})
	return err
}

// read reads the table. A column that the model may miss may be absent as a
// whole, which is as if every cell of it were empty. Rows with answers may be
// bad as when training; all others are to be predicted.
func (s *source) read(ctx context.Context, o SourceOptions, target bool, warn func(error)) (*data.Table, error) {
	c := s.bundle.Config
	dialect, err := written(c.DialectOf(o.Data), o.Table)
	if err != nil {
		return nil, err
	}
	options := data.Options{
		Dialect: dialect, EncodingKey: "--table encoding", Bad: o.trouble.bad,
		Used: append(data.Columns(s.bundle.Inputs, nil), c.Data.Split.Columns()...), Lists: data.Lists(s.bundle.Inputs),
	}
	if target {
		options.Used = append(options.Used, data.TargetColumns(s.bundle.Target)...)
		options.Bad = &data.BadRows{Most: c.Data.MaxBadRows}
	}
	r, err := data.Open(o.Data, options)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := data.ReadAll(ctx, r)
	if err != nil {
		return nil, err
	}
	s.columns = t.Columns
	columns := slices.Clone(t.Columns)
	for _, in := range s.bundle.Inputs {
		if !mayMiss(in.Preprocessor) {
			continue
		}
		for _, name := range in.Columns() {
			if !t.Has(name) && !slices.ContainsFunc(columns, func(c *data.Column) bool { return c.Name == name }) {
				warn(fmt.Errorf("%s has no column %q, which the input %s reads: it is taken as empty in every row", t.File, name, in.Name))
				columns = append(columns, data.Strings(name, make([]string, t.Len())...))
			}
		}
	}
	if len(columns) == len(t.Columns) {
		return t, nil
	}
	return t.With(columns...)
}

func mayMiss(p data.Preprocessor) bool {
	o, ok := p.(data.Optional)
	return ok && o.MayMiss()
}

// imageFolder is where the table's images are: as told, or as far from this
// table as the training images were from theirs, or where these were.
func (s *source) imageFolder(o SourceOptions) string {
	if o.Images != "" {
		return o.Images
	}
	c := s.bundle.Config
	rel, err := filepath.Rel(filepath.Dir(c.TablePath()), c.FilesPath())
	if err == nil {
		near := filepath.Join(filepath.Dir(o.Data), rel)
		if info, err := os.Stat(near); err == nil && info.IsDir() {
			return near
		}
	}
	return c.FilesPath()
}

// usable are those of some rows that need not be left out.
func (s *source) usable(ctx context.Context, rows []int) ([]int, error) {
	if s.bundle.Config.Data.MaxBadRows == 0 {
		return rows, nil
	}
	if err := s.dataset.Prepare(ctx, s.table.Usable(rows)); err != nil {
		return nil, err
	}
	return s.table.Usable(rows), nil
}

// rows are the table's rows, or those of one split as the model's config cuts
// the table.
func (s *source) rows(name string) (rows []int, err error) {
	if name == "" {
		all := make([]int, s.table.Len())
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	if !slices.Contains(splitNames, name) {
		return nil, &UsageError{"--split is " + name + ", want one of " + strings.Join(splitNames, ", ")}
	}
	if err := s.sameRule(name); err != nil {
		return nil, err
	}
	splits, err := s.bundle.Config.Data.Split.Rows(s.table)
	if err != nil {
		return nil, err
	}
	for n, part := range splits.All() {
		if n == name {
			rows = part
		}
	}
	return rows, nil
}

var splitNames = []string{"train", "validation", "test"}
