package fusion

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/nn"
)

// Node is an operator of a fusion tree before it is made.
type Node struct {
	Type string // the operator's name in configs, for errors and listings
	// New makes the operator.
	New func(s *nn.Scope, set Setting) (Fusion, error)
	// Attends says that the operator reads tokens.
	Attends bool
	// Passes names what of Of the operator hands on, changed, as its own tokens;
	// "" where its tokens are of its own making.
	Passes string
	// Of is what it joins.
	Of []Branch
}

// Branch is an input, or a fusion of its own.
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

// AttendedInputs lists the inputs whose tokens an operator attends to, directly
// or handed on by one below.
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

// passed is the input whose tokens are those of the branch; "" for none.
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

// name is what a tree is called inside another: its inputs, sorted.
func (n *Node) name() string {
	names := n.Leaves()
	slices.Sort(names)
	return strings.Join(names, "+")
}

// Tree is a tree of operators, made.
type Tree struct {
	Type     string
	fusion   Fusion
	branches []branch
	path     string
}

type branch struct {
	input int // among the model's inputs
	name  string
	tree  *Tree // instead of input
}

// NewTree makes the operators of a tree over the model's inputs, each of which
// is used once. The setting says what the model decides; its Inputs are those of
// each operator in turn.
func NewTree(s *nn.Scope, root *Node, inputs []Input, set Setting) (*Tree, error) {
	used := root.Leaves()
	for _, in := range inputs {
		switch n := count(used, in.Name); {
		case n == 0:
			return nil, fmt.Errorf("%s: the input %q is not used; add it to `of`, or leave it out of `inputs`", s.Path(), in.Name)
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
		return nil, errors.New("fusion: a Node is missing: it says how inputs are joined")
	}
	if len(n.Of) == 0 {
		return nil, errors.New(s.Path() + ": a fusion of nothing")
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
			return nil, errors.New(s.Path() + ": a fusion of nothing")
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

// Shape is the size of what Fuse returns; the zero Shape for scores.
func (t *Tree) Shape() encoders.Shape {
	if t.fusion == nil {
		return encoders.Shape{}
	}
	return t.fusion.Shape()
}

// Fuse joins the model's inputs, in their order. Its Shares are those of the
// root, and then those of the trees inside.
func (t *Tree) Fuse(g *nn.Graph, inputs []Modality) Fused {
	if t.fusion == nil {
		g.Fail(notMade)
	}
	var inner []Share
	f := t.fusion.Fuse(g, t.modalities(g, inputs, &inner))
	f.Shares = append(f.Shares, inner...)
	return f
}

func (t *Tree) modalities(g *nn.Graph, inputs []Modality, shares *[]Share) []Modality {
	var ms []Modality
	for _, b := range t.branches {
		if b.tree == nil {
			ms = append(ms, inputs[b.input])
			continue
		}
		ms = append(ms, b.tree.modality(g, b.name, inputs, shares))
	}
	return ms
}

// modality is a fused subtree as one modality of the operator above. What its
// parts counted is added to shares.
func (t *Tree) modality(g *nn.Graph, name string, inputs []Modality, shares *[]Share) Modality {
	var inner []Share
	parts := t.modalities(g, inputs, &inner)
	f := t.fusion.Fuse(g, parts)
	for _, s := range f.Shares {
		*shares = append(*shares, Share{Name: name + "." + s.Name, Weight: s.Weight})
	}
	*shares = append(*shares, inner...)
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

// Fitted are the numbers of the root that are fitted after training; nil if it
// has none.
func (t *Tree) Fitted() *Fitted {
	if f, ok := t.fusion.(interface{ Fitted() *Fitted }); ok {
		return f.Fitted()
	}
	return nil
}

// A Part is what a tree joins: an input, or a tree of its own.
type Part struct {
	Name string
	Tree *Tree // nil for an input
}

// Parts are what the operator at the root joins, in the config's order.
func (t *Tree) Parts() []Part {
	var ps []Part
	for _, b := range t.branches {
		ps = append(ps, Part{Name: b.name, Tree: b.tree})
	}
	return ps
}

// Modulated lists the inputs of the tree that are modulated inside their
// encoder: Fuse wants them with Encode, and not encoded.
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

// Path is the module's path in the model.
func (t *Tree) Path() string { return t.path }

// String draws the tree on one line.
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
