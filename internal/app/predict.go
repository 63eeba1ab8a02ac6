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
	write, err := writerFor(o.Output)
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
	bar := newProgress(s.Err, "predicting", "rows", len(usable))
	out, err := trainer.Predict(ctx, src.bundle.Model, src.dataset, usable, trainer.EvalOptions{
		Workers: src.bundle.Config.Training.Workers, Progress: func(n int) { bar.set(n, "") },
	})
	bar.end()
	if err != nil {
		return err
	}
	if err := src.tell(o.SourceOptions, s); err != nil {
		return err
	}
	o.trouble.tell(warnTo(s))
	p := newPredictions(src, columns, rows, usable, out, o.trouble)
	if o.Output == "-" {
		w := bufio.NewWriter(s.Out)
		if err := write(w, p); err != nil {
			return err
		}
		return w.Flush()
	}
	if err := checkpoints.WriteFileAtomic(o.Output, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := write(b, p); err != nil {
			return err
		}
		return b.Flush()
	}); err != nil {
		return err
	}
	return o.trouble.writeTo(s, src.report, o.Output, len(rows))
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

// writerFor chooses the format by the file's name.
func writerFor(path string) (func(io.Writer, *predictions) error, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case path == "-" || ext == ".csv":
		return func(w io.Writer, p *predictions) error { return p.writeCSV(w, ',') }, nil
	case ext == ".tsv":
		return func(w io.Writer, p *predictions) error { return p.writeCSV(w, '\t') }, nil
	case ext == ".jsonl":
		return func(w io.Writer, p *predictions) error { return p.writeJSON(w) }, nil
	}
	return nil, &UsageError{fmt.Sprintf("--output %s: want a name that ends in .csv, .tsv or .jsonl, or - for standard output", path)}
}

// predictions are rows of a table and what a model says of them.
type predictions struct {
	source  *source
	columns []string // of a prediction, behind the table's own
	rows    []int
	at      map[int]int    // by row, its place among values; none of a row that was left out
	values  []float32      // (usable rows, scores)
	reasons map[int]string // by row, why it was not used as it stands; nil: no row has one
}

func newPredictions(src *source, columns []string, rows, usable []int, values []float32, t *trouble) *predictions {
	p := &predictions{source: src, columns: columns, rows: rows, values: values, at: make(map[int]int, len(usable))}
	for i, row := range usable {
		p.at[row] = i
	}
	if t.reads() {
		p.reasons = t.reasons()
	}
	return p
}

// labels are the output's labels; nil for a regression.
func (p *predictions) labels() []string { return p.source.bundle.Target.Labels() }

// answer is the prediction of a row, and the probability of each label; false of a
// row that was left out.
func (p *predictions) answer(row int) (prediction any, probabilities []float32, ok bool) {
	i, ok := p.at[row]
	if !ok {
		return nil, nil, false
	}
	size := p.source.bundle.Model.Output().Size()
	prediction, probabilities = p.source.bundle.Answer(p.values[i*size : (i+1)*size])
	return prediction, probabilities, true
}
