package op

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// nextID gives every operator of the process a unique number, so that two applications of a spec to
// the same inputs are two nodes. Gorgonia merges nodes by a 32-bit hash that would otherwise not
// distinguish them.
var nextID atomic.Uint64

// signature is the static type of a node's inputs and output.
type signature struct {
	in    []tensor.Shape
	types []tensor.Dtype
	out   tensor.Shape
	float tensor.Dtype
}

func nodeType(dims int, dt tensor.Dtype) hm.Type {
	if dims == 0 {
		return dt
	}
	return gorgonia.TensorType{Dims: dims, Of: dt}
}

// identity implements what the three operators below have in common. The flags: never preallocated
// (it has its own output), never external memory, never overwrites an input.
type identity struct {
	id   uint64
	salt uint64
}

func (identity) ReturnsPtr() bool     { return false }
func (identity) CallsExtern() bool    { return false }
func (identity) OverwritesInput() int { return -1 }

// WriteHash writes the operator's identity; see nextID.
func (o identity) WriteHash(h hash.Hash) {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], o.id)
	binary.LittleEndian.PutUint64(b[8:], o.salt)
	h.Write(b[:])
}

// Hashcode is the 32-bit FNV-1a hash of WriteHash.
func (o identity) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// Op is a Spec applied to nodes: a Gorgonia operator. Gorgonia's machines run it through Do;
// package nn runs it through Forward on planned memory.
type Op[T Float] struct {
	identity
	spec   Spec
	kernel Kernel[T]
	sig    signature
	inputs gorgonia.Nodes
	need   []bool
	path   string
	own    Array[T] // the output when run by a Gorgonia machine
	args   []Array[T]
	value  *tensor.Dense
}

// Applied describes an applied operator to code that walks a finished graph.
type Applied interface {
	gorgonia.SDOp
	Spec() Spec
	Inputs() gorgonia.Nodes
	Path() string
}

// Spec is the operator's definition.
func (o *Op[T]) Spec() Spec { return o.spec }

// Inputs are the nodes the operator was applied to, in order.
func (o *Op[T]) Inputs() gorgonia.Nodes { return o.inputs }

// Path is the path of the module that applied the operator.
func (o *Op[T]) Path() string { return o.path }

// Kernel returns the kernel that computes the node.
func (o *Op[T]) Kernel() Kernel[T] { return o.kernel }

// OutShape returns the shape of the output.
func (o *Op[T]) OutShape() tensor.Shape { return o.sig.out }

// Arity is the number of inputs.
func (o *Op[T]) Arity() int { return len(o.sig.in) }

// Type returns the operator's type. Gorgonia returns it to a pool after use, so each call creates a
// new one.
func (o *Op[T]) Type() hm.Type { return o.sig.fn() }

func (s *signature) fn(extra ...hm.Type) hm.Type {
	ts := make([]hm.Type, 0, len(s.in)+3)
	for i, sh := range s.in {
		ts = append(ts, nodeType(len(sh), s.types[i]))
	}
	ts = append(ts, extra...)
	ts = append(ts, nodeType(len(s.out), s.float))
	return hm.NewFnType(ts...)
}

// InferShape returns the output's shape, determined when the operator was applied.
func (o *Op[T]) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.sig.out.Clone(), nil }

// String names the operator and the module that applied it.
func (o *Op[T]) String() string { return fmt.Sprintf("%s:%s#%d", o.path, o.spec.Name(), o.id) }

// DiffWRT reports which inputs need a gradient.
func (o *Op[T]) DiffWRT(int) []bool { return o.need }

// Do runs the operator for a Gorgonia machine. Machines call it in a goroutine of their own, where
// a panic would end the process; it is returned as an error instead.
func (o *Op[T]) Do(vs ...gorgonia.Value) (v gorgonia.Value, err error) {
	defer guard(o, &err)
	if o.value == nil {
		o.value, o.own = newDense[T](o.sig.out)
		o.args = make([]Array[T], len(vs))
	}
	if err := toArrays(o.args, vs, o.sig.in); err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	if err := o.kernel.Forward(o.args, o.own); err != nil {
		return nil, fmt.Errorf("%v: %w", o, err)
	}
	return value(o.value, o.own), nil
}

// SymDiff adds one backward node, which computes all required input gradients at once, and one
// zero-copy node per gradient that selects it.
func (o *Op[T]) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ret := make(gorgonia.Nodes, len(inputs))
	if p, ok := o.spec.(passThrough); ok && p.passGradient(o.sig.in) {
		for i := range ret {
			if o.need[i] {
				ret[i] = grad
			}
		}
		return ret, nil
	}
	b := &Backward[T]{identity: o.identity, Of: o, offset: make([]int, len(inputs))}
	b.id = nextID.Add(1)
	for i, need := range o.need {
		b.offset[i] = b.size
		if need {
			b.size += Size(o.sig.in[i])
		}
	}
	args := append(append(make(gorgonia.Nodes, 0, len(inputs)+2), inputs...), output, grad)
	packed, err := applyUnique(b, args)
	if err != nil {
		return nil, err
	}
	for i, need := range o.need {
		if !need {
			continue
		}
		p := &Pick[T]{identity: o.identity, From: b, Index: i}
		p.id = nextID.Add(1)
		if ret[i], err = applyUnique(p, gorgonia.Nodes{packed}); err != nil {
			return nil, err
		}
	}
	return ret, nil
}

// Collision reports two operators that Gorgonia merged because their 32-bit hashes happened to be
// equal. Rebuilding with a different salt resolves it.
type Collision struct{ Op string }

func (e *Collision) Error() string {
	return "two nodes of the graph have the same 32-bit hash (" + e.Op + "); rebuild with another salt"
}

func applyUnique(o gorgonia.Op, in gorgonia.Nodes) (*gorgonia.Node, error) {
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		return nil, err
	}
	if n.Op() != o {
		return nil, &Collision{Op: o.String()}
	}
	return n, nil
}

// Site describes where an operator is applied.
type Site struct {
	Path string // the module, for errors
	Salt uint64 // changed after a Collision
	Need []bool // which inputs need a gradient
}

// Apply applies spec to in and adds it to their graph. Inputs are float nodes of type T, or int
// nodes where the spec is Whole. A mismatched shape is an error that names the operator and the
// shapes.
func Apply[T Float](spec Spec, site Site, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op[T]{identity: identity{nextID.Add(1), site.Salt}, spec: spec, inputs: in, need: site.Need, path: site.Path}
	o.sig.float = dtype[T]()
	for i, n := range in {
		dt := n.Dtype()
		switch want := whole(spec, i); {
		case want && dt != tensor.Int:
			return nil, fmt.Errorf("%s: input %d is %v, want integers: create it with IntInput", spec.Name(), i, dt)
		case !want && dt != o.sig.float:
			return nil, fmt.Errorf("%s: input %d is %v, want %v", spec.Name(), i, dt, o.sig.float)
		}
		if site.Need[i] && !differentiable(spec, i) {
			return nil, fmt.Errorf("%s: input %d depends on trainable parameters, but has no gradient", spec.Name(), i)
		}
		o.sig.types = append(o.sig.types, dt)
		o.sig.in = append(o.sig.in, n.Shape())
	}
	var err error
	if o.sig.out, err = spec.OutShape(o.sig.in); err != nil {
		return nil, fmt.Errorf("%s: %w", spec.Name(), err)
	}
	o.kernel = kernelOf[T](spec)
	return applyUnique(o, in)
}

func kernelOf[T Float](s Spec) Kernel[T] {
	var zero T
	switch any(zero).(type) {
	case float32:
		return any(s.Float32()).(Kernel[T])
	default:
		return any(s.Float64()).(Kernel[T])
	}
}

// guard turns a panic in an operator into an error that names it.
func guard(o fmt.Stringer, err *error) {
	if e := recover(); e != nil {
		*err = fmt.Errorf("%v: internal fault: %v", o, e)
	}
}
