package trainer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// encodings keeps what frozen encoders make of rows, where nothing random
// stands before them: each row is encoded once, and not in every epoch. Results
// have the bits that they have without.
type encodings struct {
	model  *model.Model
	data   *data.Dataset
	inputs []string
	index  []int       // of the inputs, in the dataset
	sizes  []int       // of an encoding, by input
	rows   [][]float32 // by row of the table: the inputs' encodings, one behind the other; nil where they are not known
	left   int64       // bytes that may still be taken
}

// defaultEncodings bounds the memory of encodings, unless told.
const defaultEncodings = 1 << 30

// newEncodings is for the inputs of m whose encoders are frozen and whose
// features are the same in every epoch; nil if there are none.
func newEncodings(m *model.Model, d *data.Dataset, most int64) *encodings {
	e := &encodings{model: m, data: d, left: most}
	for i, in := range d.Inputs() {
		steady, ok := in.Preprocessor.(data.Steady)
		frozen := nn.Options{Frozen: m.Frozen()}.Freezes("encoders." + in.Name)
		if ok && steady.Steady() && frozen && m.CanEncode(in.Name) {
			e.inputs, e.index, e.sizes = append(e.inputs, in.Name), append(e.index, i), append(e.sizes, m.EncodingLen(in.Name))
		}
	}
	if e.inputs == nil {
		return nil
	}
	e.rows = make([][]float32, d.Table().Len())
	return e
}

// names lists the inputs, for messages.
func (e *encodings) names() string { return strings.Join(e.inputs, ", ") }

// rowBytes is what one row takes.
func (e *encodings) rowBytes() int64 {
	n := 0
	for _, s := range e.sizes {
		n += s
	}
	return 4 * int64(n)
}

// encode makes the encodings of rows that are not known. False says that they
// do not fit into the memory that they may take; nothing is kept then.
func (e *encodings) encode(ctx context.Context, rows []int, workers int) (bool, error) {
	unknown := slices.Clone(rows)
	unknown = slices.DeleteFunc(unknown, func(row int) bool { return e.rows[row] != nil })
	if len(unknown) == 0 {
		return true, nil
	}
	need := e.rowBytes() * int64(len(unknown))
	if need > e.left {
		return false, nil
	}
	loader, err := data.NewLoader(e.data, unknown, data.LoaderOptions{BatchSize: evalBatch, Workers: workers})
	if err != nil {
		return false, err
	}
	programs := map[int]*nn.Program{}
	for b, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return false, err
		}
		p := programs[b.Size()]
		if p == nil {
			if p, err = e.model.EncodingProgram(b.Size(), e.inputs...); err != nil {
				return false, err
			}
			programs[b.Size()] = p
		}
		e.model.Fill(p, b)
		if err := p.Run(0); err != nil {
			return false, err
		}
		for i, row := range b.Rows {
			x := make([]float32, e.rowBytes()/4)
			e.rows[row] = x
			for k, name := range e.inputs {
				e.model.ReadEncoding(p, name, i, x[:e.sizes[k]])
				x = x[e.sizes[k]:]
			}
		}
	}
	e.left -= need
	return true, nil
}

// program is the network behind the encoders, its inputs filled with a batch.
func (e *encodings) program(mode nn.Mode, b *data.Batch, target bool) (*nn.Program, error) {
	p, err := e.model.ProgramFrom(e.inputs, mode, b.Size(), target)
	if err != nil {
		return nil, err
	}
	e.model.Fill(p, b)
	for i, row := range b.Rows {
		x := e.rows[row]
		if x == nil {
			return nil, fmt.Errorf("row %d has no encoding", row+1) // no caller asks for one that it did not encode
		}
		for k, name := range e.inputs {
			own := x[:e.sizes[k]]
			x = x[e.sizes[k]:]
			if b.Present[e.index[k]][i] == 0 {
				own = nil
			}
			e.model.FillEncoding(p, name, i, own)
		}
	}
	return p, nil
}

// filled is the program of a batch, its inputs filled: behind the encoders whose
// rows are known, if e is not nil.
func filled(m *model.Model, e *encodings, mode nn.Mode, b *data.Batch, target bool) (*nn.Program, error) {
	if e != nil {
		return e.program(mode, b, target)
	}
	p, err := m.Program(mode, b.Size(), target)
	if err != nil {
		return nil, err
	}
	m.Fill(p, b)
	return p, nil
}

// reencode prepares encodings for the epochs that follow, once what is frozen
// has changed.
func (t *Trainer) reencode(ctx context.Context) error {
	frozen := t.Model.Frozen()
	if t.encodings != nil && slices.Equal(frozen, t.encodedFor) {
		return nil
	}
	t.encodings, t.encodedFor = nil, frozen
	most := t.EncodingBytes
	if most == 0 {
		most = defaultEncodings
	}
	if most < 0 || len(frozen) == 0 {
		return nil
	}
	e := newEncodings(t.Model, t.Data, most)
	if e == nil {
		return nil
	}
	for _, rows := range [][]int{t.Splits.Train, t.Splits.Validation} {
		fits, err := e.encode(ctx, rows, t.Config.Workers)
		if err != nil {
			return err
		}
		if !fits {
			t.say(fmt.Sprintf("what the frozen encoders of %s make of %d rows takes more than %d MB, so it is computed anew in every epoch", e.names(), len(t.Splits.Train)+len(t.Splits.Validation), most>>20))
			return nil
		}
	}
	t.encodings = e
	t.say(fmt.Sprintf("kept what the frozen encoders of %s make of %d rows", e.names(), len(t.Splits.Train)+len(t.Splits.Validation)))
	return nil
}

func (t *Trainer) say(message string) {
	if f := t.Hooks.Say; f != nil {
		f(message)
	}
}
