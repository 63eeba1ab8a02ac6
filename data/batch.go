package data

// A Batch is some rows of a table as arrays, row after row. Its memory is used
// again: it is valid until the loop that gave it goes on.
type Batch struct {
	Index   int         // its place in the epoch; the first is 0
	Rows    []int       // the table's rows, from 0
	Inputs  [][]Slot    // by input and feature: (B, Shape...)
	Present [][]float32 // by input: (B), 0 where the row lacks it
	Target  Slot        // (B, Shape...) of the target's feature; empty without a target
	Weight  []float32   // (B), 1 for every row, or what LoaderOptions.Weigh asks for

	full      *Batch  // the same at its largest size, of which this is the beginning
	lens      [][]int // by input and feature, the values of a row
	targetLen int     // the same of the target
	rows      []Slot  // one row's slots, for write
}

// Size is the number of rows, B.
func (b *Batch) Size() int { return len(b.Rows) }

// newBatch makes memory for batches of up to n rows.
func newBatch(d *Dataset, n int) *Batch {
	full := &Batch{Rows: make([]int, n), Weight: make([]float32, n)}
	most := 0
	for _, in := range d.inputs {
		var slots []Slot
		var lens []int
		for _, f := range in.Features() {
			slots = append(slots, makeSlot(f, n))
			lens = append(lens, f.Len())
		}
		full.Inputs, full.lens = append(full.Inputs, slots), append(full.lens, lens)
		full.Present = append(full.Present, make([]float32, n))
		most = max(most, len(slots))
	}
	if d.target != nil {
		full.Target, full.targetLen = makeSlot(d.target.Feature(), n), d.target.Feature().Len()
	}
	b := &Batch{full: full, lens: full.lens, targetLen: full.targetLen, rows: make([]Slot, most)}
	b.Present = make([][]float32, len(full.Present))
	for _, slots := range full.Inputs {
		b.Inputs = append(b.Inputs, make([]Slot, len(slots)))
	}
	return b
}

// NewSlots is memory for the features of n rows.
func NewSlots(features []Feature, n int) []Slot {
	slots := make([]Slot, len(features))
	for i, f := range features {
		slots[i] = makeSlot(f, n)
	}
	return slots
}

func makeSlot(f Feature, n int) Slot {
	if f.Parts != nil {
		return Slot{Parts: partsOf(f, n)}
	}
	if f.Int {
		return Slot{Int: make([]int, n*f.Len())}
	}
	return Slot{F32: make([]float32, n*f.Len())}
}

// resize makes the batch the first n rows of its memory.
func (b *Batch) resize(n int) {
	b.Rows, b.Weight = b.full.Rows[:n], b.full.Weight[:n]
	for k, slots := range b.full.Inputs {
		b.Present[k] = b.full.Present[k][:n]
		for f, s := range slots {
			b.Inputs[k][f] = s.first(n * b.lens[k][f])
		}
	}
	b.Target = b.full.Target.first(n * b.targetLen)
}

func (s Slot) first(n int) Slot {
	if s.Parts != nil {
		return Slot{Parts: some(s.Parts, 0, n)}
	}
	if s.Int != nil {
		return Slot{Int: s.Int[:n]}
	}
	return Slot{F32: s.F32[:n]}
}
