package data

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
)

// An Input is one modality: a name and what reads it.
type Input struct {
	Name string
	Preprocessor
	// Fitted says that it has learnt what it needs, so that Fit leaves it as it is.
	Fitted bool
}

// DatasetOptions says how a Dataset behaves.
type DatasetOptions struct {
	CacheBytes    int64   // for items kept in memory; 0 is 1 GiB, negative is none
	MissingAll    bool    // allow rows that lack every input, for which the Prior speaks; otherwise they are errors
	Splits        *Splits // names the split of each row in the report; may be nil
	Report        *Report // takes what is done to cells; may be nil
	WithoutTarget bool    // predict: the target is neither read nor needed
	Strict        bool    // a cell of an input that is not used as it stands is an error
	Prints        bool    // hash what is loaded, for TrainedRows
	// Weights of rows, for loaders that weigh them; nil: each counts 1.
	Weights RowWeights
}

const defaultCache = 1 << 30

// A Dataset joins a table with what turns its rows into numbers, and keeps what
// was decoded, up to a limit of bytes; what exceeds it is decoded again each
// time. It is safe for use by many goroutines.
type Dataset struct {
	table   *Table
	inputs  []Input
	target  Target
	options DatasetOptions
	parts   []string  // by row, the name of its split
	prior   []float32 // of the target
	// selected is a dataset of some inputs only: that a row lacks them is nothing
	// to report.
	selected bool

	items [][]atomic.Pointer[cached] // by input and row
	noted [][]atomic.Bool            // by input, the target last, and row: its notes are in the report
	lacks []atomic.Bool              // by row: it was loaded and has no input
	has   [][]atomic.Int32           // by input and row: 1 or -1, once it is known; see Has
	free  *atomic.Int64              // bytes left for items

	prints [][]atomic.Uint64 // by input and row; nil if none are asked for
}

type cached struct{ item Item }

// NewDataset joins a table, fitted inputs and a fitted target.
func NewDataset(t *Table, inputs []Input, target Target, o DatasetOptions) (*Dataset, error) {
	if t == nil {
		return nil, errNoTable
	}
	d := &Dataset{table: t, inputs: inputs, options: o, parts: make([]string, t.Len()), lacks: make([]atomic.Bool, t.Len()), free: &atomic.Int64{}}
	if target != nil {
		d.prior = target.Prior()
	}
	if !o.WithoutTarget {
		d.target = target
	}
	if err := checkInputs(inputs, d.target); err != nil {
		return nil, err
	}
	for i := range d.parts {
		d.parts[i] = "rows"
	}
	if o.Splits != nil {
		for name, rows := range o.Splits.All() {
			for _, row := range rows {
				d.parts[row] = name
			}
		}
	}
	for range inputs {
		if o.Prints {
			d.prints = append(d.prints, make([]atomic.Uint64, t.Len()))
		}
		d.items = append(d.items, make([]atomic.Pointer[cached], t.Len()))
		d.noted = append(d.noted, make([]atomic.Bool, t.Len()))
		d.has = append(d.has, make([]atomic.Int32, t.Len()))
	}
	d.noted = append(d.noted, make([]atomic.Bool, t.Len()))
	d.free.Store(o.CacheBytes)
	if o.CacheBytes == 0 {
		d.free.Store(defaultCache)
	}
	return d, nil
}

// checkInputs refuses a model without inputs, with two of one name, or with the
// answer among them.
func checkInputs(inputs []Input, target Target) error {
	if len(inputs) == 0 {
		return &ConfigError{"inputs", "name at least one input"}
	}
	seen := map[string]bool{}
	for _, in := range inputs {
		if !isName(in.Name) {
			return &ConfigError{"inputs", "the name " + show(in.Name) + " is not made of letters, digits, _ and - only"}
		}
		if seen[in.Name] {
			return &ConfigError{"inputs", "two inputs are named " + show(in.Name)}
		}
		seen[in.Name] = true
		for _, answer := range targetColumns(target) {
			if slices.Contains(in.Columns(), answer) {
				return &ConfigError{"inputs." + in.Name, fmt.Sprintf("reads column %s, which is the answer", show(answer))}
			}
		}
	}
	return nil
}

// isName reports whether an input may have the name, which becomes a part of
// file names and of the paths of parameters.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// Fit fits every input and the target to the training rows, and checks that
// each row of every split has a target. What was noted goes to the report,
// which may be nil. Rows that t.Bad takes meanwhile are still in the splits, and
// may have been learnt from before one of their cells was found to be bad: where
// their number grows, cut the splits and fit again.
func Fit(ctx context.Context, t *Table, s *Splits, inputs []Input, target Target, r *Report) error {
	if err := checkInputs(inputs, target); err != nil {
		return err
	}
	var notes Notes
	if err := target.Fit(ctx, t, s.Train, &notes); err != nil {
		return err
	}
	slot := makeSlot(target.Feature(), 1)
	for _, rows := range s.All() {
		for _, row := range rows {
			if err := t.Skip(target.Write(t, row, slot, nil)); err != nil {
				return err
			}
		}
	}
	if r != nil {
		r.fitted("output", &notes)
		r.Target(target)
	}
	for _, in := range inputs {
		if in.Fitted {
			continue
		}
		var notes Notes
		// One that does not step over bad rows itself is fitted again without.
		for err := in.Fit(ctx, t, t.Usable(s.Train), &notes); err != nil; err = in.Fit(ctx, t, t.Usable(s.Train), &notes) {
			if err := t.Skip(err); err != nil {
				return err
			}
		}
		if r != nil {
			r.fitted(in.Name, &notes)
		}
	}
	return nil
}

// Table is the table that the dataset reads.
func (d *Dataset) Table() *Table {
	if d == nil {
		return nil
	}
	return d.table
}

// Inputs lists the inputs in the order of a Batch.
func (d *Dataset) Inputs() []Input { return d.inputs }

// Target is the target; nil without one.
func (d *Dataset) Target() Target {
	if d == nil {
		return nil
	}
	return d.target
}

// Prior is what is predicted of a row that lacks every input; nil if there is
// no such row, since it would be an error.
func (d *Dataset) Prior() []float32 {
	if !d.options.MissingAll {
		return nil
	}
	return d.prior
}

// Lacks says whether a row that was loaded lacks every input.
func (d *Dataset) Lacks(row int) bool { return row >= 0 && row < len(d.lacks) && d.lacks[row].Load() }

// Select is a dataset of some of the inputs, in the order given, which keeps
// what was decoded together with this one. Rows that lack all that is left are
// errors only where missingAll is false.
func (d *Dataset) Select(missingAll bool, names ...string) (*Dataset, error) {
	if d.table == nil {
		return nil, errNoTable
	}
	s := *d
	s.options.MissingAll = missingAll
	s.selected, s.lacks = true, make([]atomic.Bool, d.table.Len())
	s.inputs, s.items, s.noted, s.has, s.prints = nil, nil, nil, nil, nil
	for _, name := range names {
		i := slices.IndexFunc(d.inputs, func(in Input) bool { return in.Name == name })
		if i < 0 {
			return nil, &ConfigError{"inputs", "none is named " + show(name)}
		}
		s.inputs, s.items, s.noted = append(s.inputs, d.inputs[i]), append(s.items, d.items[i]), append(s.noted, d.noted[i])
		s.has = append(s.has, d.has[i])
		if d.prints != nil {
			s.prints = append(s.prints, d.prints[i])
		}
	}
	s.noted = append(s.noted, d.noted[len(d.inputs)])
	return &s, checkInputs(s.inputs, s.target)
}

// Answering is the dataset with one of its several targets only, which keeps what was
// decoded together with this one.
func (d *Dataset) Answering(name string) (*Dataset, error) {
	for _, x := range TargetsOf(d.target) {
		if x.Name == name && name != "" {
			s := *d
			s.target, s.prior = x.Target, x.Target.Prior()
			return &s, nil
		}
	}
	return nil, &ConfigError{"outputs", "none is named " + show(name)}
}

// Item is what an input made of a row; nil if the row lacks the input. It
// comes from memory or is loaded.
func (d *Dataset) Item(input, row int) (Item, error) {
	if err := d.holds(input, row); err != nil {
		return nil, err
	}
	slot := &d.items[input][row]
	if c := slot.Load(); c != nil {
		return c.item, nil
	}
	var notes Notes
	item, err := d.inputs[input].Load(d.table, row, &notes)
	if err != nil {
		return nil, err
	}
	if d.options.Strict && len(notes.cells) > 0 {
		return nil, d.table.strict(row, notes.cells[0])
	}
	d.note(input, d.inputs[input].Name, row, &notes)
	d.has[input][row].Store(has(item))
	d.print(input, row, item)
	size := int64(48) // of the entry itself
	if item != nil {
		size += int64(item.Bytes())
	}
	if d.free.Add(-size) >= 0 {
		if !slot.CompareAndSwap(nil, &cached{item}) {
			d.free.Add(size) // another goroutine was faster
		}
	} else {
		d.free.Add(size)
	}
	return item, nil
}

// holds is an error for an input or a row that the dataset does not have.
func (d *Dataset) holds(input, row int) error {
	if input < 0 || input >= len(d.inputs) || row < 0 || row >= d.table.Len() {
		return fmt.Errorf("data: input %d of row %d is asked of a dataset of %d inputs and %d rows", input, row, len(d.inputs), d.table.Len())
	}
	return nil
}

// has is 1 for an item and -1 for none.
func has(item Item) int32 {
	if item == nil {
		return -1
	}
	return 1
}

// Has says whether a row has an input. That is remembered of every row that was
// ever loaded, whether or not its item is kept.
func (d *Dataset) Has(input, row int) (bool, error) {
	if err := d.holds(input, row); err != nil {
		return false, err
	}
	known := d.has[input][row].Load()
	if known == 0 {
		item, err := d.Item(input, row)
		if err != nil {
			return false, err
		}
		known = has(item)
	}
	return known > 0, nil
}

// note reports what loading a row noted, the first time it is loaded.
func (d *Dataset) note(i int, name string, row int, n *Notes) {
	if d.options.Report != nil && d.noted[i][row].CompareAndSwap(false, true) {
		d.options.Report.loaded(name, d.parts[row], row, n)
	}
}

// Prepare loads every one of the given rows once, on several goroutines, so
// that a row that cannot be used is known, and the report is whole, before the
// first step. The error is that of the first bad row that the table's Bad does
// not take.
func (d *Dataset) Prepare(ctx context.Context, rows []int) error {
	return d.table.Each(ctx, len(rows), func(i int) error {
		present := false
		for input := range d.inputs {
			item, err := d.Item(input, rows[i])
			if err != nil {
				return err
			}
			present = present || item != nil
		}
		if !present {
			if err := d.lacksAll(rows[i]); err != nil {
				return err
			}
		}
		if d.target != nil && d.table.Bad != nil {
			return d.target.Write(d.table, rows[i], makeSlot(d.target.Feature(), 1), nil)
		}
		return nil
	})
}

// lacksAll is the error for a row without any input, unless that is allowed.
func (d *Dataset) lacksAll(row int) error {
	if d.options.MissingAll {
		if d.lacks[row].CompareAndSwap(false, true) && d.options.Report != nil && !d.selected {
			d.options.Report.lacking(d.parts[row], row)
		}
		return nil
	}
	return d.table.Errorf(row, "", "the row lacks every input").WithHint("fill in one of them, take the row out, or set data.missing_all: prior")
}

// taken is the item of an input of a row, or of the row that from says; nil if
// there is none, or from takes it away.
func (d *Dataset) taken(input, row int, from func(input, row int) int) (Item, error) {
	if from != nil {
		if row = from(input, row); row < 0 {
			return nil, nil
		}
	}
	return d.Item(input, row)
}

// Weight is what a row counts in the training loss.
func (d *Dataset) Weight(row int) float32 {
	if d == nil || row < 0 || row >= len(d.options.Weights) {
		return 1
	}
	return d.options.Weights[row]
}

// write sets row i of a batch to a row of the table, whose inputs may be taken
// from elsewhere.
func (d *Dataset) write(b *Batch, i, row int, augment func(input, row int) Augment, from func(input, row int) int, weigh bool) error {
	present := false
	for k, in := range d.inputs {
		item, err := d.taken(k, row, from)
		if err != nil {
			return err
		}
		for f := range b.Inputs[k] {
			b.rows[f] = b.Inputs[k][f].row(i, b.lens[k][f])
		}
		in.Write(item, b.rows[:len(b.Inputs[k])], augment(k, row))
		b.Present[k][i] = 0
		if item != nil {
			b.Present[k][i], present = 1, true
		}
	}
	if !present && from == nil {
		if err := d.lacksAll(row); err != nil {
			return err
		}
	}
	b.Weight[i] = 1
	if weigh {
		b.Weight[i] = d.Weight(row)
	}
	if d.target == nil {
		return nil
	}
	var notes *Notes
	output := len(d.inputs)
	if d.options.Report != nil && !d.noted[output][row].Load() {
		notes = &Notes{}
	}
	if err := d.target.Write(d.table, row, b.Target.row(i, b.targetLen), notes); err != nil {
		return err
	}
	if notes != nil {
		d.note(output, "output", row, notes)
	}
	return nil
}
