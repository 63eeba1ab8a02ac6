package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/internal/python"
)

// What an export is held to: probabilities, or, of a regression, standardised
// predictions, differ by this at most.
const checkTolerance = 1e-4

const (
	randomRows = 64
	mostRows   = 1000 // of a table
)

// casesDir is where rows and answers are left if nothing could check them.
const casesDir = "cases"

// checkResult is check.json.
type checkResult struct {
	Checked   bool    `json:"checked"`
	Why       string  `json:"why,omitempty"` // it was not
	Runtime   string  `json:"runtime,omitempty"`
	Compared  string  `json:"compared,omitempty"`
	Tolerance float64 `json:"tolerance"`
	Largest   float64 `json:"largest_difference"`
	// LabelsDiffer counts rows whose two best labels differ by more than 1e-3 and
	// whose best is another one.
	LabelsDiffer int        `json:"labels_differ"`
	Runs         []checkRun `json:"runs,omitempty"`
}

// checkRun is a line of samples/check.py.
type checkRun struct {
	Case          string   `json:"case"`
	Batch         int      `json:"batch"`
	Rows          int      `json:"rows"`
	Logits        float64  `json:"logits"`
	Probabilities *float64 `json:"probabilities,omitempty"`
	Outputs       float64  `json:"outputs,omitempty"` // predicted numbers, and what --outputs asked for; beyond 1 in proportion
	LabelsDiffer  int      `json:"labels_differ,omitempty"`
}

func (r checkRun) difference() float64 {
	if r.Probabilities != nil {
		return max(*r.Probabilities, r.Outputs)
	}
	return max(r.Logits, r.Outputs)
}

// exportError is an export that does not compute what the model does.
type exportError struct{ message string }

func (e *exportError) Error() string { return e.message }

// ExitCode is 1: the fault is ours, or the runtime's.
func (*exportError) ExitCode() int { return 1 }

func (c *checkResult) verdict(dir string) error {
	if c.Largest > c.Tolerance || c.LabelsDiffer > 0 {
		return &exportError{fmt.Sprintf("%s: %s gives other answers than the model: %s differ by %.2g, allowed are %g, and %d labels differ; do not use it, and report this model's config", dir, c.Runtime, c.Compared, c.Largest, c.Tolerance, c.LabelsDiffer)}
	}
	return nil
}

// checkExport runs the graph by ONNX Runtime on random rows, and on those of a
// table if there is one.
func checkExport(ctx context.Context, o ExportOptions, b *bundle.Bundle, d *export.Description, s Streams) (*checkResult, error) {
	result := &checkResult{Tolerance: checkTolerance}
	cases, err := checkCases(ctx, o, b, d, s)
	if err != nil {
		return nil, err
	}
	if len(cases) == 0 {
		result.Why = "there are no rows to check on: give --data"
		return result, nil
	}
	dir := filepath.Join(o.Output, casesDir)
	if err := os.RemoveAll(dir); err != nil {
		return nil, &data.FileError{Path: dir, Err: err}
	}
	if err := export.WriteCases(dir, cases); err != nil {
		return nil, err
	}
	interpreter, err := python.Find(o.Python)
	if err == nil {
		err = python.Has(ctx, interpreter, "numpy", "onnxruntime")
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		result.Why = fmt.Sprintf("%v; where there is ONNX Runtime, run python %s %s, or name a Python by --python", err, filepath.Join(o.Output, export.SamplesDir, "check.py"), dir)
		return result, nil
	}
	out, err := python.Run(ctx, interpreter, filepath.Join(o.Output, export.SamplesDir, "check.py"), dir)
	if err != nil {
		return nil, &exportError{fmt.Sprintf("%s: %v", o.Output, err)}
	}
	if err := result.read(out); err != nil {
		return nil, err
	}
	return result, os.RemoveAll(dir)
}

// checkCases are random rows and, if there is a table, rows of it.
func checkCases(ctx context.Context, o ExportOptions, b *bundle.Bundle, d *export.Description, s Streams) ([]export.Case, error) {
	var cases []export.Case
	table, source, err := export.RandomRows(b, randomRows)
	if err != nil { // of a plug-in's input
		warnTo(s)(err)
	} else {
		b.ReadImages(source)
		set, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: true})
		if err != nil {
			return nil, err
		}
		rows := make([]int, table.Len())
		for i := range rows {
			rows[i] = i
		}
		if cases, err = export.Cases(ctx, b, d, table, set, rows, "random"); err != nil {
			return nil, err
		}
	}
	if o.Data == "" {
		return cases, nil
	}
	src, err := openSource(ctx, o.SourceOptions, false, warnTo(s))
	if err != nil {
		return nil, err
	}
	defer src.close()
	rows, err := src.rows("")
	if err != nil {
		return nil, err
	}
	real, err := export.Cases(ctx, src.bundle, d, src.table, src.dataset, spread(rows, mostRows), "real")
	return append(cases, real...), err
}

// read takes what check.py printed.
func (c *checkResult) read(out []byte) error {
	c.Checked, c.Compared = true, "standardised predictions"
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if c.Runtime == "" {
			var first struct{ Runtime string }
			if err := json.Unmarshal(lines.Bytes(), &first); err != nil {
				return err
			}
			c.Runtime = first.Runtime
			continue
		}
		var r checkRun
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		if r.Probabilities != nil && len(c.Runs) == 0 {
			c.Compared = "probabilities"
		}
		c.Runs = append(c.Runs, r)
		if r.Outputs > 0 && !strings.Contains(c.Compared, "outputs") {
			c.Compared += " and outputs"
		}
		c.Largest = max(c.Largest, r.difference())
		c.LabelsDiffer += r.LabelsDiffer
	}
	return lines.Err()
}
