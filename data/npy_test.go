package data

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

// npyCase is an array that NumPy saved.
type npyCase struct {
	Name    string
	File    string
	Shape   []int
	Numbers []float64
	Refused string
}

func npyCases(t testing.TB) (cases []npyCase, files [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/npy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		file, err := base64.StdEncoding.DecodeString(c.File)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return cases, files
}

// What NumPy saves is read as its numbers and shape, or refused with its reason; cut
// short anywhere, or with a byte more, it is refused.
func TestNPY(t *testing.T) {
	cases, files := npyCases(t)
	for i, c := range cases {
		values, shape, err := ReadNPY(files[i])
		if c.Refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.Refused) {
				t.Errorf("%s: %v, want %q", c.Name, err, c.Refused)
			}
			continue
		}
		if err != nil || !slices.Equal(values, c.Numbers) || !slices.Equal(shape, c.Shape) {
			t.Errorf("%s: %v of shape %v, %v; want %v of %v", c.Name, values, shape, err, c.Numbers, c.Shape)
		}
		for n := range files[i] {
			if _, _, err := ReadNPY(files[i][:n]); err == nil {
				t.Fatalf("%s is read of its first %d bytes", c.Name, n)
			}
		}
		if _, _, err := ReadNPY(append(slices.Clone(files[i]), 0)); err == nil {
			t.Errorf("%s is read with a byte behind it", c.Name)
		}
	}
}

// A shape that claims much takes no memory.
func TestNPYAllocatesForWhatIsThere(t *testing.T) {
	claim := func(shape string) []byte {
		header := "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n"
		b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
		return append(b, header...)
	}
	for _, shape := range []string{"1048576,", "999999999999999999,", "1024, 1024, 1024", "1048576, 1048576, 1048576", "0, 999999999999999999", "99999999999999999999,"} {
		b := claim(shape)
		if _, _, err := ReadNPY(b); err == nil {
			t.Errorf("(%s) of no numbers is read", shape)
		}
		if n := testing.AllocsPerRun(5, func() { _, _, _ = ReadNPY(b) }); n > 60 {
			t.Errorf("(%s) takes %g allocations", shape, n)
		}
	}
}

// arrays are files by their names.
type arrays map[string][]byte

func (a arrays) ReadFile(cell string) ([]byte, error) {
	if b, ok := a[cell]; ok {
		return b, nil
	}
	return nil, &CellFileError{Kind: unreadable, Name: show(cell), Why: "there is none", Err: fs.ErrNotExist}
}

// A cell of a list may name a file; an error names row, column and file.
func TestListsInFiles(t *testing.T) {
	_, files := npyCases(t)
	cases, _ := npyCases(t)
	at := func(name string) []byte {
		return files[slices.IndexFunc(cases, func(c npyCase) bool { return c.Name == name })]
	}
	from := arrays{"a.npy": at("<f4 of version 1"), "b.NPY": at("<i8 of version 3"), "two.npy": at("shape (2, 3)"), "long.npy": at("shape (1,)"), "nan.npy": at("NaN")}
	table, err := NewTable("t.csv", Strings("v", "a.npy", " b.NPY ", "[0, 1, 2, 100, -7]", "two.npy", "long.npy", "nan.npy", "none.npy", ""))
	if err != nil {
		t.Fatal(err)
	}
	rule := CellRule{Column: "v", As: AsNumbers, Missing: MissingMask, List: &ListRule{Length: 5}, Arrays: true}
	for row := range 3 {
		v, err := table.ReadNumbers(rule, row, from, nil)
		if err != nil || !slices.Equal(v.Numbers, []float64{0, 1, 2, 100, -7}) {
			t.Errorf("row %d: %v, %v", row+1, v.Numbers, err)
		}
	}
	for row, want := range map[int]string{
		3: `t.csv: row 4, column "v": "two.npy": the array has 2 axes, expected one`,
		4: `t.csv: row 5, column "v": "long.npy": the list has 1 numbers, expected 5`,
		5: `t.csv: row 6, column "v": "nan.npy": the .npy file cannot be read: number 2 is NaN`,
	} {
		if _, err := table.ReadNumbers(rule, row, from, nil); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("row %d: %v, want %s", row+1, err, want)
		}
	}
	var notes Notes
	v, err := table.ReadNumbers(rule, 6, from, &notes)
	if diff := difference.Of([]CellNote{{"v", NoFile}}, notes.Cells()); err != nil || !v.Missing || diff != "" {
		t.Errorf("a file that is not there: %v, %v\n%s", v, err, diff)
	}
	if v, err := table.ReadNumbers(rule, 7, from, nil); err != nil || !v.Missing {
		t.Errorf("an empty cell: %v, %v", v, err)
	}
	rule.Missing = MissingError
	if _, err := table.ReadNumbers(rule, 6, from, nil); err == nil || !strings.Contains(err.Error(), `row 7, column "v": "none.npy": file`) {
		t.Error(err)
	}
	if _, err := table.ReadNumbers(rule, 0, nil, nil); err == nil || !strings.Contains(err.Error(), `"a.npy" is not a number`) {
		t.Errorf("without files: %v", err)
	}
}

// FuzzNPY: whatever the bytes, there are numbers of the shape or an error.
func FuzzNPY(f *testing.F) {
	_, files := npyCases(f)
	for _, b := range files {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		values, shape, err := ReadNPY(b)
		if err != nil {
			return
		}
		n := 1
		for _, d := range shape {
			n *= d
		}
		if n != len(values) || len(values) > len(b) {
			t.Errorf("%d numbers of shape %v out of %d bytes", len(values), shape, len(b))
		}
	})
}

// FuzzNumberList: a list is read as its rule says, or refused.
func FuzzNumberList(f *testing.F) {
	for _, s := range []string{"[1, 2.5, -3e2]", "1 2 3", "[]", "[1,]", "[[1]]", "[1] 2", "[1e999]", " [ 1 ] ", "1,5 2", "[null]", "\"[1]\"", "[1, NaN]"} {
		f.Add(s, 3, true, false)
	}
	f.Fuzz(func(t *testing.T, text string, length int, short, long bool) {
		if length < 1 || length > 1000 {
			return
		}
		r := CellRule{Column: "a", As: AsNumbers, Missing: MissingMask, List: &ListRule{Length: length, Short: short, Long: long}}
		v, err := r.Read(Cell{Text: text, Kind: String})
		if err == nil && !v.Missing && len(v.Numbers) != length {
			t.Errorf("%q is read as %d numbers, expected %d", text, len(v.Numbers), length)
		}
	})
}
