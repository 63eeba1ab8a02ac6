package explain

import "github.com/chiasm-ml/chiasm/data"

// A Row is what a model is given, before it is made into numbers.
type Row struct {
	Number int // in its table, the first is 1; 0 if it is of none
	// Items are what the inputs' preprocessors loaded, in the order of the inputs;
	// nil where the row lacks one.
	Items []data.Item
	// Names are what the places of each feature of each input stand for, as
	// data.NamesOf says.
	Names  [][][]string
	Target any // the true answer; nil if it is not known
}

// Read reads a row of a table for the inputs of a model. The answer is read where
// the table has one that the target knows; a target of nil has none.
func Read(t *data.Table, row int, inputs []data.Input, target data.Target) (Row, error) {
	r := Row{Number: row + 1, Items: make([]data.Item, len(inputs)), Names: make([][][]string, len(inputs))}
	for i, in := range inputs {
		var err error
		if r.Items[i], err = in.Load(t, row, nil); err != nil {
			return r, err
		}
		for _, f := range in.Features() {
			var names []string
			if r.Items[i] != nil {
				if names, err = data.NamesOf(in.Preprocessor, t, row, f); err != nil {
					return r, err
				}
			}
			r.Names[i] = append(r.Names[i], names)
		}
	}
	if target != nil {
		r.Target = target.Truth(t, row)
	}
	return r, nil
}

// batch is the row n times.
func (e *Explainer) batch(row Row, n int) *data.Batch {
	b := &data.Batch{Rows: make([]int, n)}
	for k, in := range e.inputs {
		var slots []data.Slot
		present := make([]float32, n)
		features := in.Features()
		for _, f := range features {
			if f.Int {
				slots = append(slots, data.Slot{Int: make([]int, n*f.Len())})
			} else {
				slots = append(slots, data.Slot{F32: make([]float32, n*f.Len())})
			}
		}
		for i := range n {
			dst := make([]data.Slot, len(slots))
			for j, f := range features {
				dst[j] = part(slots[j], i, f.Len())
			}
			in.Write(row.Items[k], dst, data.Augment{})
			if row.Items[k] != nil {
				present[i] = 1
			}
		}
		b.Inputs, b.Present = append(b.Inputs, slots), append(b.Present, present)
	}
	return b
}

// part is the i-th row's part of a slot, of n values.
func part(s data.Slot, i, n int) data.Slot {
	if s.Int != nil {
		return data.Slot{Int: s.Int[i*n : (i+1)*n]}
	}
	return data.Slot{F32: s.F32[i*n : (i+1)*n]}
}
