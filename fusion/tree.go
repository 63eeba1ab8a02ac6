package fusion

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
)

// Node is an operator of a fusion tree before it is created.
type Node struct {
	Type string // the operator's name in configs, for errors and listings
	// New creates the operator.
	New func(s *nn.Scope, set Setting) (Fusion, error)
	// Attends reports whether the operator reads tokens.
	Attends bool
	// Passes names the operand in Of whose tokens, modified, are the operator's result; "" if the
	// operator creates its own tokens.
	Passes string
	// Of lists the operands.
	Of []Branch
}

// Branch is an input or a nested fusion.
type Branch struct {
	Input string
	Node  *Node // instead of Input
}

// Leaves lists the inputs of the tree, in order.
func (n *Node) Leaves() []string {
	var names []string
	if n == nil {
		return nil
	}
	for _, b := range n.Of {
		if b.Node != nil {
			names = append(names, b.Node.Leaves()...)
		} else {
			names = append(names, b.Input)
		}
	}
	return names
}

// AttendedInputs lists the inputs whose tokens an operator attends to, directly or as passed on by
// a nested one.
func (n *Node) AttendedInputs() []string {
	var names []string
	for _, b := range n.Of {
		if b.Node != nil {
			names = append(names, b.Node.AttendedInputs()...)
		}
		if input := b.passed(); n.Attends && input != "" {
			names = append(names, input)
		}
	}
	return names
}

// passed is the input whose tokens the branch passes on; "" for none.
func (b Branch) passed() string {
	if b.Node == nil {
		return b.Input
	}
	for _, o := range b.Node.Of {
		if o.name() == b.Node.Passes {
			return o.passed()
		}
	}
	return ""
}

func (b Branch) name() string {
	if b.Node == nil {
		return b.Input
	}
	return b.Node.name()
}

// name is the name of a nested tree: its inputs, sorted and joined.
func (n *Node) name() string {
	names := n.Leaves()
	slices.Sort(names)
	return strings.Join(names, "+")
}

// Tree is a tree of created operators.
type Tree struct {
	Type     string
	fusion   Fusion
	branches []branch
	path     string
}

type branch struct {
	input int // index among the model's inputs
	name  string
	tree  *Tree // instead of input
}

// NewTree creates the operators of a tree over the model's inputs, each of which is used exactly
// once. The setting describes what the model predicts; its Inputs are replaced with those of each
// operator.
func NewTree(s *nn.Scope, root *Node, inputs []Input, set Setting) (*Tree, error) {
	used := root.Leaves()
	for _, in := range inputs {
		switch n := count(used, in.Name); {
		case n == 0:
			return nil, fmt.Errorf("%s: the input %q is not used; add it to `of`, or remove it from `inputs`", s.Path(), in.Name)
		case n > 1:
			return nil, fmt.Errorf("%s: the input %q is used %d times", s.Path(), in.Name, n)
		}
	}
	return newTree(s, root, inputs, set)
}

func count(names []string, name string) int {
	n := 0
	for _, x := range names {
		if x == name {
			n++
		}
	}
	return n
}

func newTree(s *nn.Scope, n *Node, inputs []Input, set Setting) (*Tree, error) {
	if n == nil {
		return nil, errors.New("fusion: the Node is nil: it describes how inputs are combined")
	}
	if len(n.Of) == 0 {
		return nil, errors.New(s.Path() + ": the fusion has no inputs")
	}
	t := &Tree{Type: n.Type, path: s.Path()}
	set.Inputs = nil
	for _, b := range n.Of {
		if b.Node == nil {
			i := slices.IndexFunc(inputs, func(in Input) bool { return in.Name == b.Input })
			if i < 0 {
				return nil, fmt.Errorf("%s: there is no input %q", s.Path(), b.Input)
			}
			t.branches = append(t.branches, branch{input: i, name: b.Input})
			set.Inputs = append(set.Inputs, inputs[i])
			continue
		}
		if len(b.Node.Of) == 0 {
			return nil, errors.New(s.Path() + ": the fusion has no inputs")
		}
		sub, err := newTree(s.In(b.Node.name()), b.Node, inputs, set)
		if err != nil {
			return nil, err
		}
		t.branches = append(t.branches, branch{name: b.Node.name(), tree: sub})
		set.Inputs = append(set.Inputs, Input{Name: b.Node.name(), Shape: sub.Shape(), Scores: sub.Shape().Dim == 0})
	}
	var err error
	t.fusion, err = n.New(s, set)
	return t, err
}

// Shape is the size of the result of Fuse; the zero Shape for scores.
func (t *Tree) Shape() encoders.Shape {
	if t.fusion == nil {
		return encoders.Shape{}
	}
	return t.fusion.Shape()
}

// Fuse combines the model's inputs, given in order. Its Shares and Losses are those of the root,
// followed by those of nested trees.
func (t *Tree) Fuse(g *nn.Graph, inputs []Modality) Fused {
	if t.fusion == nil {
		g.Fail(notMade)
	}
	var inner inside
	f := t.fusion.Fuse(g, t.modalities(g, inputs, &inner))
	f.Shares, f.Losses = append(f.Shares, inner.shares...), append(f.Losses, inner.losses...)
	return f
}

// inside is what nested trees report of themselves.
type inside struct {
	shares []Share
	losses []Loss
}

// take adds what a nested tree of the given name reports, and what is inside it.
func (in *inside) take(name string, f Fused, inner inside) {
	for _, s := range f.Shares {
		in.shares = append(in.shares, Share{Name: name + "." + s.Name, Weight: s.Weight})
	}
	for _, l := range f.Losses {
		in.losses = append(in.losses, Loss{Name: name + "." + l.Name, Node: l.Node, Weight: l.Weight})
	}
	in.shares, in.losses = append(in.shares, inner.shares...), append(in.losses, inner.losses...)
}

func (t *Tree) modalities(g *nn.Graph, inputs []Modality, reported *inside) []Modality {
	var ms []Modality
	for _, b := range t.branches {
		if b.tree == nil {
			ms = append(ms, inputs[b.input])
			continue
		}
		ms = append(ms, b.tree.modality(g, b.name, inputs, reported))
	}
	return ms
}

// modality returns a fused subtree as one modality of the enclosing operator, and adds what it
// reports to reported.
func (t *Tree) modality(g *nn.Graph, name string, inputs []Modality, reported *inside) Modality {
	var inner inside
	parts := t.modalities(g, inputs, &inner)
	f := t.fusion.Fuse(g, parts)
	reported.take(name, f, inner)
	g = g.At(t.path)
	m := Modality{Name: name, Present: f.Present, Logits: f.Logits}
	if m.Present == nil {
		m.Present = anyPresent(g, presences(parts))
	}
	if f.Logits == nil {
		m.Encoding = encoders.Encoding{Tokens: f.Tokens, Mask: f.Mask, Pooled: f.Pooled}
	}
	if f.Pooled != nil && f.Tokens == nil {
		b, d := f.Pooled.Shape()[0], f.Pooled.Shape()[1]
		m.Tokens, m.Mask = g.Reshape(f.Pooled, b, 1, d), m.Present
	}
	return m
}

// Fitted returns the parameters of the root that are fitted after training, or nil if it has none.
func (t *Tree) Fitted() *Fitted {
	if f, ok := t.fusion.(interface{ Fitted() *Fitted }); ok {
		return f.Fitted()
	}
	return nil
}

// A Part is an operand of a tree: an input or a nested tree.
type Part struct {
	Name string
	Tree *Tree // nil for an input
}

// Parts lists the operands of the root, in the config's order.
func (t *Tree) Parts() []Part {
	var ps []Part
	for _, b := range t.branches {
		ps = append(ps, Part{Name: b.name, Tree: b.tree})
	}
	return ps
}

// Modulated lists the inputs of the tree that are modulated inside their encoder. For these, Fuse
// expects Encode instead of an encoding.
func (t *Tree) Modulated() []string {
	var names []string
	m, _ := t.fusion.(Modulator)
	for _, b := range t.branches {
		switch {
		case b.tree != nil:
			names = append(names, b.tree.Modulated()...)
		case m != nil && m.Modulates() == b.name:
			names = append(names, b.name)
		}
	}
	return names
}

// Joined lists the inputs whose features an operator joins, as they are encoded: not those that
// decide by themselves, nor those modulated inside their encoder.
func (t *Tree) Joined() []string {
	var names []string
	m, _ := t.fusion.(Modulator)
	for _, b := range t.branches {
		switch {
		case b.tree != nil:
			names = append(names, b.tree.Joined()...)
		case m != nil && m.Modulates() == b.name:
		case t.Shape().Dim > 0 && len(t.branches) > 1:
			names = append(names, b.name)
		}
	}
	return names
}

// Path is the module's path in the model.
func (t *Tree) Path() string { return t.path }

// String formats the tree on one line.
func (t *Tree) String() string {
	var parts []string
	for _, b := range t.branches {
		if b.tree != nil {
			parts = append(parts, b.tree.String())
		} else {
			parts = append(parts, b.name)
		}
	}
	return t.Type + "(" + strings.Join(parts, ", ") + ")"
}
