package modalitytest

import (
	"context"
	"sync"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/rng"
)

// A Case is a preprocessor, and a table that it reads.
type Case struct {
	Preprocessor data.Preprocessor        // not yet fitted
	Empty        func() data.Preprocessor // as of its modality.Type
	Table        *data.Table
	Files        data.Files // of a data.FileReader
}

// Run fits the preprocessor to the table and holds it to what all promise: every value of
// every slot is set, to 0 for a row without the input; ids are below their sizes; a copy
// made of its JSON and files gives the same arrays, as many goroutines at a time do; what
// it says of itself (fields, names, baseline, samples) fits its columns and features.
func Run(t *testing.T, c Case) {
	t.Helper()
	p := c.Preprocessor
	if f, ok := p.(data.FileReader); ok {
		f.ReadFrom(c.Files)
	}
	if err := p.Fit(context.Background(), c.Table, Rows(c.Table.Len()), &data.Notes{}); err != nil {
		t.Fatal(err)
	}
	again := restored(t, c)
	if diff := difference.Of(p.Features(), again.Features()); diff != "" {
		t.Errorf("features after JSON:\n%s", diff)
	}
	rows := make([][]data.Slot, c.Table.Len())
	var all sync.WaitGroup
	for row := range rows {
		all.Go(func() {
			if item, err := p.Load(c.Table, row, nil); err == nil {
				rows[row] = Slots(p)
				p.Write(item, rows[row], data.Augment{})
			}
		})
	}
	all.Wait()
	for row, want := range rows {
		if want == nil {
			continue // it cannot be used
		}
		slots, _, present := Row(t, again, c.Table, row, data.Augment{})
		if diff := difference.Of(want, slots); diff != "" {
			t.Errorf("row %d after JSON:\n%s", row+1, diff)
		}
		checkRow(t, p, slots, row, present)
		checkWords(t, p, c.Table, row)
	}
	nothing := Slots(p)
	p.Write(nil, nothing, data.Augment{})
	if diff := difference.Of(data.NewSlots(p.Features(), 1), nothing); diff != "" {
		t.Errorf("a row without the input is not all 0:\n%s", diff)
	}
	checkFields(t, p)
}

// restored is a copy made of what a model file would hold.
func restored(t *testing.T, c Case) data.Preprocessor {
	t.Helper()
	b, err := c.Preprocessor.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	again := c.Empty()
	if err := again.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	if f, ok := c.Preprocessor.(data.Filer); ok {
		files, err := f.Files()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.(data.Filer).SetFiles(files); err != nil {
			t.Fatal(err)
		}
	}
	if f, ok := again.(data.FileReader); ok {
		f.ReadFrom(c.Files)
	}
	if k := again.Kind(); k != c.Preprocessor.Kind() {
		t.Errorf("the kind after JSON is %q, before it was %q", k, c.Preprocessor.Kind())
	}
	return again
}

// checkRow looks for values that were not set, and ids that are too large.
func checkRow(t *testing.T, p data.Preprocessor, slots []data.Slot, row int, present bool) {
	t.Helper()
	for i, f := range p.Features() {
		s := slots[i]
		if !f.Int {
			for j, v := range s.F32 {
				if v == 99 || v != v || !present && v != 0 {
					t.Errorf("row %d: %s[%d] is %g", row+1, f.Name, j, v)
				}
			}
			continue
		}
		for j, id := range s.Int {
			size := f.Sizes[0]
			if len(f.Sizes) > 1 {
				size = f.Sizes[j%len(f.Sizes)]
			}
			if id < 0 || id >= size || !present && id != 0 {
				t.Errorf("row %d: id %s[%d] is %d of %d", row+1, f.Name, j, id, size)
			}
		}
	}
}

// checkWords asks for names and views of a row.
func checkWords(t *testing.T, p data.Preprocessor, table *data.Table, row int) {
	t.Helper()
	for _, f := range p.Features() {
		names, err := data.NamesOf(p, table, row, f)
		if places, _, _ := f.Places(); err != nil || len(names) > places {
			t.Errorf("row %d, %s: %d names for %d places, %v", row+1, f.Name, len(names), places, err)
		}
	}
	for _, f := range data.FieldsOf(p) {
		if _, err := data.ViewOf(p, table, row, f); err != nil {
			t.Errorf("row %d, view of %s: %v", row+1, f.Name, err)
		}
	}
	if data.BaselineOf(p, Slots(p)) == "" {
		t.Error("the baseline does not say what it is")
	}
}

// checkFields holds fields and samples to the columns.
func checkFields(t *testing.T, p data.Preprocessor) {
	t.Helper()
	var names []string
	for _, f := range data.FieldsOf(p) {
		names = append(names, f.Name)
	}
	if diff := difference.Of(p.Columns(), names); diff != "" {
		t.Errorf("fields are not the columns:\n%s", diff)
	}
	s, ok := p.(data.Sampler)
	if !ok {
		return
	}
	_, files := p.(data.FileReader)
	for i := range 20 {
		var columns []*data.Column
		for j, name := range p.Columns() {
			columns = append(columns, data.Strings(name, s.Sample(name, rng.New(1).Int(i).Int(j))))
		}
		table, err := data.NewTable("samples", columns...)
		if err != nil {
			t.Fatal(err)
		}
		if files {
			p.(data.FileReader).ReadFrom(itself{})
		}
		if _, err := p.Load(table, 0, nil); err != nil {
			t.Errorf("a sample cannot be read: %v", err)
		}
	}
}

// itself are files whose bytes are the cell.
type itself struct{}

func (itself) ReadFile(cell string) ([]byte, error) { return []byte(cell), nil }
