package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/report"
	"github.com/chiasm-ml/chiasm/trainer"
)

// report writes report.html.
func (t *training) report(r *trainer.Result, evaluations map[string]*trainer.Evaluation, s studies) error {
	target := t.data.target.Config()
	yaml, err := t.config.YAML()
	if err != nil {
		return err
	}
	p := report.Page{
		Name: t.config.Name, Task: target.Type, Target: target.Column,
		Parameters: len(t.bundle.Model.Weights()), Training: *r, Epochs: t.config.Training.Epochs, Monitor: t.config.Training.Monitor,
		Parts: t.reportParts(), Calibration: t.result.Calibration.page(), Config: string(yaml),
		About: []report.Field{
			{Name: "version", Value: version.String()}, {Name: "seed", Value: fmt.Sprint(t.config.Seed)},
			{Name: "Go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		},
	}
	for name, rows := range t.data.splits.All() {
		if e := evaluations[name]; e != nil {
			p.Splits = append(p.Splits, report.Split{Name: name, Rows: len(rows), Values: e.Values})
		}
	}
	b, err := json.Marshal(t.data.report)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &p.Data); err != nil {
		return fmt.Errorf("the data report: %w", err)
	}
	root := architecture(t.bundle.Model)
	p.Modules = reportModules(root, 0)
	p.Flow = t.flow(root)
	p.Missing, p.Importance = s.Missing, s.Importance
	if err := t.measured(&p, evaluations); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Write(&page, p); err != nil {
		return err
	}
	return checkpoints.WriteFileAtomic(t.run.path(reportFile), func(w io.Writer) error {
		_, err := page.WriteTo(w)
		return err
	})
}

// reportDepth is how deep the report's table of modules goes.
const reportDepth = 3

func reportModules(m *module, level int) []report.Module {
	var out []report.Module
	for _, c := range m.Modules {
		if c.Shape != nil {
			continue // a single parameter
		}
		r := report.Module{Name: c.Name, Shape: c.Note, Parameters: c.Parameters}
		if level < reportDepth {
			r.Of = reportModules(c, level+1)
		}
		out = append(out, r)
	}
	return out
}

// flow is the network as rows pass through it.
func (t *training) flow(root *module) *report.Module {
	out := report.Module{Name: "output", Type: t.data.target.Config().Type, Shape: fmt.Sprintf("(B, %d)", t.bundle.Model.Output().Size()), Parameters: root.at("head").Parameters}
	tree := t.bundle.Model.Tree()
	if tree == nil {
		out.Of = []report.Module{t.inputFlow(root, t.data.inputs[0].Name)}
		return &out
	}
	out.Of = []report.Module{t.treeFlow(root, "fusion", tree)}
	return &out
}

func (t *training) treeFlow(root *module, name string, tree *fusion.Tree) report.Module {
	m := report.Module{Name: name, Type: tree.Type, Shape: "scores", Parameters: root.at(tree.Path()).Parameters}
	if d := tree.Shape().Dim; d > 0 {
		m.Shape = fmt.Sprintf("(B, %d)", d)
	}
	for _, p := range tree.Parts() {
		if p.Tree != nil {
			sub := t.treeFlow(root, p.Name, p.Tree)
			m.Parameters -= sub.Parameters
			m.Of = append(m.Of, sub)
		} else {
			m.Of = append(m.Of, t.inputFlow(root, p.Name))
		}
	}
	return m
}

func (t *training) inputFlow(root *module, name string) report.Module {
	for i, in := range t.config.Inputs {
		if in.Name == name {
			s := t.bundle.Model.Encoders()[i].Shape()
			return report.Module{Name: name, Type: in.Type, Shape: fmt.Sprintf("(B, %d, %d)", s.Tokens, s.Dim), Parameters: root.at("encoders." + name).Parameters}
		}
	}
	return report.Module{Name: name}
}

// measured describes the split that judges the model.
func (t *training) measured(p *report.Page, evaluations map[string]*trainer.Evaluation) error {
	name, rows := t.judged()
	e := evaluations[name]
	p.Measured, p.Classification, p.Multilabel = name, e.Classification, e.Multilabel
	answers, err := t.answers(rows)
	if err != nil {
		return err
	}
	if n, ok := t.data.target.(*data.RegressionTarget); ok {
		p.Regression = &report.Regression{}
		for i, v := range e.Predictions {
			answer, err := n.Answer(t.data.table, rows[i])
			if err != nil {
				return err
			}
			p.Regression.Predicted, p.Regression.True = append(p.Regression.Predicted, n.Restore(v)), append(p.Regression.True, answer)
		}
		if b := t.result.Baseline; b != nil {
			p.Regression.Median, p.Regression.MedianError = float64(b.Median), float64(b.MAE[name])
		}
	}
	p.Mistakes, err = t.mistakes(rows, e.Predictions, answers)
	return err
}

// answers are the targets of rows.
func (t *training) answers(rows []int) ([]data.Slot, error) {
	f := t.data.target.Feature()
	out := make([]data.Slot, len(rows))
	for i, row := range rows {
		if f.Int {
			out[i].Int = make([]int, f.Len())
		} else {
			out[i].F32 = make([]float32, f.Len())
		}
		if err := t.data.target.Write(t.data.table, row, out[i], nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mistake is how wrong a prediction is, to find the worst.
type mistake struct {
	report.Mistake
	row   int
	worth float64
}

// mistakes are the worst: what is far off, and what is wrong with conviction.
func (t *training) mistakes(rows []int, predictions []float32, answers []data.Slot) ([]report.Mistake, error) {
	size := t.bundle.Model.Output().Size()
	var all []mistake
	for i, row := range rows {
		if m, wrong := mistaken(t.data.target, predictions[i*size:(i+1)*size], answers[i]); wrong {
			m.row = row
			all = append(all, m)
		}
	}
	worstFirst(all)
	var out []report.Mistake
	for _, m := range all[:min(len(all), report.MaxMistakes)] {
		m.Row = m.row + 1
		if err := t.show(&m.Mistake, m.row); err != nil {
			return nil, err
		}
		out = append(out, m.Mistake)
	}
	return out, nil
}

func worstFirst(all []mistake) {
	slices.SortStableFunc(all, func(a, b mistake) int { return cmp.Compare(b.worth, a.worth) })
}

// mistaken compares the scores of a row with its answer.
func mistaken(target data.Target, scores []float32, answer data.Slot) (m mistake, wrong bool) {
	labels := target.Labels()
	switch target := target.(type) {
	case *data.RegressionTarget:
		p, y := target.Restore(scores[0]), target.Restore(answer.F32[0])
		m.Predicted, m.True, m.Error = number(p), number(y), p-y
		m.worth = math.Abs(m.Error)
		return m, m.Error != 0
	case *data.MultilabelTarget:
		var is, said []string
		for j, v := range scores {
			if answer.F32[j] > 0.5 {
				is = append(is, labels[j])
			}
			if v > 0.5 {
				said = append(said, labels[j])
			}
			m.worth = max(m.worth, math.Abs(float64(v-answer.F32[j])))
		}
		m.True, m.Predicted = strings.Join(is, ", "), strings.Join(said, ", ")
		return m, m.True != m.Predicted
	}
	if len(scores) == 1 { // binary
		scores = []float32{1 - scores[0], scores[0]}
		answer.Int = binaryLabel(answer.F32[0])
	}
	best := 0
	for j, v := range scores {
		if v > scores[best] {
			best = j
		}
	}
	y := answer.Int[0]
	m.True, m.Predicted = labels[y], labels[best]
	m.Probability, m.TrueProbability = float64(scores[best]), float64(scores[y])
	m.worth = m.Probability - m.TrueProbability
	return m, best != y
}

func binaryLabel(v float32) []int {
	if v > 0.5 {
		return []int{1}
	}
	return []int{0}
}

// show adds what a row holds to its card.
func (t *training) show(m *report.Mistake, row int) error {
	for _, in := range t.data.inputs {
		for _, name := range in.Columns() {
			column, err := t.data.table.Column(name)
			if err != nil {
				return err
			}
			cell := column.Cell(row)
			switch in.Preprocessor.(type) {
			case *data.Image:
				pic := report.Picture{Name: in.Name}
				if !cell.Missing() {
					pic.Data, err = t.data.folder.ReadImage(cell.Text)
					if err != nil && !errors.Is(err, fs.ErrNotExist) { // absent, under missing: mask
						return err
					}
				}
				m.Pictures = append(m.Pictures, pic)
			case *data.Tabular:
				m.Values = append(m.Values, report.Field{Name: name, Value: cell.Text})
			default:
				m.Texts = append(m.Texts, report.Field{Name: name, Value: cell.Text})
			}
		}
	}
	return nil
}
