package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/ablation"
	"github.com/chiasm-ml/chiasm/metrics"
)

// studies are what evaluate is asked for beside the figures of all inputs; each
// nil if it is not.
type studies struct {
	Missing    *ablation.Missing    `json:"missing,omitempty"`
	Importance *ablation.Importance `json:"importance,omitempty"`
	// Outputs, instead, are of each of several outputs.
	Outputs []outputStudies `json:"outputs,omitempty"`
}

// outputStudies are of one of several outputs.
type outputStudies struct {
	Name string `json:"name"`
	studies
	rows int // that have its answer
}

// study measures what the model does without some of its inputs.
func (s *source) study(ctx context.Context, o EvaluateOptions, rows []int, to Streams) (out studies, err error) {
	if !o.Missing && !o.Importance {
		if o.Metric != "" {
			return out, &UsageError{"--metric is for --missing and --importance"}
		}
		return out, nil
	}
	if _, several := s.bundle.Model.Head().(head.Joint); !several {
		return s.studyOne(ctx, o, rows, to)
	}
	// The figure of an output is named as in the table: price.mae.
	only, figure, named := strings.Cut(o.Metric, ".")
	if o.Metric != "" && !named {
		return out, &UsageError{fmt.Sprintf("--metric is %s, and the model has several outputs: name one of them, as in %s.%s", o.Metric, s.bundle.Outputs()[0].Name, o.Metric)}
	}
	if named {
		if _, err := s.bundle.Answering(only); err != nil {
			return out, fmt.Errorf("--metric: %w", err)
		}
		o.Metric = figure
	}
	for _, x := range s.bundle.Outputs() {
		if named && x.Name != only {
			continue
		}
		one, err := s.answering(x.Name)
		if err != nil {
			return out, err
		}
		own, err := data.Answered(s.table, s.bundle.Target, x.Target, rows)
		if err != nil {
			return out, err
		}
		if len(own) == 0 {
			continue
		}
		study, err := one.studyOne(ctx, o, own, to)
		if err != nil {
			return out, fmt.Errorf("output %s: %w", x.Name, err)
		}
		out.Outputs = append(out.Outputs, outputStudies{x.Name, study, len(own)})
	}
	return out, nil
}

// answering is the source with one of the model's several outputs only.
func (s *source) answering(output string) (*source, error) {
	one := *s
	one.among = s.bundle.Target
	var err error
	if one.bundle, err = s.bundle.Answering(output); err != nil {
		return nil, err
	}
	if s.dataset.Target() != nil {
		one.dataset, err = s.dataset.Answering(output)
	}
	return &one, err
}

// studyOne is study of a model of one output.
func (s *source) studyOne(ctx context.Context, o EvaluateOptions, rows []int, to Streams) (out studies, err error) {
	if o.Metric != "" {
		answers, err := answersOf(s.dataset, rows)
		if err != nil {
			return out, err
		}
		if err := answers.Defined(o.Metric, "rows"); err != nil {
			return out, err
		}
	}
	study, end, err := newStudy(ctx, s.bundle, s.dataset, rows, ablation.Options{Metric: o.Metric}, to)
	if err != nil {
		return out, err
	}
	defer end()
	if o.Missing {
		if out.Missing, err = study.Missing(ctx); err != nil {
			return out, err
		}
	}
	if o.Importance {
		out.Importance, err = study.Importance(ctx)
	}
	return out, err
}

// newStudy makes a study that shows its progress until end is called.
func newStudy(ctx context.Context, b *bundle.Bundle, d *data.Dataset, rows []int, o ablation.Options, to Streams) (s *ablation.Study, end func(), err error) {
	var bar *progress
	o.Seed, o.Workers = b.Config.Seed, b.Config.Training.Workers
	o.Progress = func(done int) { bar.set(done, "") }
	if s, err = ablation.New(ctx, b.Model, d, rows, o); err != nil {
		return nil, nil, err
	}
	bar = newProgress(to.Err, "evaluating without inputs", "rows", s.Rows()*ablation.Runs(len(b.Inputs)))
	return s, bar.end, nil
}

// fewestStudied is how many rows the report's study of inputs may have whatever
// they cost.
const fewestStudied = 100

// study measures, for the report, what the model does without some inputs on
// the split that judges it. It takes about a tenth of the time of training at
// most: a row that is evaluated costs a third of one that is trained on.
func (t *training) study(ctx context.Context) (out studies, err error) {
	inputs := len(t.bundle.Inputs)
	if t.unstudied || t.options.NoStudy || inputs < 2 || inputs > ablation.MostStudied {
		return out, nil
	}
	most := 3 * t.result.Epochs * len(t.data.Splits.Train) / 10 / ablation.Runs(inputs) / len(t.outputs)
	name, _ := t.judged()
	for _, x := range t.outputs {
		var rows []int
		for split, own := range x.Splits.All() {
			if split == name {
				rows = own
			}
		}
		one := studies{}
		if len(rows) > 0 {
			if one, err = t.studyOutput(ctx, x, rows, max(most, fewestStudied)); err != nil {
				return out, err
			}
		}
		if x.Name == "" {
			return one, nil
		}
		out.Outputs = append(out.Outputs, outputStudies{x.Name, one, len(rows)})
	}
	return out, nil
}

func (t *training) studyOutput(ctx context.Context, o *output, rows []int, most int) (out studies, err error) {
	study, end, err := newStudy(ctx, o.Bundle, o.Data, rows, ablation.Options{Rows: most}, t.streams)
	if err != nil {
		return out, err
	}
	defer end()
	if out.Missing, err = study.Missing(ctx); err != nil {
		return out, err
	}
	out.Importance, err = study.Importance(ctx)
	return out, err
}

// judged is the split that judges the model: test, or what there is.
func (t *training) judged() (name string, rows []int) {
	for split, of := range t.data.Splits.All() {
		if len(of) > 0 {
			name, rows = split, of
		}
	}
	return name, rows
}

// writeTo prints what was measured, for people; all is the number of rows.
func (s studies) writeTo(w io.Writer, all int) {
	for _, o := range s.Outputs {
		fmt.Fprintf(w, "\nthe output %s\n", o.Name)
		o.writeTo(w, o.rows)
	}
	if m := s.Missing; m != nil {
		writeSubsets(w, m)
		writeCurves(w, m)
		tellRows(w, m.Rows, all)
	}
	if m := s.Importance; m != nil {
		writeImportance(w, m)
		tellRows(w, m.Rows, all)
	}
}

func tellRows(w io.Writer, measured, all int) {
	if measured < all {
		fmt.Fprintf(w, "measured on %d of the %d rows, evenly taken\n", measured, all)
	}
}

// newTable is a table whose columns but the first hold numbers.
func newTable(w io.Writer, title string, head ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(head)
	var right []table.ColumnConfig
	for i := range head[1:] {
		right = append(right, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	fmt.Fprintf(w, "\n%s\n", title)
	return t
}

func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

func writeSubsets(w io.Writer, m *ablation.Missing) {
	figures := []string{m.Metric}
	for _, name := range []string{"macro_f1", "roc_auc", "r2", "loss"} {
		if _, ok := m.Subsets[0].Values.Get(name); ok && !slices.Contains(figures, name) {
			figures = append(figures, name)
		}
	}
	head := []any{"with", "rows that have any"}
	for _, name := range figures {
		head = append(head, words(name))
	}
	t := newTable(w, "with these inputs only", head...)
	for _, s := range m.Subsets {
		row := table.Row{strings.Join(s.Present, " + "), s.Rows}
		for _, name := range figures {
			v, _ := s.Values.Get(name)
			row = append(row, number(v))
		}
		t.AppendRow(row)
	}
	t.Render()
}

func writeCurves(w io.Writer, m *ablation.Missing) {
	head := []any{"missing"}
	for _, p := range m.Curves[0].Points {
		head = append(head, fmt.Sprintf("%.0f %%", 100*p.Rate))
	}
	t := newTable(w, words(m.Metric)+", as an input is missing in more rows", head...)
	for _, c := range m.Curves {
		row := table.Row{curveName(c, len(m.Curves)-1)}
		for _, p := range c.Points {
			row = append(row, number(float64(p.Mean)))
		}
		t.AppendRow(row)
	}
	t.Render()
}

// curveName is what goes missing along a curve.
func curveName(c ablation.Curve, inputs int) string {
	if len(c.Dropped) == inputs && inputs > 1 {
		return "any input"
	}
	return strings.Join(c.Dropped, " + ")
}

func writeImportance(w io.Writer, m *ablation.Importance) {
	head := []any{"input", "rows", "alone", "left out", "permuted"}
	exact := m.Inputs[0].Shapley != nil
	if exact {
		head = append(head, "Shapley value")
	}
	t := newTable(w, fmt.Sprintf("what each input adds to %s: %s with all, %s with none", words(m.Metric), number(float64(m.Score)), number(float64(m.Prior))), head...)
	for _, in := range m.Inputs {
		row := table.Row{in.Name, in.Rows, signed(in.Alone), signed(in.Dropped), signed(in.Permuted) + " ± " + strings.TrimPrefix(signed(in.PermutedStd), "+")}
		if exact {
			row = append(row, signed(*in.Shapley))
		}
		t.AppendRow(row)
	}
	t.Render()
	if len(m.Shares) == 0 {
		return
	}
	t = newTable(w, "how much the fusion lets each count, over the rows that have it", "", "mean", "deviation")
	for _, s := range m.Shares {
		t.AppendRow(table.Row{s.Name, number(float64(s.Mean)), strings.TrimPrefix(signed(s.Std), "+")})
	}
	t.Render()
}

// signed is a difference with its sign, in as many decimals as its neighbours.
func signed(v metrics.Number) string {
	switch x := float64(v); {
	case math.IsNaN(x) || math.Abs(x) >= 100:
		return number(x)
	case math.Abs(x) < 0.00005:
		return "0.0000"
	default:
		return fmt.Sprintf("%+.4f", x)
	}
}
