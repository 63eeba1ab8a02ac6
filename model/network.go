package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// A Network makes the scores of some inputs: an encoder for each, a fusion tree, and
// the layer before the head. Most models are one; an ensemble has several.
type Network struct {
	name      string // of a member; empty of a model that is one network
	path      string // before the names of its parameters; empty, or as in members.photo.
	votes     int
	inputs    []string
	from      []int // of these, the indices among the model's inputs
	encoders  []encoders.Encoder
	tree      *fusion.Tree // nil for a single input
	attended  []string     // inputs whose tokens the tree reads
	modulated []string     // inputs that the tree encodes
	output    output       // before the head; nil where the tree makes scores
	alone     []*nn.Linear // of Balance, by input, nil for inputs without; nil: there are none
	averages  bool         // Balance.Average, by the rule of vote
	vote      fusion.Decision
}

// Name is that of a member of an ensemble; empty of a model that is one network.
func (n *Network) Name() string { return n.name }

// Path is what stands before the names of its parameters in the model: empty of a model
// that is one network, or as in "members.photo.".
func (n *Network) Path() string { return n.path }

// Votes is how often a member's prediction counts in the mean.
func (n *Network) Votes() int { return n.votes }

// InputNames lists the inputs that it reads.
func (n *Network) InputNames() []string { return slices.Clone(n.inputs) }

// Encoders are the encoders, in the order of InputNames.
func (n *Network) Encoders() []encoders.Encoder { return n.encoders }

// Tree is the fusion tree; nil for a single input.
func (n *Network) Tree() *fusion.Tree { return n.tree }

// String is what it is in short, such as title, or concat(photo, title).
func (n *Network) String() string {
	if n.tree == nil {
		return strings.Join(n.inputs, ", ") // one
	}
	return n.tree.String()
}

// at is the path of a module in the model.
func (n *Network) at(module string) string { return n.path + module }

// newNetwork makes a network's modules in a scope: the model's, or a member's.
func (m *Model) newNetwork(s *nn.Scope, c Member) (*Network, error) {
	n := &Network{name: c.Name, votes: c.Votes}
	if p := s.Path(); p != "" {
		n.path = p + "."
	}
	if c.Fusion != nil {
		n.attended = c.Fusion.AttendedInputs()
	}
	var sizes []fusion.Input
	for _, in := range c.Inputs {
		at := slices.IndexFunc(m.inputs, func(x Input) bool { return x.Name == in.Name })
		if at < 0 || in.Encoder == nil {
			return nil, fmt.Errorf("model: the input %q of a network is none of the model's, or has no encoder", in.Name)
		}
		e, err := in.Encoder(s.In("encoders").In(in.Name), encoders.Input{
			Name: in.Name, Features: m.inputs[at].Features, Attended: slices.Contains(n.attended, in.Name),
		})
		if err != nil {
			return nil, err
		}
		n.inputs, n.from, n.encoders = append(n.inputs, in.Name), append(n.from, at), append(n.encoders, e)
		size := fusion.Input{Name: in.Name, Shape: e.Shape()}
		if x, ok := e.(encoders.Modulated); ok {
			size.Channels = x.Channels()
		}
		sizes = append(sizes, size)
	}
	return n, n.join(s, c, sizes, m.head)
}

// join makes the tree over the encoded inputs, and the layer before the head.
func (n *Network) join(s *nn.Scope, c Member, sizes []fusion.Input, h head.Head) error {
	size := sizes[0].Shape
	if c.Fusion != nil {
		var err error
		if n.tree, err = fusion.NewTree(s.In("fusion"), c.Fusion, sizes, h.Setting()); err != nil {
			return err
		}
		size, n.modulated = n.tree.Shape(), n.tree.Modulated()
	}
	joint, several := h.(head.Joint)
	switch {
	case several && size.Members > 0:
		return errors.New("the members of an ensemble decide each alone, for one output only: with several, leave the ensemble out")
	case several && size.Dim == 0:
		return fmt.Errorf("the fusion %s decides by itself, for one output only: with several, use one that joins features, such as concat", c.Fusion.Type)
	case several:
		n.output = newJointOutput(s, size, joint)
	case size.Dim > 0:
		n.output = newOutput(s.In("head"), size, h)
	}
	return nil
}

// forward adds the network to a graph, for the features of the model's inputs, of which
// some may come encoded. Present (B, 1) tells which rows have any of its inputs.
func (n *Network) forward(g *nn.Graph, b int, given func(i int) encoders.Given, encoded []string, told func(string, encoders.Encoding)) (f fusion.Fused, present *gorgonia.Node) {
	ms := n.encode(g, b, given, encoded, told)
	f = fusion.Fused{Pooled: ms[0].Pooled, Members: ms[0].Members}
	if n.tree != nil {
		f = n.tree.Fuse(g, ms)
	}
	if n.output != nil {
		n.output.decide(g, &f, ms)
	}
	switch {
	case g.Mode() == nn.Train:
		f.Alone = n.decideAlone(g, ms)
	case n.averages:
		n.outvote(g, &f, ms)
	}
	present = ms[0].Present
	if n.name != "" { // of a model of one network nobody asks
		present = anyOf(g, ms)
	}
	return f, present
}

// encode is the network's inputs, those named as already encoded being given.
func (n *Network) encode(g *nn.Graph, b int, given func(i int) encoders.Given, encoded []string, told func(string, encoders.Encoding)) []fusion.Modality {
	ms := make([]fusion.Modality, len(n.inputs))
	for i, name := range n.inputs {
		if slices.Contains(encoded, name) {
			ms[i] = n.encoded(g, i, b)
		} else {
			ms[i] = n.modality(g, i, given(n.from[i]), told)
		}
	}
	return ms
}

// modality encodes the network's input i, or, where a fusion is to modulate its encoder,
// tells how to.
func (n *Network) modality(g *nn.Graph, i int, given encoders.Given, told func(string, encoders.Encoding)) fusion.Modality {
	name := n.inputs[i]
	masked := func(e encoders.Encoding) encoders.Encoding {
		e.Mask = g.At(n.at("encoders."+name)).Mul(e.Mask, g.Apply(op.Repeat{N: e.Tokens.Shape()[1]}, given.Present))
		if told != nil {
			told(name, e)
		}
		return e
	}
	x := fusion.Modality{Name: name, Present: given.Present}
	if slices.Contains(n.modulated, name) {
		x.Encode = func(g *nn.Graph, by []encoders.Modulation) encoders.Encoding {
			return masked(n.encoders[i].(encoders.Modulated).EncodeModulated(g, given, by))
		}
	} else {
		x.Encoding = masked(n.encoders[i].Encode(g, given))
	}
	return x
}
