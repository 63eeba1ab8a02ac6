package data

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

// readText reads a table out of a string.
func readText(t *testing.T, format Format, text string, columns ...string) (*Table, error) {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), "data."+string(format), Options{Format: format})
	if err != nil {
		return nil, err
	}
	return ReadAll(context.Background(), r, columns...)
}

// mustRead is readText for text that is a table.
func mustRead(t *testing.T, format Format, text string, columns ...string) *Table {
	t.Helper()
	table, err := readText(t, format, text, columns...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// texts are the cells of a table, row by row, null as ∅.
func texts(t *Table) [][]string {
	rows := make([][]string, t.Len())
	for i := range rows {
		for _, c := range t.Columns {
			text := c.Cell(i).Text
			if c.Cell(i).Kind == Null {
				text = "∅"
			}
			rows[i] = append(rows[i], text)
		}
	}
	return rows
}

// lineNumbers are the lines of a table's rows.
func lineNumbers(t *Table) []int {
	lines := make([]int, t.Len())
	for row := range lines {
		lines[row] = t.Line(row)
	}
	return lines
}

// exitCode is the exit code that an error asks for, 1 if it asks for none.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 1
}

func TestReadAccepts(t *testing.T) {
	const want = "a,b|1,x|∅,y z"
	for _, c := range []struct {
		name   string
		format Format
		text   string
		want   string
		lines  []int
		blank  int
	}{
		{"csv", CSV, "a,b\n1,x\n,y z\n", want, []int{2, 3}, 0},
		{"no line end at the end", CSV, "a,b\n1,x\n,y z", want, []int{2, 3}, 0},
		{"byte order mark", CSV, "\ufeffa,b\n1,x\n,y z\n", want, []int{2, 3}, 0},
		{"mark and quotes", CSV, "\ufeff\"a\",b\n1,x\n,y z\n", want, []int{2, 3}, 0},
		{"CR LF", CSV, "a,b\r\n1,x\r\n,y z\r\n", want, []int{2, 3}, 0},
		{"blank lines", CSV, "\na,b\n\n1,x\n\n\n,y z\n\n", want, []int{4, 7}, 4},
		{"tsv", TSV, "a\tb\n1\tx\n\ty z\n", want, []int{2, 3}, 0},
		{"jsonl", JSONL, "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y z\"}\n", want, []int{1, 2}, 0},
		{"jsonl null, blank line, mark", JSONL, "\ufeff{\"a\":1,\"b\":\"x\"}\r\n\r\n{\"a\":null,\"b\":\"y z\"}\n\n", want, []int{1, 3}, 1},
		{"late key", JSONL, "{\"a\":\"1\"}\n{\"b\":true}", "a,b|1,∅|∅,true", []int{1, 2}, 0},
		{"number kept as written", JSONL, `{"a":-0.10E+02,"b":12345678901234567890}`, "a,b|-0.10E+02,12345678901234567890", []int{1}, 0},
		{"quoted line ends", CSV, "a,b\n\"1\n2\",\"x\r\n\"\"y\"\"\"\n3,4\n", "a,b|1\n2,x\r\n\"y\"|3,4", []int{2, 5}, 0},
		{"blank line after quoted line end", CSV, "a,b\n1,\"x\ny\"\n\n3,4\n", "a,b|1,x\ny|3,4", []int{2, 5}, 1},
		{"one column", CSV, "a\n1\n\"\"\n2\n\n\n", "a|1|∅|2", []int{2, 3, 4}, 0},
		{"escapes", JSONL, `{"a":"\u00e9\ud83d\ude00\n\\ud800"}`, "a|é😀\n\\ud800", []int{1}, 0},
		{"literal replacement character", JSONL, `{"a":"\ufffd` + "\ufffd" + `"}`, "a|��", []int{1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := mustRead(t, c.format, c.text)
			got := []string{strings.Join(table.All, ",")}
			for _, row := range texts(table) {
				got = append(got, strings.Join(row, ","))
			}
			if diff := difference.Of(c.want, strings.Join(got, "|")); diff != "" {
				t.Error(diff)
			}
			if diff := difference.Of(c.lines, lineNumbers(table)); diff != "" {
				t.Error(diff)
			}
			if table.BlankLines != c.blank {
				t.Errorf("%d blank lines, want %d", table.BlankLines, c.blank)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		format Format
		text   string
		want   string
	}{
		{"empty", CSV, "", `data.csv: the file is empty (expected a header and at least one row)`},
		{"only a mark", CSV, "\ufeff", `data.csv: the file is empty (expected a header and at least one row)`},
		{"only line ends", CSV, "\n\r\n", `data.csv: the file is empty (expected a header and at least one row)`},
		{"header only", CSV, "a,b\n", `data.csv: the table has a header and no rows`},
		{"short row", CSV, "a,b\n1,2\n3\n", `data.csv: row 2 (line 3): the row has 1 cell, the header has 2 columns`},
		{"long row", CSV, "a,b\n1,2,3\n", `data.csv: row 1 (line 2): the row has 3 cells, the header has 2 columns (put quotes around a cell that holds the separator)`},
		{"open quote", CSV, "a,b\n1,2\n3,\"4\n5,6\n", `data.csv: row 2 (line 3): a quoted cell does not end where it should: the row goes on to line 4 (inside quotes a quote is written twice: "")`},
		{"text after quote", CSV, "a,b\n\"1\"x,2\n", `data.csv: row 1 (line 2): a quoted cell does not end where it should (inside quotes a quote is written twice: "")`},
		{"bare quote", TSV, "a\tb\n5\" disk\tx\n", `data.tsv: row 1 (line 2): a quote in the middle of an unquoted cell, at character 2 of line 2 (put quotes around the cell and write the quote in it twice: "")`},
		{"open quote in the header", CSV, "\"a,b\n1,2\n", `data.csv: line 1: a quoted cell does not end where it should: the row goes on to line 2 (inside quotes a quote is written twice: "")`},
		{"semicolons", CSV, "a;b\n1;2\n", `data.csv: line 1: the header is one column, "a;b", that looks separated by ';' (set data.separator: ";", or save the file separated by ',')`},
		{"tabs in a csv", CSV, "a\tb\n1\t2\n", `data.csv: line 1: the header is one column, "a\tb", that looks separated by '\t' (set data.separator: tab, or save the file separated by ',')`},
		{"commas in a tsv", TSV, "a,b\n1,2\n", `data.tsv: line 1: the header is one column, "a,b", that looks separated by ',' (set data.separator: ",", or save the file separated by '\t')`},
		{"carriage returns alone", CSV, "a\r1\r2\r", `data.csv: line 1: lines end in a carriage return alone (save the file with Unix or Windows line ends)`},
		{"duplicate header", CSV, "a,b,a\n1,2,3\n", `data.csv: line 1: columns 1 and 3 are both named "a" (rename one of them)`},
		{"byte order mark in a name", CSV, "a,\ufeffb\n1,2\n", `data.csv: line 1: the name of column 2 holds a byte order mark, which nobody sees (take it out; only the file may begin with one)`},
		{"empty header", CSV, "a,,b\n1,2,3\n", `data.csv: line 1: column 2 has no name (does the first line hold the names of the columns?)`},
		{"NUL in a cell", CSV, "a,b\n1,2\n3,x\x00\n", `data.csv: row 2 (line 3), column "b": the cell holds a NUL byte (is the file UTF-16, or not a table?)`},
		{"NUL in the header", CSV, "a,xyz\x00\n1,2\n", `data.csv: line 1: a column name holds a NUL byte (is the file UTF-16, or not a table?)`},
		{"UTF-16, little end first", CSV, "\xff\xfea\x00,\x00b\x00", `data.csv: the file is UTF-16 or UTF-32 (set data.encoding: utf-16, or save it as UTF-8)`},
		{"UTF-16, big end first", CSV, "\xfe\xff\x00a\x00,", `data.csv: the file is UTF-16 or UTF-32 (set data.encoding: utf-16, or save it as UTF-8)`},
		{"UTF-16 without a mark", CSV, "a\x00,\x00b\x00\n\x00", `data.csv: the file is UTF-16 or UTF-32 (set data.encoding: utf-16le, or save it as UTF-8)`},
		{"Latin-1 header", CSV, "a,caf\xe9\n1,2\n", `data.csv: line 1: the column name "caf\xe9" is not UTF-8 (set data.encoding to what the file is in, such as windows-1252, or save it as UTF-8)`},
		{"blank line in one column", CSV, "a\n1\n\n2\n", `data.csv: row 2 (line 3): a blank line, which in a table of one column could be a missing value (write "" for a missing value, or take the line out)`},

		{"empty jsonl", JSONL, "", `data.jsonl: the file is empty (expected a header and at least one row)`},
		{"blank jsonl", JSONL, "\n\n\n\n", `data.jsonl: the file has no rows`},
		{"array of objects", JSONL, "[\n{\"a\":1}\n]", `data.jsonl: row 1 (line 1): expected a JSON object, found "[" (write one object a line, without the brackets of an array around them, or name the file .json)`},
		{"a number", JSONL, "12345", `data.jsonl: row 1 (line 1): expected a JSON object, found "12345"`},
		{"nested object", JSONL, "{\"a\":1}\n{\"a\":{\"b\":1}}", `data.jsonl: row 2 (line 2), column "a": the value is an object or an array (write a string, a number, true, false or null)`},
		{"nested array", JSONL, "{\"a\":[1]}", `data.jsonl: row 1 (line 1), column "a": the value is an object or an array (write a string, a number, true, false or null)`},
		{"deep nesting", JSONL, "{\"a\":" + strings.Repeat("[", 100_000), `data.jsonl: row 1 (line 1), column "a": the value is an object or an array (write a string, a number, true, false or null)`},
		{"key twice", JSONL, `{"a":1,"b":2,"a":3}`, `data.jsonl: row 1 (line 1), column "a": the key occurs twice`},
		{"empty key", JSONL, `{"":1}`, `data.jsonl: line 1: column 1 has no name (does the first line hold the names of the columns?)`},
		{"cut off", JSONL, "{\"a\":1}\n{\"a\":", `data.jsonl: row 2 (line 2): the line ends inside its JSON object (write each object on one line)`},
		{"pretty-printed", JSONL, "{\n  \"a\": 1\n}", `data.jsonl: row 1 (line 1): the line ends inside its JSON object (write each object on one line)`},
		{"two objects", JSONL, `{"a":1}{"a":2}`, `data.jsonl: row 1 (line 1): the line goes on after its object (write one object a line)`},
		{"trailing comma", JSONL, `{"a":1,}`, `data.jsonl: row 1 (line 1): the line is not JSON: invalid character '}'`},
		{"NaN", JSONL, `{"a":NaN}`, `data.jsonl: row 1 (line 1): the line is not JSON: invalid character 'N' looking for beginning of value`},
		{"invalid UTF-8", JSONL, "{\"a\":\"\xe9\"}", `data.jsonl: row 1 (line 1), column "a": the cell is not UTF-8: "\xe9" (set data.encoding to what the file is in, such as windows-1252, or save it as UTF-8)`},
		{"half a pair", JSONL, `{"a":"\ud83d!"}`, `data.jsonl: row 1 (line 1): half of a surrogate pair (\ud800 to \udfff) stands alone (write the character itself)`},
		{"the other half", JSONL, `{"a":"\\\ude00"}`, `data.jsonl: row 1 (line 1): half of a surrogate pair (\ud800 to \udfff) stands alone (write the character itself)`},
		{"NUL", JSONL, `{"a":"x\u0000"}`, `data.jsonl: row 1 (line 1), column "a": the cell holds a NUL byte (is the file UTF-16, or not a table?)`},
		{"unknown format", "parquet", "PAR1", `data.parquet: unknown format "parquet" (accepted are csv, tsv, jsonl and json)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, c.format, c.text)
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); got != c.want && !(strings.HasSuffix(c.want, "'}'") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Errorf("the message is not one line: %q", err)
			}
			if exitCode(err) != 3 {
				t.Errorf("exit code %d, want 3", exitCode(err))
			}
		})
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	table, err := ReadTable(context.Background(), write("Data.CSV", "a,b,c\n1,2,3\n"), "c", "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{"1", "3"}}, texts(table)); diff != "" {
		t.Error(diff)
	}
	if diff := difference.Of([]string{"a", "b", "c"}, table.All); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		path string
		code int
		want string
	}{
		{filepath.Join(dir, "none.csv"), 6, "no such file"},
		{dir, 3, `the extension "" is not one of a table (accepted are .csv, .tsv, .jsonl and .json, each also with .gz or .zst behind it)`},
		{write("a.xlsx", "PK"), 3, `the extension ".xlsx" is not one of a table (accepted are .csv, .tsv, .jsonl and .json, each also with .gz or .zst behind it)`},
	} {
		_, err := Open(c.path, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || exitCode(err) != c.code || strings.Count(err.Error(), c.path) != 1 {
			t.Errorf("Open(%s) = %v (exit code %d), want %s (%d)", c.path, err, exitCode(err), c.want, c.code)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "folder.csv"), Options{}); exitCode(err) != 6 {
		t.Errorf("a folder: %v", err)
	}
}

func TestSeparatorOption(t *testing.T) {
	r, err := NewReader(strings.NewReader("a;b\n1;2,5\n"), "x", Options{Format: CSV, Dialect: Dialect{Separator: ";"}})
	if err != nil {
		t.Fatal(err)
	}
	cells, err := r.Next()
	if err != nil || cells[1].Text != "2,5" {
		t.Errorf("%v, %v", cells, err)
	}
}

func TestReaderStops(t *testing.T) {
	r, err := NewReader(strings.NewReader("a,b\n1,2\n3\n4,5\n"), "x.csv", Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil || r.Row() != 1 || r.Line() != 2 {
		t.Fatal(err, r.Row(), r.Line())
	}
	_, first := r.Next()
	_, again := r.Next()
	if first == nil || first != again {
		t.Errorf("after an error: %v, then %v", first, again)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

type brokenReader struct{ text io.Reader }

var errDisk = errors.New("the disk is gone")

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.text.Read(p)
	if err == io.EOF {
		err = errDisk
	}
	return n, err
}

func TestReadFails(t *testing.T) {
	for format, text := range map[Format]string{CSV: "a,b\n1,2\n3,4", JSONL: "{\"a\":1}\n{\"a\":2"} {
		r, err := NewReader(brokenReader{strings.NewReader(text)}, "x", Options{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = ReadAll(context.Background(), r); !errors.Is(err, errDisk) || exitCode(err) != 6 {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestMissingColumn(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"lable", `data.csv: the table has no column "lable" (did you mean "label"?)`},
		{"Label", `data.csv: the table has no column "Label" (did you mean "label"?)`},
		{"price", `data.csv: the table has no column "price" (there are: "image", "label", "split")`},
	} {
		_, err := readText(t, CSV, "image,label,split\n1,2,3\n", "image", c.name)
		if err == nil || err.Error() != c.want || exitCode(err) != 3 {
			t.Errorf("%v, want %s", err, c.want)
		}
		_, err = mustRead(t, CSV, "image,label,split\n1,2,3\n").Column(c.name)
		if err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, err := readText(t, JSONL, "{\"a\":1}\n{\"label\":2}\n", "label"); err != nil {
		t.Error(err)
	}
	_, err := readText(t, JSONL, "{\"a\":1}\n{\"label\":2}\n", "labels")
	if err == nil || !strings.Contains(err.Error(), `did you mean "label"?`) {
		t.Error(err)
	}
}

func TestReadAllCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := NewReader(strings.NewReader("a\n1\n"), "x", Options{Format: CSV})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAll(ctx, r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestManyKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range maxKeys + 1 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`"k` + strings.Repeat("x", i%7) + strconv.Itoa(i) + `":1`)
	}
	b.WriteString("}")
	if _, err := readText(t, JSONL, b.String()); exitCode(err) != 3 {
		t.Error(err)
	}
}
