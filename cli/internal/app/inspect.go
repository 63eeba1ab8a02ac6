package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// module is a node of the architecture tree: what lies under one dotted path.
type module struct {
	Name       string    `json:"name"`
	Note       string    `json:"note,omitempty"`
	Parameters int       `json:"parameters"`
	Buffers    int       `json:"buffers,omitempty"`
	Shape      []int     `json:"shape,omitempty"` // of a single parameter
	Modules    []*module `json:"modules,omitempty"`
}

func (m *module) child(name string) *module {
	for _, c := range m.Modules {
		if c.Name == name {
			return c
		}
	}
	c := &module{Name: name}
	m.Modules = append(m.Modules, c)
	return c
}

// at is the module at a dotted path; an empty one if there is none.
func (m *module) at(path string) *module {
	for _, c := range m.Modules {
		if c.Name == path {
			return c
		}
		if rest, ok := strings.CutPrefix(path, c.Name+"."); ok {
			return c.at(rest)
		}
	}
	return &module{}
}

// architecture is the tree of a model's parameters, with sizes of encodings.
func architecture(m *model.Model) *module {
	root := &module{Name: "model"}
	for _, p := range m.Params() {
		root.add(p)
	}
	for _, n := range m.Networks() {
		own := root.within(n.Path())
		for i, name := range n.InputNames() {
			s := n.Encoders()[i].Shape()
			own.child("encoders").child(name).Note = fmt.Sprintf("tokens (B, %d, %d), pooled (B, %d)", s.Tokens, s.Dim, s.Dim)
		}
		if t := n.Tree(); t != nil {
			own.child("fusion").Note = t.String()
		}
		if m.Ensemble() {
			own.Note = fmt.Sprintf("%s of %d", several(n.Votes(), "vote"), votes(m))
		}
	}
	root.Note = fmt.Sprintf("scores (B, %d), %s", m.Size(), m.Head().Kind())
	if joint, ok := m.Head().(head.Joint); ok {
		var all []string
		for _, x := range joint.Heads {
			all = append(all, fmt.Sprintf("%s %s", x.Name, x.Kind()))
			root.child("head").child(x.Name).Note = fmt.Sprintf("scores (B, %d), %s", x.Size(), x.Kind())
		}
		root.Note = fmt.Sprintf("scores (B, %d): %s", m.Size(), strings.Join(all, ", "))
	}
	return root
}

// within is the module that a network's modules are in; path ends with a point, unless
// that is the root.
func (m *module) within(path string) *module {
	for _, name := range strings.Split(path, ".") {
		if name != "" {
			m = m.child(name)
		}
	}
	return m
}

// votes are those of all members of an ensemble.
func votes(m *model.Model) int {
	sum := 0
	for _, n := range m.Networks() {
		sum += n.Votes()
	}
	return sum
}

func (m *module) add(p *nn.Param) {
	at := m
	parts := strings.Split(p.Name, ".")
	for i := range len(parts) + 1 {
		if p.Trainable {
			at.Parameters += p.Size()
		} else {
			at.Buffers += p.Size()
		}
		if i < len(parts) {
			at = at.child(parts[i])
		}
	}
	at.Shape = p.Shape
}

// depth is how far the printed tree goes; single parameters are left out.
const depth = 5

func (m *module) write(w io.Writer, indent string, level int) {
	for i, c := range m.Modules {
		if c.Shape != nil || level >= depth {
			continue
		}
		branch, next := "├─ ", "│  "
		if !slices.ContainsFunc(m.Modules[i+1:], func(c *module) bool { return c.Shape == nil }) {
			branch, next = "└─ ", "   "
		}
		c.line(w, indent+branch)
		c.write(w, indent+next, level+1)
	}
}

func (m *module) line(w io.Writer, before string) {
	name := before + m.Name
	fmt.Fprintf(w, "%-44s %10s", name+strings.Repeat(" ", max(0, 44-len([]rune(name)))), thousands(m.Parameters))
	if m.Note != "" {
		fmt.Fprintf(w, "  %s", m.Note)
	}
	fmt.Fprintln(w)
}

// thousands is a number with its digits in groups.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Inspect prints what a model is: its modules with their parameters, its
// inputs and labels, and its config. A nil registry is config.Builtin().
func Inspect(ctx context.Context, path string, reg *config.Registry, s Streams) error {
	b, err := bundle.Load(ctx, path, bundle.Options{Registry: reg, Warn: warnTo(s)})
	if err != nil {
		return err
	}
	yaml, err := b.Config.YAML()
	if err != nil {
		return err
	}
	root := architecture(b.Model)
	price, err := b.Model.Price(1)
	if err != nil {
		return err
	}
	if s.JSON {
		j, err := json.MarshalIndent(struct {
			Model *module `json:"model"`
			// Bytes of memory: the parameters, and a row at work.
			Parameters int64    `json:"parameter_bytes"`
			Row        int64    `json:"row_bytes"`
			Labels     []string `json:"labels,omitempty"`
			// Thresholds above which the labels that are each a yes or no are predicted.
			Thresholds []float64 `json:"thresholds,omitempty"`
			// Outputs have the labels and thresholds of each of several outputs, instead.
			Outputs []inspectedOutput `json:"outputs,omitempty"`
			Config  string            `json:"config"`
		}{root, b.Model.ParameterBytes(), price.Bytes(), b.Target.Labels(), b.Model.Head().Thresholds(), inspectedOutputs(b), string(yaml)}, "", "  ")
		if err != nil {
			return err
		}
		_, err = s.Out.Write(append(j, '\n'))
		return err
	}
	root.line(s.Out, "")
	root.write(s.Out, "", 0)
	fmt.Fprintf(s.Out, "memory: %s of parameters, and %s a row\n\n", memory.Text(b.Model.ParameterBytes()), memory.Text(price.Bytes()))
	for i, in := range b.Inputs {
		var shapes []string
		for _, f := range in.Features() {
			shapes = append(shapes, fmt.Sprintf("%s %s", f.Name, shapeText(f.Shape)))
		}
		fmt.Fprintf(s.Out, "input %s (%s): columns %s; %s\n", in.Name, b.Config.Inputs[i].Type, strings.Join(visible(in.Columns()), ", "), strings.Join(shapes, ", "))
	}
	for _, o := range b.Outputs() {
		of := ""
		if o.Name != "" {
			fmt.Fprintf(s.Out, "output %s (%s): column %s\n", o.Name, o.Head.Kind(), visible([]string{o.Target.Config().Column})[0])
			of = " of " + o.Name
		}
		if labels := o.Target.Labels(); labels != nil {
			fmt.Fprintf(s.Out, "labels%s: %s\n", of, strings.Join(visible(labels), ", "))
		}
		if o.Head.Thresholds() != nil {
			var said []string
			for i, label := range visible(data.Questions(o.Target)) {
				said = append(said, fmt.Sprintf("%s above %s", label, number(o.Head.Thresholds().At(i))))
			}
			fmt.Fprintf(s.Out, "predicted%s: %s\n", of, strings.Join(said, ", "))
		}
	}
	_, err = fmt.Fprintf(s.Out, "\n%s", yaml)
	return err
}

// inspectedOutput is one of several outputs.
type inspectedOutput struct {
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	Column     string    `json:"column"`
	Labels     []string  `json:"labels,omitempty"`
	Thresholds []float64 `json:"thresholds,omitempty"`
}

func inspectedOutputs(b *bundle.Bundle) (all []inspectedOutput) {
	for _, o := range b.Outputs() {
		if o.Name != "" {
			all = append(all, inspectedOutput{o.Name, o.Head.Kind(), o.Target.Config().Column, o.Target.Labels(), o.Head.Thresholds()})
		}
	}
	return all
}

// visible are texts of the data for a terminal, those in quotes that hold what it
// would obey or not show.
func visible(texts []string) []string {
	out := slices.Clone(texts)
	for i, s := range out {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
			out[i] = strconv.Quote(s)
		}
	}
	return out
}

func shapeText(shape []int) string {
	parts := []string{"B"}
	for _, d := range shape {
		parts = append(parts, fmt.Sprint(d))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
