package data

import (
	"fmt"
	"math"
	"slices"
)

// A Portable preprocessor is one whose arithmetic can be done by an exported graph, so
// that a program in another language need not repeat it: it gives the graph what the
// cells say.
type Portable interface {
	// Prelude is what a graph is given in place of a feature, and how it makes the
	// feature of it; false for a feature that it is given as Write writes it, such as
	// ids. It is not asked for a Flag, which a graph finds from the NaN of the Values
	// before it.
	Prelude(f Feature) (Prelude, bool)
	// Raw writes what the graph is given for a row, in the shape of the Prelude. The
	// item is what Load made of the row, nil where the row lacks the input: what stands
	// there then does not matter.
	Raw(t *Table, row int, item Item, f Feature, dst Raw) error
}

// A Prelude begins with an array of a row and leads to a Feature.
type Prelude struct {
	Type  RawType
	Shape []int // of a row
	// Steps are done first to last, in double precision where Type is Float64, whose
	// NaN stand for what is missing and become 0.
	Steps []Step
}

// A RawType is the type of the numbers that a graph is given.
type RawType uint8

// Types of numbers.
const (
	Float64 RawType = iota
	Uint8
)

// Raw is the memory for a row, of which the Prelude's Type is set.
type Raw struct {
	F64 []float64
	U8  []uint8
}

// A Step is one thing that a graph does to all rows: a Transpose, an Affine, a
// Standardise or a UnitLength.
type Step interface{ step() }

// Transpose puts the axes of a row in another order.
type Transpose struct{ Axes []int }

// Affine is Mul·x + Add. Both have Shape, which is broadcast to the row.
type Affine struct {
	Shape    []int
	Mul, Add []float32
}

// Standardise does to each of the numbers of a row (N) what its Scaling says; one
// Scaling is for all of them.
type Standardise []Scaling

// UnitLength divides the numbers of a row (N) by their Euclidean length, where that is
// not 0.
type UnitLength struct{}

func (Transpose) step()   {}
func (Affine) step()      {}
func (Standardise) step() {}
func (UnitLength) step()  {}

// Prelude takes pixels as a decoder gives them, rows of pixels of channels, 0 to 255,
// and normalises them as package imaging does: x · 1/(255·std) - mean/std.
func (p *Image) Prelude(f Feature) (Prelude, bool) {
	c := p.state.Config
	a := Affine{Shape: []int{c.Channels, 1, 1}}
	for i, s := range p.state.Std {
		if s == 0 {
			s = 1
		}
		a.Mul, a.Add = append(a.Mul, 1/(255*s)), append(a.Add, -p.state.Mean[i]/s)
	}
	return Prelude{Type: Uint8, Shape: []int{c.Size[0], c.Size[1], c.Channels}, Steps: []Step{Transpose{[]int{2, 0, 1}}, a}}, true
}

// Raw is the resized pixels.
func (p *Image) Raw(_ *Table, _ int, item Item, _ Feature, dst Raw) error {
	image, ok := item.(*imageItem)
	if !ok {
		return nil
	}
	places := image.H * image.W
	if len(dst.U8) != len(image.Pix) {
		return fmt.Errorf("data: %d numbers for the %d of an image", len(dst.U8), len(image.Pix))
	}
	for i, v := range image.Pix {
		dst.U8[i%places*image.C+i/places] = v
	}
	return nil
}

// Prelude takes numbers in the units of their columns, NaN for a missing one; ids are
// taken as they are.
func (p *Tabular) Prelude(f Feature) (Prelude, bool) {
	if f.Int {
		return Prelude{}, false
	}
	return Prelude{Type: Float64, Shape: f.Shape, Steps: []Step{Standardise(p.Scalings())}}, true
}

// Raw is what the cells mean by their rules: numbers, then the parts of dates.
func (p *Tabular) Raw(t *Table, row int, _ Item, _ Feature, dst Raw) error {
	at := dst.F64
	for _, rule := range p.Rules() {
		parts := 1
		switch rule.As {
		case AsDate:
			parts = len(rule.Date.Parts)
		case AsNumber:
		default:
			continue
		}
		column, err := t.Column(rule.Column)
		if err != nil {
			return err
		}
		v, err := t.read(rule, column, row)
		switch {
		case err != nil:
			return err
		case len(at) < parts:
			return fmt.Errorf("data: too few numbers for the columns %q", p.Columns())
		case v.Missing:
			copy(at, slices.Repeat([]float64{math.NaN()}, parts))
		case rule.As == AsDate:
			copy(at, v.Numbers)
		default:
			at[0] = v.Number
		}
		at = at[parts:]
	}
	return nil
}
