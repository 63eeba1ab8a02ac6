package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
)

// PredictOptions are the flags of predict.
type PredictOptions struct {
	SourceOptions
	Force  bool   // write over an output that is there
	Output string // a .csv, .tsv or .jsonl file; "-" is CSV on standard output
	Split  string // only the rows of this split
	// OnError says what is done about rows that cannot be used: fail, skip or mask;
	// empty: fail.
	OnError string
}

// Predict writes all rows of a table with the model's predictions behind them.
func Predict(ctx context.Context, o PredictOptions, s Streams) error {
	format, err := formatOf(o.Output)
	if err != nil {
		return err
	}
	if err := checkOnError(o.OnError); err != nil {
		return err
	}
	if o.Strict && o.OnError != "" && o.OnError != onErrorFail {
		return &UsageError{"--strict makes every cell that cannot be used an error, and --on-error " + o.OnError + " goes on without it; leave one out"}
	}
	if o.Output != "-" {
		if err := keepApart(o.Output, readFrom{"the table", o.Data}, readFrom{"the model", o.Model}); err != nil {
			return err
		}
	}
	if o.DataReport != "" && samePlace(o.Output, o.DataReport) {
		return &UsageError{"--output and --data-report name the same file; choose another one"}
	}
	if err := mayWrite(o.Output, o.Force); err != nil {
		return err
	}
	o.trouble = newTrouble(o.OnError)
	if o.OnError != onErrorSkip {
		o.cache = -1 // every row is read once
	}
	src, err := openSource(ctx, o.SourceOptions, false, warnTo(s))
	if err != nil {
		return err
	}
	defer src.close()
	if o.Output != "-" {
		if err := o.keepApart(o.Output, src.bundle); err != nil {
			return err
		}
	}
	columns, err := predictionColumns(src, o.trouble)
	if err != nil {
		return err
	}
	rows, err := src.rows(o.Split)
	if err != nil {
		return err
	}
	usable, err := o.trouble.sift(ctx, src, rows)
	if err != nil {
		return err
	}
	p := &predictions{source: src, names: columns, rows: rows, trouble: o.trouble}
	err = publish(o.Output, s.Out, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := p.write(ctx, format(b, p), usable, s); err != nil {
			return err
		}
		if err := src.tell(o.SourceOptions, s); err != nil {
			return err
		}
		o.trouble.tell(warnTo(s))
		return b.Flush()
	})
	if err != nil {
		return err
	}
	return o.trouble.writeTo(s, src.report, o.Output, len(rows))
}

// publish writes a file that is there whole or not at all. Standard output, devices
// and pipes are given it when it is whole.
func publish(path string, out io.Writer, write func(io.Writer) error) error {
	if path != "-" {
		if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
			return checkpoints.WriteFileAtomic(path, write)
		}
	}
	spool, err := os.CreateTemp("", "chiasm-*")
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	if err := write(spool); err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if path == "-" {
		_, err = io.Copy(out, spool)
		return err
	}
	return checkpoints.WriteFileAtomic(path, func(w io.Writer) error {
		_, err := io.Copy(w, spool)
		return err
	})
}

// mayWrite refuses, before any row is predicted, a folder that is not there and a
// file that is. Devices and pipes are written to as they are.
func mayWrite(path string, force bool) error {
	if path == "-" {
		return nil
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return &data.FileError{Path: path, Err: fmt.Errorf("cannot create the file: %w", errors.Unwrap(err))}
	}
	if force {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return &UsageError{fmt.Sprintf("%s exists; choose another --output, or write over it with --force", path)}
	}
	return nil
}

// A rowWriter writes a table of predictions.
type rowWriter interface {
	header() error
	// row writes a row of the table with the model's scores; nil of one that was
	// left out.
	row(row int, scores []float32) error
	end() error
}

// formatOf chooses the format by the file's name.
func formatOf(path string) (func(io.Writer, *predictions) rowWriter, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case path == "-" || ext == ".csv":
		return func(w io.Writer, p *predictions) rowWriter { return newCSVRows(w, p, ',') }, nil
	case ext == ".tsv":
		return func(w io.Writer, p *predictions) rowWriter { return newCSVRows(w, p, '\t') }, nil
	case ext == ".jsonl":
		return func(w io.Writer, p *predictions) rowWriter { return &jsonRows{p, w} }, nil
	}
	return nil, &UsageError{fmt.Sprintf("--output %s: want a name that ends in .csv, .tsv or .jsonl, or - for standard output", path)}
}

// predictions are rows of a table and what a model says of them. They are written
// batch by batch: no more than a batch of them is in memory.
type predictions struct {
	source  *source
	rows    []int
	names   []string // of the columns behind the table's own
	trouble *trouble
}

// write predicts the usable rows, which are among the rows in their order, and
// writes all of them.
func (p *predictions) write(ctx context.Context, to rowWriter, usable []int, s Streams) error {
	if err := to.header(); err != nil {
		return err
	}
	m, next := p.source.bundle.Model, 0
	size := m.Size()
	skip := func(end int) error { // rows that were left out
		for ; next < len(p.rows) && p.rows[next] != end; next++ {
			if err := to.row(p.rows[next], nil); err != nil {
				return err
			}
		}
		return nil
	}
	o := trainer.EvalOptions{Workers: p.source.bundle.Config.Training.Workers}
	if p.trouble.policy == onErrorSkip {
		o.Unanswered = p.trouble.unanswered
	}
	o.Each = func(rows []int, scores []float32, _ data.Slot) error {
		for i, row := range rows {
			if err := skip(row); err != nil {
				return err
			}
			next++
			of := scores[i*size : (i+1)*size]
			if p.trouble.lacksAnswer(row) {
				of = nil
			}
			if err := to.row(row, of); err != nil {
				return err
			}
		}
		return nil
	}
	bar := newProgress(s.Err, "predicting", "rows", len(usable))
	o.Progress = func(n int) { bar.set(n, "") }
	_, err := trainer.Predict(ctx, m, p.source.dataset, usable, o)
	bar.end()
	if err != nil {
		return err
	}
	if err := skip(-1); err != nil {
		return err
	}
	return to.end()
}

// width is how many columns a row's answers take: one of each output, and one of each of
// its labels.
func (p *predictions) width() int {
	n := 0
	for _, x := range p.source.bundle.Outputs() {
		n += 1 + len(x.Target.Labels())
	}
	return n
}

// answers are what the scores of a row mean; none of a row that was left out.
func (p *predictions) answers(scores []float32) []bundle.Answer {
	if scores == nil {
		return nil
	}
	return p.source.bundle.Answers(scores)
}
