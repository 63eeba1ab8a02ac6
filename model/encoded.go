package model

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// Encodings of rows can be kept where an encoder no longer changes: a program
// made by ProgramFrom begins behind the encoders of some inputs, with what an
// EncodingProgram made of the rows before. Results have the same bits.

// CanEncode reports whether an input can be encoded apart from the rest: it has one
// encoder, and no fusion changes it.
func (m *Model) CanEncode(input string) bool {
	return len(m.networks) == 1 && !slices.Contains(m.networks[0].modulated, input)
}

// EncodingProgram is the compiled encoders of some inputs, in evaluation, for
// batches of b rows that Fill fills; ReadEncoding reads what they made.
func (m *Model) EncodingProgram(b int, inputs ...string) (*nn.Program, error) {
	if !m.made() {
		return nil, errMissing
	}
	if err := m.checkEncoded(inputs); err != nil {
		return nil, err
	}
	return nn.Build(nn.Options{Mode: nn.Eval, Seed: m.seed, Memory: m.memory}, func(g *nn.Graph) {
		net := m.networks[0]
		for i, in := range m.inputs {
			if !slices.Contains(inputs, in.Name) {
				continue
			}
			e := net.modality(g, i, m.given(g, i, b), nil).Encoding
			g.Output(in.Name+".pooled", e.Pooled)
			if e.Members != nil {
				g.Output(in.Name+".members", e.Members)
			}
			if slices.Contains(net.attended, in.Name) {
				g.Output(in.Name+".tokens", e.Tokens)
				g.Output(in.Name+".mask", e.Mask)
			}
		}
	})
}

// ProgramFrom is Program behind the encoders of some inputs, whose rows
// FillEncoding fills.
func (m *Model) ProgramFrom(inputs []string, mode nn.Mode, b int, target bool) (*nn.Program, error) {
	return m.program(programKey{mode, target, b, strings.Join(inputs, "\x00")})
}

// encodingParts are what an encoding of one row consists of, with their sizes:
// what the rest of the network reads of it. An input that the model lacks has none.
func (m *Model) encodingParts(input string) (names []string, sizes []int) {
	i := slices.Index(m.InputNames(), input)
	if i < 0 || !m.CanEncode(input) {
		return nil, nil
	}
	net := m.networks[0]
	s := net.encoders[i].Shape()
	names, sizes = []string{input + ".pooled"}, []int{s.Dim}
	if s.Members > 0 {
		names, sizes = append(names, input+".members"), append(sizes, s.Members*s.Dim)
	}
	if slices.Contains(net.attended, input) {
		names, sizes = append(names, input+".tokens", input+".mask"), append(sizes, s.Tokens*s.Dim, s.Tokens)
	}
	return names, sizes
}

// EncodingLen is how many numbers the encoding of one row has.
func (m *Model) EncodingLen(input string) int {
	n := 0
	_, sizes := m.encodingParts(input)
	for _, size := range sizes {
		n += size
	}
	return n
}

// ReadEncoding reads an input's encoding of the i-th row of a batch that an
// EncodingProgram has run.
func (m *Model) ReadEncoding(p *nn.Program, input string, i int, dst []float32) {
	names, sizes := m.encodingParts(input)
	for k, name := range names {
		n := copy(dst[:sizes[k]], p.Output(name)[i*sizes[k]:])
		dst = dst[n:]
	}
}

// FillEncoding gives an input's encoding of the i-th row of a batch to a program
// of ProgramFrom; nil for a row that lacks the input.
func (m *Model) FillEncoding(p *nn.Program, input string, i int, src []float32) {
	names, sizes := m.encodingParts(input)
	for k, name := range names {
		dst := p.Float(name)[i*sizes[k] : (i+1)*sizes[k]]
		if src == nil {
			clear(dst)
			continue
		}
		src = src[copy(dst, src):]
	}
}

// encoded is a modality whose encoding is given.
func (n *Network) encoded(g *nn.Graph, i, b int) fusion.Modality {
	name, s := n.inputs[i], n.encoders[i].Shape()
	present := g.Constant(name+".present", b, 1)
	e := encoders.Encoding{Pooled: g.Constant(name+".pooled", b, s.Dim)}
	if s.Members > 0 {
		e.Members = g.Constant(name+".members", b, s.Members, s.Dim)
	}
	var mask *gorgonia.Node
	if slices.Contains(n.attended, name) {
		e.Tokens = g.Constant(name+".tokens", b, s.Tokens, s.Dim)
		mask = g.Constant(name+".mask", b, s.Tokens)
	} else { // nothing reads tokens
		e.Tokens, mask = g.Reshape(e.Pooled, b, 1, s.Dim), present
	}
	e.Mask = g.At(n.at("encoders."+name)).Mul(mask, g.Apply(op.Repeat{N: e.Tokens.Shape()[1]}, present))
	return fusion.Modality{Name: name, Present: present, Encoding: e}
}

// checkEncoded reports inputs that cannot be given encoded.
func (m *Model) checkEncoded(inputs []string) error {
	for _, name := range inputs {
		switch {
		case !slices.Contains(m.InputNames(), name):
			return fmt.Errorf("the model has no input %q", name)
		case m.Ensemble():
			return fmt.Errorf("the input %q is encoded by each member of the ensemble in its own way", name)
		case !m.CanEncode(name):
			return fmt.Errorf("the input %q is encoded inside the fusion, which changes its encoder", name)
		}
	}
	return nil
}
