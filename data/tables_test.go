package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

// readAs reads a table out of a string.
func readAs(t *testing.T, o Options, text string) (*Table, error) {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), "data."+string(o.Format), o)
	if err != nil {
		return nil, err
	}
	return ReadAll(context.Background(), r)
}

// What is not of the table's encoding is refused with its row and column, and
// what is, is read.
func TestF6_Encodings(t *testing.T) {
	for _, c := range []struct{ encoding, text, want string }{
		{"", "a,b\n1,caf\xe9\n", `data.csv: row 1 (line 2), column "b": the cell is not UTF-8: "caf\xe9" (set data.encoding to what the file is in, such as windows-1252, or save it as UTF-8)`},
		{"latin1", "a,b\n1,caf\xe9\x80\n", "1,caf\u00e9\u0080"},
		{"ISO-8859-1", "a,b\n1,caf\xe9\n", "1,caf\u00e9"},
		{"windows-1252", "a,b\n1,\x80 caf\xe9\n", "1,\u20ac caf\u00e9"},
		{"windows-1252", "a,b\n1,x\n2,x\x81y\n", `data.csv: row 2 (line 3), column "b": the cell has bytes that mean nothing in windows-1252, behind "x" (is data.encoding what the file is in?)`},
		{"iso-8859-15", "a,b\n1,\xa4\n", "1,\u20ac"},
		{"shift_jis", "a,b\n1,\x93\xfa\x96\x7b\n", "1,\u65e5\u672c"},
		{"shift_jis", "a,b\n1,\x93\n", "mean nothing in shift_jis"},
		{"utf-16", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\xe9\x00\n\x00", "1,\u00e9"},
		{"utf-16", "\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x00\xe9\x00\n", "1,\u00e9"},
		{"utf-16le", "a\x00,\x00b\x00\n\x001\x00,\x00\x3d\xd8\x00\xde\n\x00", "1,\U0001f600"},
		{"utf-16le", "a\x00,\x00b\x00\n\x001\x00,\x00\x3d\xd8\n\x00", "mean nothing in utf-16le"},
		{"utf-16", "a,b\n1,2\n", "does not begin with the mark that UTF-16 has"},
		{"latin1", "a,b\n1,caf\u00e9\n2,\u00fc\n", "data.csv: every letter of the file is UTF-8, and data.encoding is latin1"},
		{"latin1", "a,b\n1,cafe\n", "1,cafe"},
		{"latin1", "\ufeffa,b\n1,2\n", "begins with the mark of UTF-8, and data.encoding is latin1"},
		{"utf-8", "\ufeffa,b\n1,\u00e9\n", "1,\u00e9"},
		{"klingon", "a,b\n1,2\n", `encoding: "klingon" is not known`},
	} {
		table, err := readAs(t, Options{Format: CSV, Dialect: Dialect{Encoding: c.encoding}}, c.text)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = strings.Join(texts(table)[0], ",")
		}
		if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
			t.Errorf("%s %q: %s\nwant %s", c.encoding, c.text, got, c.want)
		}
	}
	for format, text := range map[Format]string{JSONL: "{\"a\":\"x\",\"b\":\"caf\xe9 \xff\"}", JSON: "[{\"a\":\"x\",\"b\":\"caf\xe9 \xff\"}]", CSV: "a,b\nx,caf\xe9 \xff\n"} {
		if _, err := readText(t, format, text); err == nil || !strings.Contains(err.Error(), `, column "b": the cell is not UTF-8: "caf\xe9 \xff" (set data.encoding to`) {
			t.Errorf("%s: %v", format, err)
		}
		table, err := readAs(t, Options{Format: format, Dialect: Dialect{Encoding: "latin1"}}, text)
		if err != nil || texts(table)[0][1] != "caf\u00e9 \u00ff" {
			t.Errorf("%s in latin1: %v", format, err)
		}
		// A model has set the encoding already.
		if _, err := readAs(t, Options{Format: format, EncodingKey: "--table encoding"}, text); err == nil || !strings.Contains(err.Error(), "(say what the file is in, as in --table encoding=windows-1252, or") {
			t.Errorf("%s of a model: %v", format, err)
		}
		if _, err := readAs(t, Options{Format: format, EncodingKey: "--table encoding", Dialect: Dialect{Encoding: "latin1"}}, strings.ReplaceAll(text, "\xe9 \xff", "\u00e9")); err == nil || !strings.HasSuffix(err.Error(), "every letter of the file is UTF-8, and it is to be read as latin1 (give --table encoding=utf-8)") {
			t.Errorf("%s of a model in latin1: %v", format, err)
		}
	}
}

// A line end within quotes stays as it is, so that CSV and JSONL agree.
func TestF13_LineEndsInCells(t *testing.T) {
	for _, text := range []string{"x\r\ny", "x\ny", "x\ry", "\r\n", "\n\r", "\r", "a\r\n\r\nb", `"` + "\r\n"} {
		quoted := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		for _, end := range []string{"\n", "\r\n"} {
			for _, last := range []string{end, ""} {
				of := mustRead(t, CSV, "a,b"+end+quoted+",1"+end+"2,"+quoted+last)
				if got := []string{of.Columns[0].Cell(0).Text, of.Columns[1].Cell(1).Text}; got[0] != text || got[1] != text {
					t.Errorf("%q before %q: %q", text, end, got)
				}
			}
		}
	}
}

// What is wrong with columns that nobody uses is counted; the same of one that
// is used is refused.
func TestF22_UnusedColumns(t *testing.T) {
	large := strings.Repeat("x", mostCellBytes+1)
	for _, c := range []struct {
		name, text string
		flaws      []Flaw
		headers    string
	}{
		{"an index without a name", ",a,b\n0,1,2\n1,3,4\n", []Flaw{{Column: "column 1", Reason: "column 1 has no name"}}, "|a|b"},
		{"a separator behind every line", "a,b,\n1,2,\n3,4,\n", []Flaw{{Column: "column 3", Reason: "column 3 has no name"}}, "a|b|"},
		{"behind every row", "a,b\n1,2,\n3,4,\n", []Flaw{{Column: "column 3", Reason: "rows end in a separator that the header lacks"}}, "a|b"},
		{"behind the first row", "a,b\n1,2,\n3,4\n", []Flaw{{Column: "column 3", Reason: "rows end in a separator that the header lacks"}}, "a|b"},
		{"behind the header", "a,b,\n1,2\n3,4\n", []Flaw{{Column: "column 3", Reason: "column 3 has no name"}}, "a|b|"},
		{"a name twice", "a,x,b,x\n1,5,2,6\n3,5,4,6\n", []Flaw{{Column: "x (column 4)", Reason: `columns 2 and 4 are both named "x"`}}, "a|x|b|x"},
		{"NUL", "a,x,b\n1,\x00,2\n3,\x00,4\n", []Flaw{{"x", "cells hold a NUL byte", 2, 1}}, "a|x|b"},
		{"not UTF-8", "a,x,b\n1,y,2\n3,\xe9,4\n", []Flaw{{"x", "cells are not UTF-8", 1, 2}}, "a|x|b"},
		{"a name that is taken", "a,,b,column 2\n1,,2,\n3,,4,\n", []Flaw{{Column: "column 2'", Reason: "column 2 has no name"}}, "a||b|column 2"},
	} {
		o := Options{Format: CSV, Used: []string{"a", "b"}}
		table, err := readAs(t, o, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := difference.Of(c.flaws, table.Flaws); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		var headers []string
		for _, column := range table.Columns {
			headers = append(headers, column.Header())
		}
		if got := strings.Join(headers, "|"); got != c.headers {
			t.Errorf("%s: the headers are %s, want %s", c.name, got, c.headers)
		}
		a, errA := table.Column("a")
		b, errB := table.Column("b")
		if errA != nil || errB != nil || a.Cell(1).Text != "3" || b.Cell(1).Text != "4" {
			t.Errorf("%s: %v, %v, %v, %v", c.name, a, b, errA, errB)
		}
		r, err := NewReader(strings.NewReader(c.text), "data.csv", Options{Format: CSV})
		if err != nil {
			t.Fatal(err)
		}
		if only, err := ReadAll(context.Background(), r, "a", "b"); err != nil || !difference.None(only.Flaws, c.flaws) || len(only.Columns) != 2 {
			t.Errorf("%s, of the two columns alone: %v", c.name, err)
		}
		if _, err := readAs(t, Options{Format: CSV}, c.text); err == nil {
			t.Errorf("%s is accepted where all columns are used", c.name)
		}
	}
	r, err := NewReader(strings.NewReader("a,x\n1,"+large+"\n2,3\n"), "data.csv", Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	table, err := ReadAll(context.Background(), r, "a")
	if err != nil || table.Len() != 2 || !difference.None(table.Flaws, []Flaw{{"x", "cells are larger than 16 MiB", 1, 1}}) {
		t.Errorf("a large cell that nobody uses: %v", err)
	}
	for _, text := range []string{"a,b\n1,2\n3,4,\n", "a,b\n1,2,\n3,4,5\n"} {
		if _, err := readAs(t, Options{Format: CSV, Used: []string{"a", "b"}}, text); err == nil {
			t.Errorf("%q is accepted: its rows differ", text)
		}
	}
}

// A quote that nobody closes ends the reading, within a bound of memory.
func TestOpenQuoteIsBounded(t *testing.T) {
	src := io.MultiReader(strings.NewReader("a,b\n1,2\n3,\"4\n"), &endless{left: 1 << 30})
	r, err := NewReader(src, "data.csv", Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadAll(context.Background(), r)
	if err == nil || !strings.Contains(err.Error(), `row 2 (line 3), column "b": the cell is larger than 16 MiB: the row goes on to line`) {
		t.Error(err)
	}
	src = io.MultiReader(strings.NewReader(`[{"a":"`), &endless{left: 1 << 30})
	if r, err = NewReader(src, "data.json", Options{Format: JSON}); err != nil {
		t.Fatal(err)
	}
	if _, err = ReadAll(context.Background(), r); err == nil || !strings.Contains(err.Error(), "the row is larger than 64 MiB") {
		t.Error(err)
	}
}

// endless is many short lines.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = 'x'
		if i%60 == 59 {
			p[i] = '\n'
		}
	}
	e.left -= n
	return n, nil
}

func TestF29_Dialects(t *testing.T) {
	const want = "1,5 x ∅|2,5 y ∅"
	for _, c := range []struct {
		dialect Dialect
		format  Format
		text    string
	}{
		{Dialect{Separator: ";"}, CSV, "a;b;c\n1,5;x;\n2,5;y;\n"},
		{Dialect{Separator: "tab"}, CSV, "a\tb\tc\n1,5\tx\t\n2,5\ty\t\n"},
		{Dialect{Separator: "|"}, TSV, "a|b|c\n1,5|x|\n2,5|y|\n"},
		{Dialect{Separator: ";", Comment: "#"}, CSV, "# made today\na;b;c\n#one; two\n1,5;x;\n\n# \"three\n2,5;y;\n#end"},
		{Dialect{}, JSON, `[{"a":"1,5","b":"x","c":null},` + "\n" + `{"a":"2,5","b":"y"}]`},
		{Dialect{}, JSONL, `{"a":"1,5","b":"x","c":null}` + "\n" + `{"a":"2,5","b":"y"}`},
		{Dialect{Separator: ";"}, "", "a;b;c\n1,5;x;\n2,5;y;\n"},
		{Dialect{}, "", ` [{"a":"1,5","b":"x","c":null}, {"a":"2,5","b":"y"} ]` + "\n"},
	} {
		table, err := readAs(t, Options{Format: c.format, Dialect: c.dialect}, c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var rows []string
		for _, row := range texts(table) {
			rows = append(rows, strings.Join(row, " "))
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%q: %s", c.text, got)
		}
		if comments := strings.Count(c.text, "#"); table.CommentLines != comments {
			t.Errorf("%q: %d comment lines, want %d", c.text, table.CommentLines, comments)
		}
	}
	for key, d := range map[string]Dialect{
		"separator": {Separator: "ab"}, "comment": {Comment: ","}, "decimal": {Decimal: ";"}, "thousands": {Thousands: "."},
		"encoding": {Encoding: "nothing"}, "compression": {Compression: "rar"},
	} {
		var e *ConfigError
		if err := d.Validate(); !errors.As(err, &e) || e.Field != key || exitCode(err) != 2 {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestF29_JSONArrays(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[]", "data.json: the file has no rows"},
		{"[", "the file ends inside its array"},
		{`[{"a":1}`, "the file ends inside its array"},
		{`[{"a":1},]`, `expected a JSON object, found ']'`},
		{`[{"a":1}{"a":2}]`, "expected a comma or the end of the array"},
		{`[{"a":1}] x`, "the file goes on after its array"},
		{`[{"a":1},2]`, `row 2 (line 1): expected a JSON object, found '2'`},
		{"[\n{\"a\":1},\n{\"a\":{}}]", `row 2 (line 3), column "a": the value is an object or an array`},
		{`[{"a":"]}`, "the file ends inside an object"},
		{`[{"a":"\"]},{"}]`, `"]},{`},
	} {
		table, err := readAs(t, Options{Format: JSON}, c.text)
		if err == nil && table.Columns[0].Cell(0).Text != c.want || err != nil && (!strings.Contains(err.Error(), c.want) || exitCode(err) != 3) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

// Markers of missing values are so in every format, and kept as they were
// written.
func TestF29_MissingValues(t *testing.T) {
	d := Dialect{MissingValues: []string{"NA", "-", "-999"}}
	for format, text := range map[Format]string{
		CSV: "a,b,c\nNA, - ,-999\nNAN,--,\n", JSONL: `{"a":"NA","b":" - ","c":-999}` + "\n" + `{"a":"NAN","b":"--","c":null}`,
	} {
		table, err := readAs(t, Options{Format: format, Dialect: d}, text)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"NA", " - ", "-999"} {
			cells := table.Columns[i].Cells()
			if !cells[0].Missing() || cells[0].Text != want || cells[1].Missing() != (i == 2) {
				t.Errorf("%s: %+v", format, cells)
			}
		}
	}
	rule := CellRule{Column: "a", As: AsNumber, Missing: MissingMask}.In(d)
	if v, err := rule.Read(Cell{" NA", String}); err != nil || !v.Missing {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestF29_Numbers(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		f    NumberFormat
		text string
		want float64 // NaN: none
	}{
		{NumberFormat{Decimal: ","}, "1,5", 1.5}, {NumberFormat{Decimal: ","}, "-,5e3", -500}, {NumberFormat{Decimal: ","}, "1.5", nan},
		{NumberFormat{Decimal: ","}, "1,5,2", nan}, {NumberFormat{Decimal: ","}, " 12 ", 12}, {NumberFormat{Decimal: ","}, "", nan},
		{NumberFormat{",", "."}, "1.234.567,5", 1234567.5}, {NumberFormat{",", "."}, "1.5", nan}, {NumberFormat{",", "."}, "1234,5", 1234.5},
		{NumberFormat{",", "."}, "1.2345", nan}, {NumberFormat{",", "."}, "1,234.5", nan}, {NumberFormat{",", "."}, ".123", nan},
		{NumberFormat{"", ","}, "1,234.5", 1234.5}, {NumberFormat{"", ","}, "12,34", nan}, {NumberFormat{"", ","}, "+1,234", 1234}, {NumberFormat{"", ","}, "1,234e2", 123400},
		{NumberFormat{"", ","}, "1.234,567", nan}, {NumberFormat{"", "'"}, "1'234", 1234}, {NumberFormat{"", "'"}, "1\u2019234", 1234},
		{NumberFormat{",", " "}, "1\u00a0234,5", 1234.5}, {NumberFormat{",", " "}, "1\u202f234", 1234}, {NumberFormat{"", ","}, "1,234x", nan},
		{NumberFormat{"", ","}, ",123", nan}, {NumberFormat{"", ","}, "0,125", nan}, {NumberFormat{"", ","}, "1e99", nan},
	} {
		got, err := c.f.Of(Cell{c.text, String})
		if (err != nil) != (c.want != c.want) || err == nil && got != c.want {
			t.Errorf("%+v %q: %v, %v, want %v", c.f, c.text, got, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), show(c.text)) {
			t.Errorf("%q is not in %v", c.text, err)
		}
	}
	if v, err := (NumberFormat{",", "."}).Of(Cell{"1.5", Number}); err != nil || v != 1.5 {
		t.Errorf("a number of JSON is %v, %v", v, err)
	}
}

func TestF29_Compression(t *testing.T) {
	const text = "a,b\n1,2\n"
	var zipped, packed bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, text)
	z.Close()
	s, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(s, text)
	s.Close()
	dir := t.TempDir()
	for name, b := range map[string][]byte{"x.csv.gz": zipped.Bytes(), "X.CSV.ZST": packed.Bytes(), "y.csv": zipped.Bytes(), "z.csv.gz": []byte(text)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := ReadTable(context.Background(), path); err != nil || table.Columns[1].Cell(0).Text != "2" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		o    Dialect
		text string
	}{
		"cut": {Dialect{}, zipped.String()[:15]}, "damaged": {Dialect{}, strings.Replace(packed.String(), "1,2", "1,3", 1)},
		"another": {Dialect{Compression: "zstd"}, zipped.String()}, "none": {Dialect{Compression: "gzip"}, text},
	} {
		if _, err := readAs(t, Options{Format: CSV, Dialect: c.o}, c.text); exitCode(err) != 3 || !strings.Contains(err.Error(), "data.csv: the ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Objects and arrays are no reason to refuse a table that has them in a column
// that nobody uses; there they are counted, and kept as they stand.
func TestF22_NestedUnusedColumns(t *testing.T) {
	for _, of := range []struct{ text, want string }{
		{`{"a":1,"x":{"b":[1, {"c":"]}"}],"d":{}},"b":2}`, ""},
		{`{"a":1,"x":[],"b":2}`, ""},
		{`{"a":1,"b":2,"x":[[1,2],null,"\u005d"]}`, ""},
		{`{"a":1,"x":` + strings.Repeat("[", mostNested) + strings.Repeat("]", mostNested) + `,"b":2}`, ""},
		{`{"a":1,"x":` + strings.Repeat("[", mostNested+1) + strings.Repeat("]", mostNested+1) + `,"b":2}`, "more than 500 levels"},
		{`{"a":1,"x":[1,],"b":2}`, "not JSON"},
		{`{"a":1,"x":[1},"b":2}`, "not JSON"},
		{`{"a":1,"x":{"y"},"b":2}`, "not JSON"},
		{`{"a":1,"x":[[1],"b":2}`, "not JSON"},
		{`{"a":1,"b":2,"x":[[1]`, "ends inside"},
		{`{"a":[1],"b":2,"x":3}`, `column "a": the value is an object or an array`},
		{`{"a":1,"b":{},"x":[1]}`, `column "b": the value is an object or an array`},
	} {
		table, err := readAs(t, Options{Format: JSONL, Used: []string{"a", "b"}}, of.text)
		if of.want != "" {
			if exitCode(err) != 3 || !strings.Contains(err.Error(), of.want) {
				t.Errorf("%.60s: %v, want %s", of.text, err, of.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%.60s: %v", of.text, err)
			continue
		}
		if diff := difference.Of([]Flaw{{"x", "cells are objects or arrays", 1, 1}}, table.Flaws); diff != "" {
			t.Errorf("%.60s: %s", of.text, diff)
		}
		x, err := table.Column("x")
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Cell(0).Text; !strings.Contains(of.text, `"x":`+got) || !json.Valid([]byte(got)) {
			t.Errorf("%.60s: kept as %.60s", of.text, got)
		}
	}
}

// Well-formed CSV is read as encoding/csv reads it, but for line ends in quotes.
func FuzzCSVScanner(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\"a\",\"b\"\"c\"\r\n\r\n1,\"x\ny\"\r\n", "a\n\n\"\"\n\r", "\r\ra,b", "a,b\r", "\"a\"\r", "#x\na,b\n", ",\n,", "a,\"b\"c\n", "a\"b,c\n", "\"a", "é,ü\n\"é", "\r\n\n\r",
	} {
		f.Add([]byte(seed), byte(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece byte) {
		want, wantErr := func() ([][]string, error) {
			in := csv.NewReader(bytes.NewReader(text))
			in.FieldsPerRecord, in.Comment = -1, '#'
			return in.ReadAll()
		}()
		s := newCSVScanner(&pieces{text: text, size: 1 + int(piece)}, ',', '#')
		var got [][]string
		var err error
		for err == nil {
			if err = s.next(); err == nil {
				var record []string
				from := 0
				for _, end := range s.ends {
					record, from = append(record, strings.ReplaceAll(string(s.text[from:end]), "\r\n", "\n")), end
				}
				got = append(got, record)
			}
		}
		if err == io.EOF {
			err = nil
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, encoding/csv says %v", text, err, wantErr)
		}
		if err == nil && !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q: %q, encoding/csv has %q", text, got, want)
		}
	})
}

// pieces is a text in pieces of some size.
type pieces struct {
	text []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}
