package messy

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
)

// dialect is how the table is written down.
type dialect struct {
	separator string
	quoted    bool // every cell stands in quotes
	ends      string
	mark      bool // a byte order mark comes first
	last      bool // the last line has an end
}

// write writes the table in one of many ways.
func (m *maker) write() {
	r := &m.table.Reading
	r.Rows = m.rows
	if r.Thousands == "?" {
		r.Thousands = ","
	}
	name := m.pick("data", "my table", "Tabelle-1")
	switch m.choose(8) {
	case 0:
		m.trait("JSON lines")
		m.table.Name, r.Format = name+".jsonl", "jsonl"
		m.table.Files[m.table.Name] = m.objects()
	case 1:
		m.trait("tabs")
		m.table.Name, r.Format, r.Sep = name+".tsv", "csv", "\t"
		m.table.Files[m.table.Name] = m.delimited(dialect{separator: "\t", ends: "\n", last: true})
	default:
		m.table.Name, r.Format = name+".csv", "csv"
		d := dialect{separator: ",", quoted: m.once(5), ends: m.pick("\n", "\n", "\r\n"), mark: m.once(6), last: !m.once(6)}
		r.Sep = d.separator
		m.table.Files[m.table.Name] = m.delimited(d)
	}
}

// delimited is the table as lines of cells.
func (m *maker) delimited(d dialect) []byte {
	var b bytes.Buffer
	if d.mark {
		m.trait("byte order mark")
		b.WriteString("\ufeff")
	}
	if d.ends != "\n" {
		m.trait("Windows line ends")
	}
	if d.quoted {
		m.trait("every cell in quotes")
	}
	for row := -1; row < m.rows; row++ {
		for i, c := range m.columns {
			if i > 0 {
				b.WriteString(d.separator)
			}
			text := c.name
			if row >= 0 {
				text = c.cells[row]
			}
			b.WriteString(d.cell(text))
		}
		if row < m.rows-1 || d.last {
			b.WriteString(d.ends)
		} else {
			m.trait("no line end at the end")
		}
	}
	return b.Bytes()
}

func (d dialect) cell(text string) string {
	if text == "" || !d.quoted && !strings.ContainsAny(text, "\"\n\r#"+d.separator) {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// objects is the table as a JSON object a line. An empty cell is null or not there.
func (m *maker) objects() []byte {
	var b bytes.Buffer
	for row := range m.rows {
		b.Write(m.object(row))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (m *maker) object(row int) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	first := true
	for i, c := range m.columns {
		cell := c.cells[row]
		if cell == "" && (row+i)%2 == 0 && row > 0 { // the first row has every key
			continue
		}
		if !first {
			b.WriteString(", ")
		}
		first = false
		fmt.Fprintf(&b, "%s: %s", literal(c.name), value(c, cell))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// value is a cell in JSON: a number is one, and a truth.
func value(c column, cell string) string {
	switch {
	case cell == "":
		return "null"
	case cell == "true" || cell == "false":
		return cell
	case c.plain && json.Valid([]byte(cell)) && strings.Trim(cell, "0123456789.-") == "":
		return cell
	}
	return literal(cell)
}

func literal(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a string
	}
	return string(b)
}

// compressed is a file by gzip.
func compressed(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		panic(err) // into memory
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
