package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/trainer"
)

// PredictOptions are the flags of predict.
type PredictOptions struct {
	SourceOptions
	Output string // a .csv, .tsv or .jsonl file; "-" is CSV on standard output
	Split  string // only the rows of this split
}

// Predict writes all rows of a table with the model's predictions behind them.
func Predict(ctx context.Context, o PredictOptions, s Streams) error {
	write, err := writerFor(o.Output)
	if err != nil {
		return err
	}
	o.cache = -1 // every row is read once
	src, err := openSource(ctx, o.SourceOptions, false, warnTo(s))
	if err != nil {
		return err
	}
	defer src.close()
	rows, err := src.rows(o.Split)
	if err != nil {
		return err
	}
	bar := newProgress(s.Err, "predicting", "rows", len(rows))
	out, err := trainer.Predict(ctx, src.bundle.Model, src.dataset, rows, trainer.EvalOptions{
		Workers: src.bundle.Config.Training.Workers, Progress: func(n int) { bar.set(n, "") },
	})
	bar.end()
	if err != nil {
		return err
	}
	src.tell(warnTo(s))
	p := &predictions{source: src, rows: rows, values: out}
	if o.Output == "-" {
		w := bufio.NewWriter(s.Out)
		if err := write(w, p); err != nil {
			return err
		}
		return w.Flush()
	}
	return checkpoints.WriteFileAtomic(o.Output, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		if err := write(b, p); err != nil {
			return err
		}
		return b.Flush()
	})
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
	source *source
	rows   []int
	values []float32 // (rows, scores)
}

// labels are the output's labels; nil for a regression.
func (p *predictions) labels() []string { return p.source.bundle.Target.Labels() }

// answer is the prediction of the i-th row, and the probability of each label.
func (p *predictions) answer(i int) (prediction any, probabilities []float32) {
	size := p.source.bundle.Model.Output().Size()
	return p.source.bundle.Answer(p.values[i*size : (i+1)*size])
}
