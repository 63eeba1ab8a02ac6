package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/export"
)

// ExportOptions are the flags of export.
type ExportOptions struct {
	SourceOptions        // Data and Images are of Check
	Format        string // onnx or safetensors
	Output        string // a folder
	Outputs       []string
	Force         bool
	Check         bool
	Python        string // the interpreter that checks; empty: python3 or python on the PATH

	stage string // where files are written before they are in Output
}

// Formats that models are exported in.
const (
	formatONNX        = "onnx"
	formatSafetensors = "safetensors"
)

func (o *ExportOptions) check() error {
	switch {
	case o.Format != formatONNX && o.Format != formatSafetensors:
		return &UsageError{fmt.Sprintf("--format is %q, want %s or %s", o.Format, formatONNX, formatSafetensors)}
	case o.Format == formatSafetensors && (o.Check || len(o.Outputs) > 0):
		return &UsageError{"--check and --outputs are for --format onnx: a file of weights computes nothing"}
	case o.Data != "" && !o.Check:
		return &UsageError{"--data is for --check"}
	}
	return nil
}

// Export writes a model for other programs.
func Export(ctx context.Context, o ExportOptions, s Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.Registry == nil {
		o.Registry = config.Builtin()
	}
	b, err := bundle.Load(ctx, o.Model, bundle.Options{Registry: o.Registry, Warn: warnTo(s)})
	if err != nil {
		return err
	}
	if err := o.keepApart(o.Output, b); err != nil {
		return err
	}
	out, err := checkpoints.NewOutput(o.Output, "export", o.Force, warnTo(s))
	if err != nil {
		return err
	}
	defer out.Close()
	o.stage = out.Dir
	if o.Format == formatSafetensors {
		if err := export.WriteWeights(b, o.stage); err != nil {
			return err
		}
		if err := out.Commit(); err != nil {
			return err
		}
		return exported(s, o.Output, nil, nil)
	}
	d, err := export.WriteONNX(b, o.stage, o.Outputs)
	if err != nil {
		return err
	}
	result := &checkResult{Why: "--check was not given", Tolerance: checkTolerance}
	var unchecked *uncheckedError
	if o.Check {
		if result, err = checkExport(ctx, o, b, d, s); err != nil && !errors.As(err, &unchecked) {
			return err
		}
	}
	if err := export.WriteJSON(o.stage, export.CheckFile, result); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if err := exported(s, o.Output, d, result); err != nil {
		return err
	}
	if unchecked != nil {
		return unchecked
	}
	return result.verdict(o.Output)
}

// exported tells what was written.
func exported(s Streams, dir string, d *export.Description, c *checkResult) error {
	if s.JSON {
		b, err := json.MarshalIndent(struct {
			Output string       `json:"output"`
			Check  *checkResult `json:"check,omitempty"`
		}{dir, c}, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Out, string(b))
		return err
	}
	fmt.Fprintf(s.Out, "wrote %s\n", dir)
	if d != nil {
		for _, in := range d.Inputs {
			for _, t := range in.Tensors {
				fmt.Fprintf(s.Out, "  input  %-36s %s %v\n", t.Name, t.Type, t.Shape)
			}
		}
		more := d.More
		for _, o := range slices.Backward(d.Answers()) {
			more = slices.Concat(o.Tensors, more)
		}
		for _, t := range more {
			fmt.Fprintf(s.Out, "  output %-36s %s %v\n", t.Name, t.Type, t.Shape)
		}
	}
	if c == nil {
		return nil
	}
	if !c.Checked {
		fmt.Fprintf(s.Out, "not checked: %s\n", c.Why)
		return nil
	}
	for _, r := range c.Runs {
		fmt.Fprintf(s.Out, "  %-36s batch %4d, %4d rows: %s differ by %.2g at most\n", r.Case, r.Batch, r.Rows, c.Compared, r.difference())
	}
	if p := c.Cells; p != nil {
		fmt.Fprintf(s.Out, "  the samples read %d of %d rows as the model does", p.Rows-p.Differ, p.Rows)
		if p.Pixels > 0 {
			fmt.Fprintf(s.Out, ", pictures within %.2g of 255 levels on average", p.Pixels)
		}
		if len(p.LeftOut) > 0 {
			fmt.Fprintf(s.Out, "; they cannot read the inputs of plug-ins: %s", strings.Join(p.LeftOut, ", "))
		}
		fmt.Fprintln(s.Out)
	}
	fmt.Fprintf(s.Out, "checked by %s: %s differ by %.2g at most, allowed are %g; %d labels differ\n", c.Runtime, c.Compared, c.Largest, c.Tolerance, c.LabelsDiffer)
	return nil
}

// spread takes at most n of the rows, evenly.
func spread(rows []int, n int) []int {
	if len(rows) <= n {
		return rows
	}
	out := make([]int, n)
	for i := range out {
		out[i] = rows[i*len(rows)/n]
	}
	return slices.Clip(out)
}
