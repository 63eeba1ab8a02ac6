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
	names := []string{"prediction"}
	for _, l := range src.bundle.Target.Labels() {
		names = append(names, "probability_"+l)
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

func (p *predictions) writeCSV(w io.Writer, comma rune) error {
	out := csv.NewWriter(w)
	out.Comma = comma
	var record []string
	for _, c := range p.source.columns {
		record = append(record, harmless(c.Header()))
	}
	for _, n := range p.columns {
		record = append(record, harmless(n))
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range p.rows {
		record = record[:0]
		for _, c := range p.source.columns {
			record = append(record, harmless(c.Cell(row).Text))
		}
		answer, probabilities, ok := p.answer(row)
		if v, number := answer.(float64); number {
			record = append(record, exact(v, 64))
		} else if ok {
			record = append(record, harmless(fmt.Sprint(answer)))
		} else {
			record = append(record, make([]string, 1+len(p.labels()))...)
		}
		for _, v := range probabilities {
			record = append(record, exact(float64(v), 32))
		}
		if p.reasons != nil {
			record = append(record, harmless(p.reasons[row]))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
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

func (p *predictions) writeJSON(w io.Writer) error {
	for _, row := range p.rows {
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
		for _, c := range p.source.columns {
			if err := field(c.Name, cellValue(c.Cell(row))); err != nil {
				return err
			}
		}
		answer, probabilities, ok := p.answer(row)
		if err := field(p.columns[0], answer); err != nil {
			return err
		}
		for j := range p.labels() {
			var v any // null of a row that was left out
			if ok {
				v = probabilities[j]
			}
			if err := field(p.columns[1+j], v); err != nil {
				return err
			}
		}
		if p.reasons != nil {
			var reason any
			if r, ok := p.reasons[row]; ok {
				reason = r
			}
			if err := field(errorColumn, reason); err != nil {
				return err
			}
		}
		line[0] = '{'
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

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
