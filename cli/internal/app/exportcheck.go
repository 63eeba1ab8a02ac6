package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
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
	// Cells is how the samples read rows of the table, where there is one.
	Cells *checkCells `json:"preprocessing,omitempty"`
}

// checkCells is another line of samples/check.py.
type checkCells struct {
	Rows    int      `json:"preprocessed"`
	Differ  int      `json:"rows_differ"`
	First   string   `json:"first,omitempty"` // what differs in the first of them
	Pixels  float64  `json:"pixels"`          // the largest mean difference of an image, in levels of 255
	LeftOut []string `json:"left_out"`        // inputs of plug-ins, which the samples cannot read
}

// mostPixels is the mean difference of a picture that decoders explain: those of
// JPEG and WebP are not alike to the bit.
const mostPixels = 4

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
	if p := c.Cells; p != nil && p.Differ > 0 {
		return &exportError{fmt.Sprintf("%s: the samples read %d of %d rows in another way than the model: %s; do not use them, and report this model's config with that row", dir, p.Differ, p.Rows, p.First)}
	}
	if p := c.Cells; p != nil && p.Pixels > mostPixels {
		return &exportError{fmt.Sprintf("%s: the samples decode or resize pictures in another way than the model: one differs by %.1f of 255 on average, decoders may by %d; do not use them, and report the picture", dir, p.Pixels, mostPixels)}
	}
	return nil
}

// uncheckedError is a check that was asked for and could not be made.
type uncheckedError struct{ message string }

func (e *uncheckedError) Error() string { return e.message }

// ExitCode is 2: something is asked for that cannot be done here.
func (*uncheckedError) ExitCode() int { return 2 }

// checkExport runs the graph by ONNX Runtime on random rows, and on those of a
// table if there is one, whose cells the samples then read as well. What could not
// be checked is an *uncheckedError, with a result that says so too.
func checkExport(ctx context.Context, o ExportOptions, b *bundle.Bundle, d *export.Description, s Streams) (*checkResult, error) {
	result := &checkResult{Tolerance: checkTolerance}
	dir := filepath.Join(o.stage, casesDir)
	unchecked := func(err error, instead string) (*checkResult, error) {
		result.Why = err.Error()
		return result, &uncheckedError{fmt.Sprintf("%s is written, but not checked: %v; %s", o.Output, err, instead)}
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, &data.FileError{Path: dir, Err: err}
	}
	cases, images, err := writeCases(ctx, o, b, d, s)
	if err != nil {
		return nil, err
	}
	if cases == 0 {
		return unchecked(errors.New("no rows can be made up for this model's inputs"), "give rows to check on by --data")
	}
	interpreter, err := python.Find(o.Python)
	if err == nil {
		modules := []string{"numpy", "onnxruntime"}
		if images != "" {
			modules = append(modules, "PIL")
		}
		err = python.Has(ctx, interpreter, modules...)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return unchecked(err, fmt.Sprintf("install it and export again with --force, or name another Python by --python; where there is one, python %s %s checks the same", filepath.Join(o.Output, export.SamplesDir, "check.py"), filepath.Join(o.Output, casesDir)))
	}
	out, err := runCheck(ctx, interpreter, o.stage, images)
	if err != nil {
		return nil, err
	}
	if err := result.read(out); err != nil {
		return nil, err
	}
	if ran := result.cases(); ran != cases {
		result = &checkResult{Tolerance: checkTolerance}
		return unchecked(fmt.Errorf("%s ran %d of %d cases", interpreter, ran, cases), "is it a Python? name another one by --python")
	}
	return result, os.RemoveAll(dir)
}

// runCheck runs samples/check.py, out of a folder that holds the samples and
// nothing else: what lies in the exported one may be anybody's.
func runCheck(ctx context.Context, interpreter, output, images string) ([]byte, error) {
	samples, err := os.MkdirTemp("", "chiasm-samples-")
	if err != nil {
		return nil, &data.FileError{Path: os.TempDir(), Err: err}
	}
	defer os.RemoveAll(samples)
	if err := export.WriteSamples(samples); err != nil {
		return nil, err
	}
	model, err := filepath.Abs(output)
	if err != nil {
		return nil, &data.FileError{Path: output, Err: err}
	}
	arguments := []string{filepath.Join(samples, "check.py"), filepath.Join(model, casesDir), "--model", model}
	if images != "" {
		arguments = append(arguments, "--images", images)
	}
	out, err := python.Run(ctx, interpreter, arguments...)
	if err != nil && ctx.Err() == nil {
		return nil, &exportError{fmt.Sprintf("%s: %v", output, err)}
	}
	return out, err
}

// writeCases writes random rows and, if there is a table, rows of it, with their
// cells. It returns how many cases there are, and the folder of the table's images.
func writeCases(ctx context.Context, o ExportOptions, b *bundle.Bundle, d *export.Description, s Streams) (n int, images string, err error) {
	dir := filepath.Join(o.stage, casesDir)
	cases, err := randomCases(ctx, b, d, s)
	if err != nil {
		return 0, "", err
	}
	if o.Data != "" {
		src, err := openSource(ctx, o.SourceOptions, false, warnTo(s))
		if err != nil {
			return 0, "", err
		}
		defer src.close()
		rows, err := src.rows("")
		if err != nil {
			return 0, "", err
		}
		rows = spread(rows, mostRows)
		real, err := export.Cases(ctx, src.bundle, d, src.table, src.dataset, rows, realCase)
		if err != nil {
			return 0, "", err
		}
		cases = append(cases, real...)
		if err := src.writeRows(filepath.Join(dir, realCase, "rows.jsonl"), rows); err != nil {
			return 0, "", err
		}
		if src.folder != nil {
			if images, err = filepath.Abs(src.imageFolder(o.SourceOptions)); err != nil {
				return 0, "", err
			}
		}
	}
	return len(cases), images, export.WriteCases(dir, cases)
}

// realCase is the case of a table's rows.
const realCase = "real"

// randomCases are made-up rows; none for inputs of plug-ins, whose cells nobody
// here knows.
func randomCases(ctx context.Context, b *bundle.Bundle, d *export.Description, s Streams) ([]export.Case, error) {
	table, source, err := export.RandomRows(b, randomRows)
	if err != nil {
		warnTo(s)(err)
		return nil, nil
	}
	b.ReadFiles(source)
	set, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: true})
	if err != nil {
		return nil, err
	}
	rows := make([]int, table.Len())
	for i := range rows {
		rows[i] = i
	}
	return export.Cases(ctx, b, d, table, set, rows, "random")
}

// writeRows writes the cells of some rows that the model reads, as the table has
// them: one object a line.
func (s *source) writeRows(path string, rows []int) error {
	var columns []*data.Column
	for _, name := range data.Columns(s.bundle.Inputs, nil) {
		c, err := s.table.Column(name)
		if err != nil {
			return err
		}
		columns = append(columns, c)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return &data.FileError{Path: filepath.Dir(path), Err: err}
	}
	return checkpoints.WriteFileAtomic(path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, row := range rows {
			cells := map[string]any{}
			for _, c := range columns {
				cells[c.Name] = cellValue(c.Cell(row))
			}
			line, err := json.Marshal(cells)
			if err != nil {
				return err
			}
			b.Write(append(line, '\n')) // an error stays until Flush
		}
		return b.Flush()
	})
}

// cases is how many cases were run.
func (c *checkResult) cases() int {
	ran := map[string]bool{}
	for _, r := range c.Runs {
		ran[r.Case] = true
	}
	return len(ran)
}

// read takes what check.py printed.
func (c *checkResult) read(out []byte) error {
	c.Checked, c.Compared = true, "standardised predictions"
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
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
		if r.Batch == 0 { // of the cells
			if err := json.Unmarshal(lines.Bytes(), &c.Cells); err != nil {
				return err
			}
			continue
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
