package data

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// FuzzCSV reads any bytes: an *Error or a table, and a table written again by
// encoding/csv reads the same.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\ufeffa,b\r\n\"x\"\"y\",\r\n", "a;b\n1;2\n", "a,a\n1,2\n", "a,b\n1\n", "a,b\n\"1\n", "a\n\n1\n\n", "a,b\n1,\x00\n", "\xff\xfea\x00", "a\r1\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table := readAny(t, CSV, text)
		if table == nil {
			return
		}
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Write(table.All)
		for i := range table.Len() {
			var row []string
			for _, c := range table.Columns {
				row = append(row, c.Cell(i).Text)
			}
			w.Write(row)
			if len(row) == 1 && row[0] == "" { // encoding/csv writes a blank line, which it then steps over
				w.Flush()
				out.Truncate(out.Len() - 1)
				out.WriteString("\"\"\n")
			}
		}
		w.Flush()
		again, err := readText(t, CSV, out.String())
		if err != nil {
			t.Fatalf("%v\n%q", err, out.String())
		}
		same(t, table, again)
	})
}

// FuzzJSONL does the same for JSONL.
func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":"x"}` + "\n" + `{"b":null,"c":true}`, `{"a":{}}`, `{"a":1,"a":2}`, `[1]`, `{"a":"\ud800"}`, `{"a":"\ud83d\ude00\u0000"}`, "{\"a\":1}\r\n\n", `{"a":1,}`, `{"a"`, `{"a":-0.0e1}`, `{"a":"\ufffd"} {}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		table := readAny(t, JSONL, text)
		if table == nil {
			return
		}
		var out bytes.Buffer
		for i := range table.Len() {
			row := map[string]any{}
			for _, c := range table.Columns {
				switch cell := c.Cell(i); cell.Kind {
				case Number, Bool:
					row[c.Name] = json.RawMessage(cell.Text)
				case String:
					row[c.Name] = cell.Text
				}
			}
			for _, c := range table.Columns {
				if _, ok := row[c.Name]; !ok && i == 0 {
					row[c.Name] = nil // so that every column is there
				}
			}
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(line, '\n'))
		}
		again, err := readText(t, JSONL, out.String(), table.All...)
		if err != nil {
			t.Fatalf("%v\n%q", err, out.String())
		}
		same(t, table, again)
	})
}

func readAny(t *testing.T, format Format, text []byte) *Table {
	r, err := NewReader(bytes.NewReader(text), "x", Options{Format: format})
	var table *Table
	if err == nil {
		table, err = ReadAll(context.Background(), r)
	}
	tolerant, lenient := readBad(string(text), format, 2)
	if err == nil {
		if lenient != nil || tolerant.Bad.Len() > 0 {
			t.Fatalf("good rows are left out: %v, %v", lenient, tolerant.Bad.Rows())
		}
		same(t, table, tolerant)
		return table
	}
	if lenient == nil && (tolerant.Bad.Len() < 1 || tolerant.Bad.Len() > 2) {
		t.Fatalf("%v, and with bad rows allowed %d are left out", err, tolerant.Bad.Len())
	}
	var e *Error
	if !errors.As(err, &e) || strings.ContainsAny(err.Error(), "\n\r\x00\x1b") {
		t.Fatalf("%T %q", err, err)
	}
	return nil
}

func same(t *testing.T, a, b *Table) {
	if a.Len() != b.Len() || len(a.Columns) != len(b.Columns) {
		t.Fatalf("%d×%d, then %d×%d", a.Len(), len(a.Columns), b.Len(), len(b.Columns))
	}
	for _, c := range a.Columns {
		d, err := b.Column(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.All() {
			if c.Cell(i) != d.Cell(i) {
				t.Fatalf("column %q, row %d: %q, then %q", c.Name, i, c.Cell(i), d.Cell(i))
			}
		}
	}
}

// FuzzNumber parses any text: a finite number within float32, or a short error.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"1", "-1.5e3", "1_000", "0x10", "NaN", "1e400", "1,5", "\u22121", ".", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseNumber(text)
		if err == nil && !(v >= -3.5e38 && v <= 3.5e38) {
			t.Fatalf("%q is %v", text, v)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Fatalf("a message of %d bytes", len(err.Error()))
		}
	})
}
