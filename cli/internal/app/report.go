package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/trainer"
)

// report writes report.html.
func (t *training) report(r *trainer.Result, evaluations map[string]*trainer.Evaluation, s studies) error {
	target := t.data.Target.Config()
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
	for name, rows := range t.data.Splits.All() {
		if e := evaluations[name]; e != nil {
			p.Splits = append(p.Splits, report.Split{Name: name, Rows: len(rows), Values: e.Values})
		}
	}
	b, err := json.Marshal(t.data.Report)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &p.Data); err != nil {
		return fmt.Errorf("the data report: %w", err)
	}
	root := architecture(t.bundle.Model)
	p.Modules = reportModules(root, "", t.moduleTypes(), 0)
	p.Flow = t.flow(root)
	p.Missing, p.Importance = s.Missing, s.Importance
	if err := t.measured(&p, evaluations); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Write(&page, p); err != nil {
		return err
	}
	return t.write(reportFile, page.Bytes())
}

// reportDepth is how deep the report's table of modules goes.
const reportDepth = 3

func reportModules(m *module, path string, types map[string]string, level int) []report.Module {
	var out []report.Module
	for _, c := range m.Modules {
		if c.Shape != nil {
			continue // a single parameter
		}
		at := strings.TrimPrefix(path+"."+c.Name, ".")
		r := report.Module{Name: c.Name, Type: types[at], Shape: c.Note, Parameters: c.Parameters}
		if level < reportDepth {
			r.Of = reportModules(c, at, types, level+1)
		}
		out = append(out, r)
	}
	return out
}

// moduleTypes are what a config calls the modules that it names, by their paths.
func (t *training) moduleTypes() map[string]string {
	types := map[string]string{}
	for _, in := range t.config.Inputs {
		types["encoders."+in.Name] = t.config.EncoderOf(in).Type
	}
	var walk func(tree *fusion.Tree)
	walk = func(tree *fusion.Tree) {
		types[tree.Path()] = tree.Type
		for _, p := range tree.Parts() {
			if p.Tree != nil {
				walk(p.Tree)
			}
		}
	}
	if tree := t.bundle.Model.Tree(); tree != nil {
		walk(tree)
	}
	return types
}

// flow is the network as rows pass through it.
func (t *training) flow(root *module) *report.Module {
	out := report.Module{Name: "output", Type: t.data.Target.Config().Type, Shape: fmt.Sprintf("(B, %d)", t.bundle.Model.Size()), Parameters: root.at("head").Parameters}
	tree := t.bundle.Model.Tree()
	if tree == nil {
		out.Of = []report.Module{t.inputFlow(root, t.data.Inputs[0].Name)}
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
	name, _ := t.judged()
	e := evaluations[name]
	p.Measured, p.Classification, p.Multilabel = name, e.Classification, e.Multilabel
	p.Decisions, p.Undrawn = t.worst.decided.report(t.bundle.Model.Head().Thresholds(), t.result.Thresholds)
	if e.Regression != nil {
		p.Regression = &t.worst.numbers
		if b := t.result.Baseline; b != nil {
			p.Regression.Median, p.Regression.MedianError = float64(b.Median), float64(b.MAE[name])
		}
	}
	var err error
	p.Mistakes, err = t.mistakes()
	return err
}

// show adds what a row holds to its card.
func (t *training) show(m *report.Mistake, row int) error {
	for _, in := range t.data.Inputs {
		for _, f := range data.FieldsOf(in.Preprocessor) {
			v, err := data.ViewOf(in.Preprocessor, t.data.Table, row, f)
			if err != nil {
				return err
			}
			switch {
			case v.Type == data.AsImage:
				m.Pictures = append(m.Pictures, report.Picture{Name: in.Name, Data: v.File})
			case v.Curve != nil:
				m.Curves = append(m.Curves, report.Curve{Name: f.Name, Lines: v.Curve})
			case v.Type == data.AsNumber, v.Type == data.AsCategory, v.Type == data.AsDate:
				m.Values = append(m.Values, report.Field{Name: f.Name, Value: v.Text})
			default:
				m.Texts = append(m.Texts, report.Field{Name: f.Name, Value: v.Text})
			}
		}
	}
	return nil
}
