package nn

import (
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/op"
)

// MemoryError reports a program that would exceed its memory limit. None of it was allocated.
type MemoryError struct {
	Path  string // the module with the largest value
	Bytes int64  // required bytes; a lower bound if Floor is set
	Floor bool
	Most  int64
}

func (e *MemoryError) Error() string {
	least := ""
	if e.Floor {
		least = "at least "
	}
	return fmt.Sprintf("%s: the network needs %s%s of memory, most of it here, but may use only %s: make the model, its inputs or its batches smaller, or set the environment variable %s if the machine has more memory than was detected",
		e.Path, least, memory.Text(e.Bytes), memory.Text(e.Most), memory.Variable)
}

// ExitCode is 2: usage or config.
func (e *MemoryError) ExitCode() int { return 2 }

// mostNodes limits the operators and leaves of a network, far above what deep networks have:
// planning time is quadratic in them.
const mostNodes = 1 << 15

// mostBytes is where sizes saturate, so that sums over all nodes do not overflow.
const mostBytes = 1 << 47

// space tracks the memory that a build will need, before it is allocated.
type space struct {
	most    int64 // bytes
	inputs  int64 // bytes of all inputs
	measure bool  // nothing is allocated: the build is only measured
	nodes   int
}

func newSpace(o Options, measure bool) space {
	most := o.Memory
	if most <= 0 {
		most = memory.Model()
	}
	return space{most: min(most, mostBytes), measure: measure}
}

// bytesOf is the size of an array in bytes, saturating near mostBytes.
func bytesOf(shape []int, unit int) int64 {
	n := int64(unit)
	for _, d := range shape {
		if d > 0 && n > mostBytes/int64(d) {
			return mostBytes + 1
		}
		n *= int64(d)
	}
	return n
}

func (g *Graph) unit() int {
	if g.options.Float64 {
		return 8
	}
	return 4
}

// takeInput counts an input before it is allocated.
func (g *Graph) takeInput(name string, shape []int, unit int) {
	g.space.inputs += bytesOf(shape, unit)
	if g.space.inputs > g.space.most {
		panic(&MemoryError{Path: name, Bytes: g.space.inputs, Floor: true, Most: g.space.most})
	}
}

// takeNode counts a node, and rejects a value that is too large on its own.
func (g *Graph) takeNode(n *gorgonia.Node) {
	if g.space.nodes++; g.space.nodes > mostNodes {
		g.fail("the network has more than %d operations: use fewer layers", mostNodes)
	}
	if b := bytesOf(n.Shape(), g.unit()); b > g.space.most {
		panic(&MemoryError{Path: g.path, Bytes: b, Floor: true, Most: g.space.most})
	}
}

// scratch is the memory in bytes that the kernels of a program keep for themselves, as far as it
// grows faster than their results.
func (a *assembler[T]) scratch() int64 {
	var unit T
	all := int64(0)
	for _, n := range a.nodes {
		if !a.live[n] || n.Op() == nil {
			continue
		}
		applied, _ := n.Op().(op.Applied)
		b, backward := n.Op().(*op.Backward[T])
		if backward {
			applied = b.Of
		}
		if applied == nil {
			continue
		}
		if s, ok := applied.Spec().(op.Scratch); ok {
			all += min(int64(s.Scratch(shapes(applied.Inputs()), backward))*int64(unsafe.Sizeof(unit)), mostBytes)
		}
	}
	return all
}

// sized records the size of the planned values, and rejects an excessive size before it is
// allocated.
func (a *assembler[T]) sized(regions []*region[T], arena, gradients int) {
	var unit T
	width := int64(unsafe.Sizeof(unit))
	s := &a.exec.sizes
	for _, r := range regions {
		s.Sum += r.size * int(width)
	}
	s.Planned, s.Nodes = arena*int(width), len(a.nodes)
	s.Inputs, s.Scratch = int(a.g.space.inputs), int(a.scratch())
	s.Gradients = gradients * int(width)
	if total := s.Bytes(); total > a.g.space.most {
		panic(&MemoryError{Path: a.largest(), Bytes: total, Most: a.g.space.most})
	}
}

// largest is the path of the module with the largest value.
func (a *assembler[T]) largest() string {
	path, most := "the network", -1
	for _, n := range a.nodes { // in order: ties go to the first
		r := a.where[n]
		if r == nil || r.size <= most {
			continue
		}
		if o, ok := n.Op().(op.Applied); ok && o.Path() != "" {
			path, most = o.Path(), r.size
		}
	}
	return path
}

// Bytes is the total memory of a program, excluding the parameters.
func (s Stats) Bytes() int64 {
	total := int64(0)
	for _, n := range []int{s.Planned, s.Inputs, s.Scratch, s.Gradients} {
		total += min(int64(n), math.MaxInt64/8)
	}
	return total
}

// nodeBytes is what a program keeps for a node beside its numbers.
const nodeBytes = 1 << 10

// Resident is what a program takes as long as it is there: Bytes, and what it is
// described by, which counts in a deep network of few numbers.
func (s Stats) Resident() int64 { return s.Bytes() + int64(s.Nodes)*nodeBytes }

// Measure returns the Stats of what Build would create, without allocating its memory; Steps is not
// counted. A program over the limit is a *MemoryError, as in Build.
func Measure(o Options, f func(g *Graph)) (Stats, error) {
	p, err := buildUnique(o, true, f)
	if err != nil {
		return Stats{}, err
	}
	return p.Stats(), nil
}
