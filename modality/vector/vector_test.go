package vector_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
	"github.com/chiasm-ml/chiasm/modality/vector"
	"github.com/chiasm-ml/chiasm/rng"
)

func table(t testing.TB, columns ...*data.Column) *data.Table {
	t.Helper()
	out, err := data.NewTable("vectors", columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func fitted(t testing.TB, o vector.Options, tab *data.Table) *vector.Preprocessor {
	t.Helper()
	p, err := vector.New(o)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, tab.Len())
	for i := range rows {
		rows[i] = i
	}
	if err := p.Fit(context.Background(), tab, rows, nil); err != nil {
		t.Fatal(err)
	}
	return p
}

func written(t testing.TB, p *vector.Preprocessor, tab *data.Table, row int) []float32 {
	t.Helper()
	item, err := p.Load(tab, row, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float32, p.Features()[0].Len())
	p.Write(item, []data.Slot{{F32: out}}, data.Augment{})
	return out
}

func options(normalize string) vector.Options {
	return vector.Options{Column: "v", Normalize: normalize, Missing: data.MissingError}
}

// A vector is the same however its cell is written, and is normalised as is asked for.
func TestVectors(t *testing.T) {
	tab := table(t, data.Strings("v", "[1, 2, 2]", "3 2 4", " [5,2,6.0] "))
	s := float32(math.Sqrt(1.5))
	for normalize, want := range map[string][]float32{
		vector.Standard: {-s, 0, -s}, vector.L2: {1. / 3, 2. / 3, 2. / 3}, vector.None: {1, 2, 2},
	} {
		if diff := difference.Of(want, written(t, fitted(t, options(normalize), tab), tab, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", normalize, diff)
		}
	}
}

// Numbers in columns of their own are the vector that a list of them is.
func TestColumns(t *testing.T) {
	tab := table(t, data.Strings("v", "1 2", "3 5", "4 4"), data.Strings("e08", "1", "3", "4"), data.Strings("e09", "2", "5", "4"))
	o := options(vector.Standard)
	apart := o
	apart.Column, apart.Columns = "", []string{"e08..e09"}
	p := fitted(t, apart, tab)
	if diff := difference.Of(written(t, fitted(t, o, tab), tab, 1), written(t, p, tab, 1)); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]string{"e08", "e09"}, p.Columns()); diff != "" {
		t.Error(diff)
	}
}

// A row lacks a vector, or has all of it.
func TestMissing(t *testing.T) {
	o := vector.Options{Columns: []string{"a", "b"}, Normalize: vector.None, Missing: data.MissingMask}
	tab := table(t, data.Strings("a", "1", "", ""), data.Strings("b", "2", "", "5"))
	p, err := vector.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if item, err := p.Load(tab, 1, nil); item != nil || err != nil {
		t.Errorf("an empty row has %v (%v)", item, err)
	}
	if _, err := p.Load(tab, 2, nil); err == nil || !strings.Contains(err.Error(), `column "a": the cell is empty, and that of "b" is not`) {
		t.Errorf("half a vector: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	tab := table(t, data.Strings("v", "[1, 2]", "[1, 2, 3]", "[1, x]", "1 two", "[1, [2]]", "[]", "[1e39, 0]", "[1,2] 3"))
	p := fitted(t, options(vector.Standard), table(t, data.Strings("v", "[1, 2]", "[2, 2]")))
	for row, want := range []string{
		"", "the list has 3 numbers, expected 2", "is no list of numbers", `number 2 of the list: "two" is not a number`, "is no list of numbers",
		"the list has no numbers", "is too large", "is no list of numbers",
	} {
		_, err := p.Load(tab, row, nil)
		if want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `column "v"`) {
			t.Errorf("row %d: %v, want %s", row+1, err, want)
		}
	}
	for _, c := range []struct {
		options vector.Options
		want    string
	}{
		{vector.Options{Normalize: vector.None, Missing: "error"}, "column: name the column"},
		{vector.Options{Column: "a", Columns: []string{"b"}, Normalize: vector.None, Missing: "error"}, "not both"},
		{vector.Options{Columns: []string{"a3..a1"}, Normalize: vector.None, Missing: "error"}, "is no range of columns"},
		{vector.Options{Columns: []string{"a1..a3", "a2"}, Normalize: vector.None, Missing: "error"}, "is named twice"},
		{vector.Options{Column: "a", Normalize: "max", Missing: "error"}, "expected standard, l2 or none"},
	} {
		if _, err := vector.New(c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.options, err, c.want)
		}
	}
}

// What is written is restored, and what was tampered with is refused.
func TestState(t *testing.T) {
	tab := table(t, data.Strings("v", "[1, 2]", "[2, 4]"))
	p := fitted(t, options(vector.Standard), tab)
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	again := &vector.Preprocessor{}
	if err := json.Unmarshal(b, again); err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of(written(t, p, tab, 1), written(t, again, tab, 1)); diff != "" {
		t.Error(diff)
	}
	for _, s := range []string{`"length":2`, `"std":[0.5,1]`} {
		if bad := strings.Replace(string(b), s, strings.Replace(s, "2", "3", 1)[:len(s)-1]+"9", 1); json.Unmarshal([]byte(bad), &vector.Preprocessor{}) == nil && bad != string(b) {
			t.Errorf("%s is taken", bad)
		}
	}
}

// Made-up cells are read, and the numbers that a graph is given lead to the feature.
func TestSamplesAndRaw(t *testing.T) {
	p := fitted(t, options(vector.Standard), table(t, data.Strings("v", "[1, 2]", "[2, 4]", "[3, 9]")))
	tab := table(t, data.Strings("v", p.Sample("v", rng.New(1))))
	raw := make([]float64, 2)
	if err := p.Raw(tab, 0, nil, p.Features()[0], data.Raw{F64: raw}); err != nil {
		t.Fatal(err)
	}
	prelude, _ := p.Prelude(p.Features()[0])
	for i, s := range prelude.Steps[0].(data.Standardise) {
		if want := written(t, p, tab, 0)[i]; float32((raw[i]-s.Mean)/s.Std) != want {
			t.Errorf("place %d leads to %v, want %v", i, (raw[i]-s.Mean)/s.Std, want)
		}
	}
}

func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  string
	}{
		{[]string{"[1, 2, 3]", "[4, 5, 6]"}, "2 of 2 cells are lists of 3 numbers"},
		{[]string{"1 2", "3 4"}, "2 of 2 cells are lists of 2 numbers"},
		{[]string{"1 2", "3"}, ""},
		{[]string{"1 2", "3 4 5"}, ""},
		{[]string{"a b", "c d"}, ""},
	} {
		column := modality.Column{Name: "v", Rows: len(c.cells), Cells: func(yield func(int, data.Cell) bool) {
			for i, s := range c.cells {
				if !yield(i, data.Cell{Text: s, Kind: data.String}) {
					return
				}
			}
		}}
		if g, ok := vector.Type().Recognise(column); ok != (c.want != "") || g.Why != c.want {
			t.Errorf("%q: %v %q, want %q", c.cells, ok, g.Why, c.want)
		}
	}
}

// Vectors may stand in .npy files that cells name, beside ones that stand in the cells;
// the contract of all preprocessors holds for every form and way to normalise.
func TestVectorsInFiles(t *testing.T) {
	npy := func(v ...float32) []byte {
		header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }\n", len(v))
		b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
		for _, x := range append(make([]float32, 0), v...) {
			header += string(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
		}
		return append(b, header...)
	}
	from := files{"a.npy": npy(3, 4), "sub/b.npy": npy(-1, 0.5)}
	table := modalitytest.Table(t, data.CSV, "e,x0,x1\na.npy,3,4\n\"[1, 2]\",1,2\nsub/b.npy,-1,.5\n1 2,1,2\n,,\ngone.npy,,\n")
	for _, normalize := range []string{vector.Standard, vector.L2, vector.None} {
		for _, o := range []vector.Options{{Column: "e"}, {Columns: []string{"x0..x1"}}} {
			o.Normalize, o.Missing = normalize, data.MissingMask
			p, err := vector.New(o)
			if err != nil {
				t.Fatal(err)
			}
			modalitytest.Run(t, modalitytest.Case{Preprocessor: p, Empty: vector.Type().Empty, Table: table, Files: from})
		}
	}
	inCells, err := vector.New(vector.Options{Column: "e", Normalize: vector.None, Missing: data.MissingMask})
	if err != nil {
		t.Fatal(err)
	}
	inCells.ReadFrom(from)
	if err := inCells.Fit(context.Background(), table, modalitytest.Rows(6), nil); err != nil {
		t.Fatal(err)
	}
	for row, want := range [][]float32{{3, 4}, {1, 2}, {-1, 0.5}, {1, 2}} {
		if slots, _, _ := modalitytest.Row(t, inCells, table, row, data.Augment{}); !slices.Equal(slots[0].F32, want) {
			t.Errorf("row %d is %v, want %v", row+1, slots[0].F32, want)
		}
	}
	if _, notes, present := modalitytest.Row(t, inCells, table, 5, data.Augment{}); present || notes.Cells()[0].Reason != data.NoFile {
		t.Errorf("a file that is not there: %v", notes.Cells())
	}
}

// files are some by their paths.
type files map[string][]byte

func (f files) ReadFile(cell string) ([]byte, error) {
	if b, ok := f[cell]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}
