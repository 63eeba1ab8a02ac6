package app

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
)

// predictionColumns are the names of a prediction's columns behind the table's own.
// A name that the table has already is an error: it would be two columns.
func predictionColumns(src *source, t *trouble) ([]string, error) {
	var names []string
	for _, x := range src.bundle.Outputs() {
		of := ""
		if x.Name != "" {
			of = "_" + x.Name
		}
		names = append(names, "prediction"+of)
		for _, l := range x.Target.Labels() {
			names = append(names, "probability"+of+"_"+l)
		}
	}
	if t.reads() {
		names = append(names, errorColumn)
	}
	for _, n := range names {
		if src.table.Has(n) {
			return nil, &data.Error{File: src.table.File, Column: n, Message: "the table has this column already", Hint: "rename it: predict writes one of that name"}
		}
	}
	return names, nil
}

// exact is a number as short as it can be and still be read back the same.
func exact(v float64, bits int) string { return strconv.FormatFloat(v, 'g', -1, bits) }

// csvRows writes CSV, or TSV.
type csvRows struct {
	*predictions
	out    *csv.Writer
	record []string
}

func newCSVRows(w io.Writer, p *predictions, comma rune) *csvRows {
	c := &csvRows{predictions: p, out: csv.NewWriter(w)}
	c.out.Comma = comma
	return c
}

func (c *csvRows) header() error {
	for _, x := range c.source.columns {
		c.record = append(c.record, harmless(x.Header()))
	}
	for _, n := range c.names {
		c.record = append(c.record, harmless(n))
	}
	return c.out.Write(c.record)
}

func (c *csvRows) row(row int, scores []float32) error {
	record := c.record[:0]
	for _, x := range c.source.columns {
		record = append(record, harmless(x.Cell(row).Text))
	}
	if scores == nil {
		record = append(record, make([]string, c.width())...)
	}
	for _, a := range c.answers(scores) {
		if v, number := a.Value.(float64); number {
			record = append(record, exact(v, 64))
		} else {
			record = append(record, harmless(fmt.Sprint(a.Value)))
		}
		for _, v := range a.Probabilities {
			record = append(record, exact(float64(v), 32))
		}
	}
	if c.trouble.reads() {
		reason, _ := c.trouble.reason(row)
		record = append(record, harmless(reason))
	}
	c.record = record
	return c.out.Write(record)
}

func (c *csvRows) end() error {
	c.out.Flush()
	return c.out.Error()
}

// harmless puts an apostrophe before a text that a spreadsheet would run as a
// formula. Numbers stay as they are.
func harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s == "" || !strings.ContainsRune("=+-@＝＋－＠\t\r", first) { // the wide ones are read as the others in some languages
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// jsonRows writes a JSON object a line.
type jsonRows struct {
	*predictions
	out io.Writer
}

func (*jsonRows) header() error { return nil }

func (j *jsonRows) row(row int, scores []float32) error {
	var line []byte
	field := func(name string, v any) error {
		k, err := json.Marshal(name)
		if err != nil {
			return err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		line = append(append(append(append(line, ','), k...), ':'), b...)
		return nil
	}
	for _, c := range j.source.columns {
		if err := field(c.Name, cellValue(c.Cell(row))); err != nil {
			return err
		}
	}
	values := make([]any, j.width()) // null of a row that was left out
	k := 0
	for _, a := range j.answers(scores) {
		values[k] = a.Value
		k++
		for _, p := range a.Probabilities {
			values[k] = p
			k++
		}
	}
	for k, v := range values {
		if err := field(j.names[k], v); err != nil {
			return err
		}
	}
	if j.trouble.reads() {
		var reason any
		if r, ok := j.trouble.reason(row); ok {
			reason = r
		}
		if err := field(errorColumn, reason); err != nil {
			return err
		}
	}
	line[0] = '{'
	_, err := j.out.Write(append(line, '}', '\n'))
	return err
}

func (*jsonRows) end() error { return nil }

// cellValue is a cell as the value that it was in JSON; text, from CSV. What stands
// for an empty cell stays as it was written.
func cellValue(c data.Cell) any {
	switch {
	case c.Text == "":
		return nil
	case c.Kind == data.Number, c.Kind == data.Bool:
		return json.RawMessage(c.Text)
	}
	return c.Text
}
