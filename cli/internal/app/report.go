package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/internal/version"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/trainer"
)

// report writes report.html.
func (t *training) report(r *trainer.Result, s studies) error {
	yaml, err := t.config.YAML()
	if err != nil {
		return err
	}
	p := report.Page{
		Name: t.config.Name, Parameters: len(t.bundle.Model.Weights()), Training: *r, Epochs: t.config.Training.Epochs, Monitor: t.config.Training.Monitor,
		Parts: t.reportParts(), Config: string(yaml),
		About: []report.Field{
			{Name: "version", Value: version.String()}, {Name: "seed", Value: fmt.Sprint(t.config.Seed)},
			{Name: "Go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		},
	}
	for name, rows := range t.data.Splits.All() {
		if e := t.evaluations[name]; e != nil {
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
	p.Alone = t.result.Alone.page()
	p.Missing, p.Importance = s.Missing, s.Importance
	if err := t.reportOutputs(&p, s); err != nil {
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
	configs := t.config.MemberConfigs()
	if configs == nil {
		configs = []*config.Config{t.config}
	}
	for k, n := range t.bundle.Model.Networks() {
		for _, in := range configs[k].Inputs {
			types[n.Path()+"encoders."+in.Name] = configs[k].EncoderOf(in).Type
		}
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
	for _, n := range t.bundle.Model.Networks() {
		if tree := n.Tree(); tree != nil {
			walk(tree)
		}
	}
	return types
}

// flow is the network as rows pass through it.
func (t *training) flow(root *module) *report.Module {
	out := report.Module{Name: "output", Type: kindOf(t.bundle), Shape: fmt.Sprintf("(B, %d)", t.bundle.Model.Size()), Parameters: root.at("head").Parameters}
	for _, n := range t.bundle.Model.Networks() {
		if !t.bundle.Model.Ensemble() {
			out.Of = append(out.Of, t.networkFlow(root, n, "fusion"))
			continue
		}
		own := t.networkFlow(root, n, n.Name())
		own.Shape += fmt.Sprintf(", %s of %d", several(n.Votes(), "vote"), votes(t.bundle.Model))
		own.Parameters += root.at(n.Path() + "head").Parameters
		out.Of = append(out.Of, own)
	}
	return &out
}

// networkFlow is that of one network, whose tree is called name.
func (t *training) networkFlow(root *module, n *model.Network, name string) report.Module {
	if tree := n.Tree(); tree != nil {
		return t.treeFlow(root, n, name, tree)
	}
	return t.inputFlow(root, n, n.InputNames()[0])
}

func (t *training) treeFlow(root *module, n *model.Network, name string, tree *fusion.Tree) report.Module {
	m := report.Module{Name: name, Type: tree.Type, Shape: "scores", Parameters: root.at(tree.Path()).Parameters}
	if d := tree.Shape().Dim; d > 0 {
		m.Shape = fmt.Sprintf("(B, %d)", d)
	}
	for _, p := range tree.Parts() {
		if p.Tree != nil {
			sub := t.treeFlow(root, n, p.Name, p.Tree)
			m.Parameters -= sub.Parameters
			m.Of = append(m.Of, sub)
		} else {
			m.Of = append(m.Of, t.inputFlow(root, n, p.Name))
		}
	}
	return m
}

func (t *training) inputFlow(root *module, n *model.Network, name string) report.Module {
	out := report.Module{Name: name}
	for _, in := range t.config.Inputs {
		if in.Name == name {
			out.Type = in.Type
		}
	}
	if i := slices.Index(n.InputNames(), name); i >= 0 {
		s := n.Encoders()[i].Shape()
		out.Shape, out.Parameters = fmt.Sprintf("(B, %d, %d)", s.Tokens, s.Dim), root.at(n.Path()+"encoders."+name).Parameters
	}
	return out
}

// reportOutputs describes the only output on the page itself, and each of several on a
// page of its own.
func (t *training) reportOutputs(p *report.Page, s studies) error {
	if !t.several() {
		return t.measured(p, t.outputs[0])
	}
	p.Measured, _ = t.judged()
	for k, o := range t.outputs {
		one := report.Page{Name: o.Name}
		if s.Outputs != nil {
			one.Missing, one.Importance = s.Outputs[k].Missing, s.Outputs[k].Importance
		}
		for name, rows := range o.Splits.All() {
			if r, ok := o.results[name]; ok {
				one.Splits = append(one.Splits, report.Split{Name: name, Rows: len(rows), Values: r.Values})
			}
		}
		if err := t.measured(&one, o); err != nil {
			return err
		}
		p.Outputs = append(p.Outputs, one)
	}
	return nil
}

// measured describes the split that judges the model.
func (t *training) measured(p *report.Page, o *output) error {
	target := o.Bundle.Target.Config()
	p.Task, p.Target, p.Calibration = head.FormOf(o.Bundle.Model.Head()).String(), target.Column, o.calibration.page()
	name, _ := t.judged()
	r := o.results[name]
	p.Measured, p.Classification, p.Multilabel = name, r.Classification, r.Multilabel
	p.Decisions, p.Undrawn = o.worst.decided.report(o.Bundle.Model.Head().Thresholds(), o.thresholds)
	if r.Regression != nil {
		p.Regression = &o.worst.numbers
		if b := o.baseline; b != nil {
			p.Regression.Median, p.Regression.MedianError = float64(b.Median), float64(b.MAE[name])
		}
	}
	var err error
	p.Mistakes, err = t.mistakes(o)
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
