package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/trainer"
)

// ExplainOptions are the flags of explain.
type ExplainOptions struct {
	SourceOptions
	Rows   string // such as 1,5-9; empty: the first ones
	Worst  int    // the so many worst mistakes, instead
	Split  string // only rows of this split
	Of     string // the output to explain, of a model of several; empty: the first
	Label  string // to explain; empty: the most probable
	Output string
	Force  bool
}

// fewExplained is how many rows are explained if none are named.
const fewExplained = 20

// mostExplained bounds the pages of one call.
const mostExplained = 2000

// Explain writes a page and a JSON file for each of some rows, and an index.
func Explain(ctx context.Context, o ExplainOptions, s Streams) error {
	if o.Worst < 0 || o.Worst > 0 && o.Rows != "" {
		return &UsageError{"give --rows or --worst, not both, and --worst as 1 or more"}
	}
	o.prints = o.Worst > 0
	src, err := openSource(ctx, o.SourceOptions, o.Worst > 0, warnTo(s))
	if err != nil {
		return err
	}
	defer src.close()
	whole := src.bundle
	if src, err = src.explained(&o, s); err != nil {
		return err
	}
	rows, err := src.chosenRows(ctx, o, s)
	if err != nil {
		return err
	}
	if err := src.account(rows); err != nil {
		return err
	}
	b := src.bundle
	e, err := explain.New(whole.Model, whole.Inputs, whole.Target, explain.Options{Output: o.Of, Label: o.Label})
	if err != nil {
		return err
	}
	if err := o.keepApart(o.Output, b); err != nil {
		return err
	}
	out, err := checkpoints.NewOutput(o.Output, "explanation", o.Force, warnTo(s))
	if err != nil {
		return err
	}
	defer out.Close()
	w := &explaining{source: src, warn: warnTo(s), dir: o.Output, stage: out.Dir}
	bar := newProgress(s.Err, "explaining", "rows", len(rows))
	for i, row := range rows {
		if err := w.row(ctx, e, row); err != nil {
			bar.end()
			return err
		}
		bar.set(i+1, "")
	}
	bar.end()
	if err := src.tell(o.SourceOptions, s); err != nil {
		return err
	}
	if err := w.index(o); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return w.say(s)
}

// explained is the source with the output that is explained only; of several, the first
// where none is named, which is said.
func (s *source) explained(o *ExplainOptions, to Streams) (*source, error) {
	outputs := s.bundle.Outputs()
	if o.Of == "" && outputs[0].Name == "" {
		return s, nil
	}
	if o.Of == "" {
		o.Of = outputs[0].Name
		var others []string
		for _, x := range outputs[1:] {
			others = append(others, x.Name)
		}
		fmt.Fprintf(to.Err, "note: the output %s is explained; --of names another one: %s\n", o.Of, strings.Join(others, ", "))
	}
	return s.answering(o.Of)
}

// chosenRows are the rows to explain, in order.
func (s *source) chosenRows(ctx context.Context, o ExplainOptions, to Streams) ([]int, error) {
	rows, err := s.rows(o.Split)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Worst > 0:
		if rows, err = s.worst(ctx, rows, o.Worst, o.Split, to); err != nil {
			return nil, err
		}
	case o.Rows != "":
		named, err := parseRows(o.Rows, s.table.Len())
		if err != nil {
			return nil, err
		}
		all := rows
		rows = slices.DeleteFunc(named, func(row int) bool { return !slices.Contains(all, row) })
		if len(rows) == 0 {
			return nil, &UsageError{fmt.Sprintf("none of the rows %s is in the split %q", o.Rows, o.Split)}
		}
	default:
		rows = rows[:min(len(rows), fewExplained)]
	}
	if len(rows) > mostExplained {
		return nil, &UsageError{fmt.Sprintf("%d rows are too many for a folder of pages, at most %d; name some by --rows", len(rows), mostExplained)}
	}
	return rows, nil
}

// worst are the n rows that the model gets most wrong.
func (s *source) worst(ctx context.Context, rows []int, n int, split string, to Streams) ([]int, error) {
	rows, err := s.usable(ctx, rows)
	if err != nil {
		return nil, err
	}
	if s.among != nil {
		if rows, err = data.Answered(s.table, s.among, s.bundle.Target, rows); err != nil {
			return nil, err
		}
	}
	bar := newProgress(to.Err, "looking for mistakes", "rows", len(rows))
	w := newWorst(s.bundle.Model.Head(), s.bundle.Target, s.table, n)
	_, err = trainer.Evaluate(ctx, s.bundle.Model, s.dataset, rows, trainer.EvalOptions{
		Workers: s.bundle.Config.Training.Workers, Progress: func(n int) { bar.set(n, "") }, Each: w.add,
	})
	bar.end()
	if err != nil {
		return nil, err
	}
	if split != "train" {
		s.seen(rows).tell(to.Err)
	}
	all := w.cut()
	if len(all) == 0 {
		return nil, &UsageError{fmt.Sprintf("the model makes no mistake on these %d rows; leave --worst out", len(rows))}
	}
	var out []int
	for _, m := range all {
		out = append(out, m.row)
	}
	return out, nil
}

// parseRows reads 1,5-9, of a table of n rows; the first is 1.
func parseRows(s string, n int) ([]int, error) {
	var rows []int
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(last)
		if errA != nil || errB != nil || a < 1 || b < a {
			return nil, &UsageError{fmt.Sprintf("--rows: %q is not a row or a range of rows, as in 1,5-9; the first row is 1", part)}
		}
		if b > n {
			return nil, &UsageError{fmt.Sprintf("--rows: there is no row %d, the table has %d", b, n)}
		}
		for row := a; row <= b; row++ {
			if slices.Contains(rows, row-1) {
				return nil, &UsageError{fmt.Sprintf("--rows names row %d twice", row)}
			}
			rows = append(rows, row-1)
		}
	}
	return rows, nil
}

// explaining is explanations under way into a folder.
type explaining struct {
	*source
	warn  func(error)
	dir   string // where the pages will be
	stage string // where they are written
	cards []report.ExplainedRow
	lines []explained
}

// explained is a row of the summary.
type explained struct {
	Row         int     `json:"row"`
	Prediction  any     `json:"prediction"`
	Target      any     `json:"target,omitempty"`
	Probability float64 `json:"probability,omitempty"` // of what is explained
	RelativeGap float64 `json:"relative_gap"`
	Page        string  `json:"page"`
	JSON        string  `json:"json"`
}

// row explains one row, and writes its files.
func (w *explaining) row(ctx context.Context, e *explain.Explainer, row int) error {
	r, err := explain.Read(w.table, row, w.bundle.Inputs, w.bundle.Target)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Items, func(item data.Item) bool { return item != nil }) {
		w.warn(fmt.Errorf("row %d lacks every input: there is nothing to explain", row+1))
		return nil
	}
	x, err := e.Explain(ctx, r)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("row-%06d", row+1)
	b, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		return err
	}
	if err := checkpoints.WriteFileAtomic(filepath.Join(w.stage, name+".json"), checkpoints.Bytes(append(b, '\n'))); err != nil {
		return err
	}
	card := report.ExplainedRow{Explanation: x, Task: head.FormOf(w.bundle.Model.Head()).String(), Target: w.bundle.Target.Config().Column, Page: name + ".html"}
	if err := w.show(&card, row); err != nil {
		return err
	}
	if err := w.write(card.Page, func(to io.Writer) error {
		return report.WriteExplanation(to, report.ExplanationPage{Name: w.bundle.Config.Name, ExplainedRow: card, About: about()})
	}); err != nil {
		return err
	}
	w.cards = append(w.cards, card)
	w.lines = append(w.lines, explained{
		Row: row + 1, Prediction: x.Prediction, Target: x.Target, Probability: x.Probabilities[x.Explained],
		RelativeGap: x.Completeness.RelativeGap, Page: filepath.Join(w.dir, card.Page), JSON: filepath.Join(w.dir, name+".json"),
	})
	return nil
}

// show adds what a row holds, as the inputs show it.
func (w *explaining) show(card *report.ExplainedRow, row int) error {
	for _, in := range w.bundle.Inputs {
		present := slices.Contains(card.Explanation.Present, in.Name)
		for _, f := range data.FieldsOf(in.Preprocessor) {
			if f.Type == data.AsImage && !present {
				continue
			}
			v, err := data.ViewOf(in.Preprocessor, w.table, row, f)
			if err != nil {
				return err
			}
			switch {
			case v.Type != data.AsImage:
				card.Cells = append(card.Cells, report.Cell{Input: in.Name, Column: f.Name, Text: v.Text, Curve: v.Curve})
			case v.File != nil:
				card.Views = append(card.Views, report.View{Input: in.Name, File: v.File, Height: v.Height, Width: v.Width, Fit: v.Fit, Background: v.Background})
			}
		}
	}
	return nil
}

func about() []report.Field {
	return []report.Field{{Name: "version", Value: version.String()}}
}

func (w *explaining) write(name string, page func(io.Writer) error) error {
	var b bytes.Buffer
	if err := page(&b); err != nil {
		return err
	}
	return checkpoints.WriteFileAtomic(filepath.Join(w.stage, name), checkpoints.Bytes(b.Bytes()))
}

// index writes the page of all rows.
func (w *explaining) index(o ExplainOptions) error {
	p := report.ExplanationIndex{Name: w.bundle.Config.Name, Rows: w.cards, Worst: o.Worst > 0, Split: o.Split, About: about()}
	return w.write("index.html", func(to io.Writer) error { return report.WriteExplanationIndex(to, p) })
}

// say says what was done.
func (w *explaining) say(s Streams) error {
	if s.JSON {
		b, err := json.MarshalIndent(struct {
			Rows []explained `json:"rows"`
		}{w.lines}, "", "  ")
		if err != nil {
			return err
		}
		_, err = s.Out.Write(append(b, '\n'))
		return err
	}
	gap := 0.0
	for _, l := range w.lines {
		gap = max(gap, l.RelativeGap)
	}
	what := fmt.Sprintf("%d explanations", len(w.lines))
	if len(w.lines) == 1 {
		what = "1 explanation"
	}
	_, err := fmt.Fprintf(s.Out, "%s in %s; open %s. Attributions are complete to %.2g %%.\n", what, w.dir, filepath.Join(w.dir, "index.html"), 100*gap)
	return err
}
