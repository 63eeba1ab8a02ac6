package data

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
